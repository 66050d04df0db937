"""String values (hl7.org/fhir/R4/search.html#string): compared without case, accents and width.

Names in Chinese are also found by pinyin (``zhangwei``) and by its initials (``zw``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

INDEXED_CHARACTERS = 200
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


def of_address(value: Mapping[str, Any]) -> list[str]:
    parts = [value[key] for key in _ADDRESS if key in value]
    return parts + [line for line in value.get("line", ()) if line]


FORMS: Mapping[str, Callable[[Any], list[str]]] = {
    "string": of_text,
    "markdown": of_text,
    "HumanName": of_name,
    "Address": of_address,
}


def normal(value: str) -> str:
    """``value`` as it is compared: no case, accents, width or doubled spaces; the first 200 characters."""
    if value.isascii():
        return " ".join(value.lower().split())[:INDEXED_CHARACTERS]
    apart = unicodedata.normalize("NFKD", value.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFC", bare).split())[:INDEXED_CHARACTERS]


@lru_cache(maxsize=16_384)
def keys(value: str, is_name: bool) -> tuple[str, ...]:
    """What a value is found by: its normal form and, for a Chinese name, pinyin and initials."""
    bare = normal(value)
    if not is_name or bare.isascii() or not any("\u4e00" <= sign <= "\u9fff" for sign in bare):
        return (bare,)
    syllables = lazy_pinyin(bare, style=Style.NORMAL)
    whole = "".join(syllables).replace(" ", "").lower()
    initials = "".join(syllable[0] for syllable in syllables if syllable.strip()).lower()
    return tuple(dict.fromkeys((bare, whole, initials)))
