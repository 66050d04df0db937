"""The keys by which a name is found: as it is written, by pinyin, by its initials, in English, by code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pypinyin import Style, lazy_pinyin

LONGEST_KEY = 60
_HAN = re.compile(r"[\u3400-\u9fff]")
_SIGNS = re.compile(r"[^0-9a-z\u3400-\u9fff]+")


def normal(text: str) -> str:
    """``text`` as it is compared: without case, width, blanks and signs."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())[:LONGEST_KEY]


def keys(code: str, chinese: str, english: str) -> frozenset[tuple[str, int]]:
    """Each key with its place: 0 where the name or code begins with it, 1 where a later part does."""
    found = {(normal(code), 0)}
    found.update(_chinese(chinese))
    found.update(_english(english))
    firsts = {key for key, place in found if place == 0}
    return frozenset((key, place) for key, place in found if key and (place == 0 or key not in firsts))


def _chinese(name: str) -> Iterator[tuple[str, int]]:
    bare = normal(name)
    syllables = lazy_pinyin(bare, style=Style.NORMAL, errors=list)  # type: ignore[arg-type]  # one a sign
    if len(syllables) != len(bare):
        syllables = [lazy_pinyin(sign, style=Style.NORMAL)[0] for sign in bare]
    for start in range(len(bare)):
        place = 0 if start == 0 else 1
        yield bare[start:], place
        if _HAN.match(bare[start]):
            yield "".join(syllables[start:])[:LONGEST_KEY], place
            yield "".join(one[0] for one in syllables[start:]), place


def _english(name: str) -> Iterator[tuple[str, int]]:
    words = unicodedata.normalize("NFKC", name).lower().split()
    for start in range(len(words)):
        yield normal("".join(words[start:])), 0 if start == 0 else 1
