"""Numbers in what people say: age, duration, temperature, pressure, oxygen; and the facts that rules make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ZH_DIGITS = dict(zip("零一二两三四五六七八九", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_EN_DIGITS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "couple of": 2, "few": 3, "several": 4,
}  # fmt: skip
_NUMBER = "([0-9]{1,3}(?:[.][0-9])?|[零一二两三四五六七八九十半几]{1,3})"
_EN_NUMBER = rf"([0-9]{{1,3}}(?:[.][0-9])?|{'|'.join(sorted(_EN_DIGITS, key=len, reverse=True))})"
_DAYS = {
    "分钟": 1 / 1440, "小时": 1 / 24, "天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365,
    "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365,
}  # fmt: skip
_ZH_DURATION = re.compile(
    rf"{_NUMBER}\s*(?:多)?(?:个)?(?:半)?(分钟|小时|天|日|周|星期|礼拜|月|年)(?!大|龄|的?(?:宝宝|婴儿|孩子)|前?生)"
)
_EN_DURATION = re.compile(
    rf"(?:for|past|last|since|about|over|has lasted|started)\s+(?:the\s+)?(?:last\s+|past\s+|about\s+|over\s+|a\s+)*"
    rf"{_EN_NUMBER}\s+(minute|hour|day|week|month|year)s?"
    rf"|\b{_EN_NUMBER}\s+(minute|hour|day|week|month|year)s?\s+(?:of\b|ago\b|now\b)"
)
_YESTERDAY = re.compile(r"昨天|昨晚|yesterday|last night")
_ZH_CHILD = "(?:的?(?:小|男|女)?(?:宝宝|婴|孩|娃|幼儿|儿子|女儿))"
_ZH_AGE = re.compile(rf"{_NUMBER}\s*(?:周|多)?(岁|(?:个?月|天)(?=大|龄|{_ZH_CHILD}))")
_ZH_BARE_MONTHS = re.compile(rf"{_NUMBER}\s*个?月(?=$|[,，。;；\s])")
_ZH_AGE_BEFORE = re.compile(r"(?:^|[男女][婴孩]?[,，\s]*)$")
_EN_AGE = re.compile(
    rf"\b{_EN_NUMBER}[- ](day|week|month|year|yr)s?[- ]old|\b([0-9]{{1,3}})\s*(?:yo|y/o)\b|\baged? ([0-9]{{1,3}})\b"
)
_ZH_BABY_AGE = re.compile(
    rf"(?:孩子|宝宝|婴儿|儿子|女儿|小孩|娃娃?)(?:才|刚|现在|今年)*{_NUMBER}(个月|天)(?=[大了，,。.的]|$|发)"
)
_NEWBORN = re.compile(r"新生儿|刚出生|\bnewborn\b|\bneonate\b")
_SMALL_CHILD = re.compile(r"宝宝|婴儿|幼儿|\bbaby\b|\binfant\b|\btoddler\b")
_OLD = re.compile(r"八十多|九十多|七十多|高龄|elderly")
_CELSIUS = re.compile(
    r"(?<![0-9.])(3[5-9]|4[0-2])(?:[.度]([0-9]))?\s*(?:°\s*c|℃|度|c\b|摄氏)?(?![0-9%/]|\s*(?:岁|天|周|年|分|次|个|years|days|weeks|hours|minutes|kg))"
)
_FAHRENHEIT = re.compile(r"(?<![0-9.])(9[5-9]|10[0-7])(?:[.]([0-9]))?\s*(?:°\s*f|f\b|degrees|fahrenheit)")
_HEAT_WORD = re.compile(r"烧|热|体温|度|℃|°|temp|fever")
_PRESSURE = re.compile(r"(?<![0-9])([0-9]{2,3})\s*/\s*([0-9]{2,3})(?![0-9/])")
_OXYGEN = re.compile(r"(?:血氧|氧饱和度?|spo2|sats?|oxygen)[^0-9]{0,14}([0-9]{2})(?![0-9])")
_FEVER, _HIGH_FEVER = 37.5, 39.0  # °C
_LOW_OXYGEN_PERCENT = 92
_CRISIS_SYSTOLIC, _CRISIS_DIASTOLIC = 180, 120  # mmHg; 2023 ESH
_MONTH_YEARS = 1 / 12


def measured(text: str) -> Iterator[tuple[str, str]]:
    """Findings that a number in the text proves, each with its words."""
    for celsius, words in _temperatures(text):
        if celsius >= _FEVER:
            yield "fever", words
        if celsius >= _HIGH_FEVER:
            yield "high_fever", words
    for match in _PRESSURE.finditer(text):
        high, low = int(match[1]), int(match[2])
        if high > low and (_CRISIS_SYSTOLIC <= high < 300 or (_CRISIS_DIASTOLIC <= low < 200 and high > 130)):
            yield "hypertension_crisis", match[0]
    for match in _OXYGEN.finditer(text):
        if int(match[1]) < _LOW_OXYGEN_PERCENT:
            yield "low_oxygen", match[0]


def _temperatures(text: str) -> Iterator[tuple[float, str]]:
    if _HEAT_WORD.search(text):
        for match in _CELSIUS.finditer(text):
            yield float(f"{match[1]}.{match[2] or 0}"), match[0]
    for match in _FAHRENHEIT.finditer(text):
        yield (float(f"{match[1]}.{match[2] or 0}") - 32) / 1.8, match[0]


def age_years(text: str) -> float | None:
    """The first age that the text states, in years; a newborn is 0."""
    if _NEWBORN.search(text):
        return 0.0
    match = _ZH_BABY_AGE.search(text)
    if match:
        return _value(match[1]) * (_MONTH_YEARS if match[2] == "个月" else 1 / 365)
    match = _ZH_AGE.search(text)
    if match:
        unit = 1 if match[2] == "岁" else (1 / 365 if match[2].startswith("天") else _MONTH_YEARS)
        return _value(match[1]) * unit
    match = _EN_AGE.search(text)
    if match is None:
        return _bare_months(text)
    if match[1]:
        unit = {"day": 1 / 365, "week": 7 / 365, "month": _MONTH_YEARS}.get(match[2], 1.0)
        return _value(match[1]) * unit
    return float(match[3] or match[4])


def _bare_months(text: str) -> float | None:
    """ "三个月，发烧" and "宝宝发烧，三个月" state an age, "没力气一个月" how long it lasts; a doubt is an infant's."""
    for match in _ZH_BARE_MONTHS.finditer(text):
        if _SMALL_CHILD.search(text) or _ZH_AGE_BEFORE.search(text[: match.start()].strip()):
            return _value(match[1]) * _MONTH_YEARS
    return None


def days(text: str) -> float | None:
    """The longest duration that the text states, in days; an age is none."""
    text = _ZH_BABY_AGE.sub(" ", text)
    found = [_value(match[1]) * _DAYS[match[2]] for match in _ZH_DURATION.finditer(text)]
    found += [_value(m[1] or m[3]) * _DAYS[m[2] or m[4]] for m in _EN_DURATION.finditer(text)]
    if _YESTERDAY.search(text):
        found.append(1.0)
    return max(found, default=None)


def derived_from_age(years: float | None, text: str) -> list[str]:
    """Age groups that rules ask for; of a baby or a toddler without a stated age, the groups it may be in."""
    if years is None:
        named = ["child_under_5", "infant_under_12_months"] if _SMALL_CHILD.search(text) else []
        return named + (["age_40", "age_65", "age_75"] if _OLD.search(text) else [])
    groups = (
        ("infant_under_3_months", years < 3 * _MONTH_YEARS),
        ("infant_under_6_months", years < 6 * _MONTH_YEARS),
        ("infant_under_12_months", years < 1),
        ("child_under_5", years < 5),
        ("first_day", years < 1.5 / 365 and "新生儿" not in text and "newborn" not in text),
        ("age_40", years >= 40),
        ("age_65", years >= 65),
        ("age_75", years >= 75),
    )
    return [name for name, holds in groups if holds]


def derived_from_days(spoken: float | None) -> list[str]:
    """Durations that rules ask for."""
    if spoken is None:
        return []
    return [name for name, least in (("days_over_4", 4.5), ("days_over_14", 14)) if spoken >= least]


def _value(written: str) -> float:
    if written[0].isdigit():
        return float(written)
    if written in _EN_DIGITS:
        return float(_EN_DIGITS[written])
    if written == "半":
        return 0.5
    if "几" in written:
        return 3.0 if written == "几" else 13.0
    if len(written) > 1 and "十" not in written:  # 五六天: five or six
        return float(_ZH_DIGITS.get(written[-1], 0))
    tens, ten, ones = written.rpartition("十")
    return (_ZH_DIGITS.get(tens, 1) * 10 if ten else 0) + float(_ZH_DIGITS.get(ones, 0))
