"""String values (hl7.org/fhir/R4/search.html#string): compared without case, accents and width.

Names in Chinese are also found by pinyin (``zhangwei``) and by its initials (``zw``), and in traditional
characters by simplified ones and the other way round.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from . import chinese
from .hashing import number_of

INDEXED_CHARACTERS = 200
_SORTED = number_of("for sorting")
_TRIGRAM = "trigram\x1e"
_ADDRESS = ("text", "city", "district", "state", "postalCode", "country")


def of_text(value: str) -> list[str]:
    return [value]


def of_name(value: Mapping[str, Any]) -> list[str]:
    """Every part of a HumanName, and the whole as Chinese writes it, family name first without a space."""
    given = value.get("given", ())
    parts = [value[key] for key in ("text", "family") if key in value]
    parts += [part for key in ("given", "prefix", "suffix") for part in value.get(key, ()) if part]
    family = value.get("family", "")
    if family and not family.isascii():
        parts.append(family + "".join(part for part in given if part))
    return list(dict.fromkeys(parts))


def of_name_sorted(value: Mapping[str, Any]) -> list[str]:
    """A HumanName as it stands in a list: family name, then given names; Chinese by pinyin."""
    family = value.get("family", "")
    given = " ".join(part for part in value.get("given", ()) if part)
    whole = f"{family} {given}" if family else given or value.get("text", "")
    return [sorted_by(whole)] if whole else []


def of_word_sorted(value: str) -> list[str]:
    """A Chinese name of one piece by pinyin; none for another, which is sorted as it stands."""
    return [sorted_by(value)] if chinese.is_chinese(value) else []


def sorted_path(path: int) -> int:
    """The path under which a name's key for sorting is indexed."""
    return path ^ _SORTED


def of_address(value: Mapping[str, Any]) -> list[str]:
    parts = [value[key] for key in _ADDRESS if key in value]
    return parts + [line for line in value.get("line", ()) if line]


FORMS: Mapping[str, Callable[[Any], list[str]]] = {
    "string": of_text,
    "markdown": of_text,
    "HumanName": of_name,
    "Address": of_address,
}


_PUNCTUATION = {ord(sign): None for sign in "'’`.·•・"} | {ord(sign): " " for sign in "-‐‑–—/,;:()，、；：（）"}


def normal(value: str) -> str:
    """``value`` as it is compared: no case, accents, width, punctuation or doubled spaces; the first 200
    characters."""
    if value.isascii():
        bare = value.lower()
    else:
        apart = unicodedata.normalize("NFKD", value.casefold())
        bare = unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))
    without = " ".join(bare.translate(_PUNCTUATION).split())
    return (without or " ".join(bare.split()))[:INDEXED_CHARACTERS]


@lru_cache(maxsize=16_384)
def keys(value: str, is_name: bool) -> tuple[str, ...]:
    """What a value is found by: its normal form; for a name also from each further part of it on; for Chinese
    also in simplified characters and, for a name, by pinyin and initials."""
    bare = normal(value)
    if not is_name:
        return (bare, *_simplified(bare))
    parts = bare.split()
    found = [" ".join(parts[start:]) for start in range(len(parts))] or [bare]
    if chinese.is_chinese(bare):
        found += _simplified(bare)
        found += [form for reading in chinese.readings(bare) for form in (reading.whole, reading.initials)]
    return tuple(dict.fromkeys(found))


def asked(value: str) -> tuple[str, ...]:
    """The forms of which one must be found where ``value`` is asked for."""
    bare = normal(value)
    return tuple(dict.fromkeys((bare, *_simplified(bare))))


@lru_cache(maxsize=16_384)
def trigrams(key: str) -> frozenset[int]:
    """The numbers of all that is three characters long in a word of ``key``, whatever path it is under: what holds a
    word holds its trigrams, so that few values are compared with it. None where every word is shorter.

    Those that reach over a space would be half of a name's entries and tell little more.
    """
    words = [word for word in key.split(" ") if len(word) > 2]
    return frozenset(number_of(_TRIGRAM + word[at : at + 3]) for word in words for at in range(len(word) - 2))


def sorted_by(value: str) -> str:
    """The key by which a name is sorted: Chinese by its pinyin, syllable by syllable."""
    bare = normal(value)
    return chinese.readings(bare)[0].spelled if chinese.is_chinese(bare) else bare


def _simplified(bare: str) -> tuple[str, ...]:
    if not chinese.is_chinese(bare):
        return ()
    simplified = chinese.simplified(bare)
    return (simplified,) if simplified != bare else ()
