"""Chinese names: their readings, and simplified for traditional characters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

_SURNAMES = {
    "万俟": "mo qi",
    "尉迟": "yu chi",
    "长孙": "zhang sun",
    "澹台": "tan tai",
    "单于": "chan yu",
    "令狐": "ling hu",
    "宰父": "zai fu",
    "皇甫": "huang fu",
    "夏侯": "xia hou",
    "乐正": "yue zheng",
    "单": "shan",
    "解": "xie",
    "曾": "zeng",
    "区": "ou",
    "仇": "qiu",
    "查": "zha",
    "任": "ren",
    "盖": "ge",
    "乐": "yue",
    "种": "chong",
    "朴": "piao",
    "缪": "miao",
    "宓": "mi",
    "员": "yun",
    "华": "hua",
    "秘": "bi",
    "冼": "xian",
    "翟": "zhai",
    "折": "she",
    "黑": "he",
    "繁": "po",
    "洗": "xian",
    "召": "shao",
    "覃": "qin",
    "句": "gou",
    "隗": "wei",
    "那": "na",
    "纪": "ji",
    "车": "che",
    "祭": "zhai",
    "谌": "chen",
    "郗": "xi",
    "牟": "mu",
    "葛": "ge",
    "亓": "qi",
    "褚": "chu",
    "晁": "chao",
    "尉": "wei",
    "薄": "bo",
    "逄": "pang",
    "贾": "jia",
    "沈": "shen",
    "石": "shi",
    "曲": "qu",
    "燕": "yan",
    "应": "ying",
    "宁": "ning",
    "都": "du",
    "重": "chong",
    "藏": "zang",
    "卜": "bu",
    "柏": "bai",
    "咸": "xian",
    "相": "xiang",
    "适": "kuo",
    "哈": "ha",
    "阚": "kan",
    "炅": "gui",
    "昝": "zan",
    "臧": "zang",
    "阙": "que",
    "瞿": "qu",
    "佴": "nai",
    "戚": "qi",
}
"""Surnames whose reading is not, or not always, the common one of their characters."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name: ``zhangwei``, ``zw`` and, for sorting, ``zhang wei``."""

    whole: str
    initials: str
    spelled: str


def is_chinese(text: str) -> bool:
    """Whether ``text`` has a Han character."""
    return not text.isascii() and any("\u3400" <= sign <= "\u9fff" for sign in text)


@lru_cache(maxsize=16_384)
def simplified(text: str) -> str:
    """``text`` with traditional characters replaced by simplified ones."""
    return str(_converter().convert(text))


def readings(name: str) -> tuple[Reading, ...]:
    """How ``name``, family name first, is read: first with its surname's reading, then with the common one of
    each character where that differs."""
    plain = simplified(name)
    common = lazy_pinyin(plain, style=Style.NORMAL)
    surname = next((plain[:length] for length in (2, 1) if plain[:length] in _SURNAMES), "")
    if not surname:
        return (_reading(common),)
    rest = lazy_pinyin(plain[len(surname) :], style=Style.NORMAL) if len(plain) > len(surname) else []
    return tuple(dict.fromkeys((_reading([*_SURNAMES[surname].split(), *rest]), _reading(common))))


def _reading(syllables: list[str]) -> Reading:
    spoken = [syllable.strip().lower() for syllable in syllables if syllable.strip()]
    return Reading("".join(spoken).replace(" ", ""), "".join(one[0] for one in spoken), " ".join(spoken))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
