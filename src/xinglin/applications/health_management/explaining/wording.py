"""From an Observation and the one before it to plain words. Pure; never a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .known import LOINC, Known, known
from .model import Explained, Position, Trend

_ABOVE, _BELOW, _CRITICAL = (
    frozenset({"H", "HH", "HU", ">"}),
    frozenset({"L", "LL", "LU", "<"}),
    frozenset({"HH", "LL", "AA"}),
)
_SAME_SHARE = 0.05
_UNITLESS = frozenset({"", "1", "{inr}", "inr", "{ratio}"})
_UNITS = str.maketrans({"^": "*", "×": "", "⁹": "*9", "µ": "u", "μ": "u"})

Resource = Mapping[str, Any]


def explained(one: Resource, before: Resource | None) -> Explained | None:
    """``one`` in words, beside ``before``, an earlier result of the same test; None where it holds no number."""
    value, unit = _quantity(one)
    if value is None:
        return None
    test = known(_codes(one), names_of(one))
    low, high = _range(one)
    flags = _flags(one)
    position = _position(value, low, high, flags)
    is_urgent = test is not None and position == test.urgent
    is_critical = is_urgent or bool(flags & _CRITICAL) or _beyond_critical(test, value, unit)
    earlier, its_unit = _quantity(before) if before is not None else (None, "")
    trend = _trend(value, earlier) if earlier is not None and _same(unit, its_unit) else None
    beyond = _beyond(value, low, high)
    names = names_of(one)
    shown = Explained(
        reference=f"Observation/{one['id']}",
        at=one.get("effectiveDateTime") or one.get("issued"),
        name_zh=test.name_zh if test else names[0],
        name_en=test.name_en if test else names[-1],
        value=_text(value),
        unit=unit,
        range=_range_text(one, low, high),
        position=position,
        is_critical=is_critical,
        beyond_percent=beyond,
        trend=trend,
        before=None if trend is None or earlier is None else _text(earlier),
        is_known=test is not None,
        zh=[],
        en=[],
    )
    zh, en = _sentences(shown, test)
    return shown.model_copy(update={"zh": zh, "en": en})


def names_of(one: Resource) -> list[str]:
    """What the test is called: its text, then the names of its codes; "?" where nothing is said."""
    concept = one.get("code") or {}
    found = [concept.get("text"), *(each.get("display") for each in concept.get("coding", ()))]
    return [str(name) for name in found if name] or ["?"]


def _sentences(shown: Explained, test: Known | None) -> tuple[list[str], list[str]]:
    zh, en = [], []
    if test is not None:
        zh.append(f"{test.name_zh}是{test.what_zh}。")
        en.append(f"{test.name_en}: {test.what_en}.")
    else:
        zh.append("这里还没有这项检查的通俗说明，请向医生询问。")
        en.append("There is no plain explanation of this test here yet: please ask your doctor.")
    _say_position(shown, zh, en)
    if shown.trend is not None:
        words = {
            "up": ("比上次高", "higher than"),
            "down": ("比上次低", "lower than"),
            "same": ("与上次相近", "about the same as"),
        }
        zh.append(f"{words[shown.trend][0]}（上次 {shown.before}）。")
        en.append(f"It is {words[shown.trend][1]} last time ({shown.before}).")
    if test is not None and shown.position in ("above", "below"):
        above = shown.position == "above"
        said_zh, said_en = (test.high_zh, test.high_en) if above else (test.low_zh, test.low_en)
        if said_zh:
            zh.append(said_zh)
            en.append(said_en)
    _say_what_to_do(shown, zh, en)
    return zh, en


def _say_position(shown: Explained, zh: list[str], en: list[str]) -> None:
    far_zh = f"约 {shown.beyond_percent}%" if shown.beyond_percent else ""
    far_en = f", by about {shown.beyond_percent} %" if shown.beyond_percent else ""
    said = {
        "in": ("在参考范围内。", "Your result is within the reference range."),
        "above": (f"高于参考范围{far_zh}。", f"Your result is above the reference range{far_en}."),
        "below": (f"低于参考范围{far_zh}。", f"Your result is below the reference range{far_en}."),
        "unjudged": ("实验室没有给出参考范围。", "The laboratory gave no reference range."),
    }[shown.position]
    zh.append(said[0])
    en.append(said[1])


def _say_what_to_do(shown: Explained, zh: list[str], en: list[str]) -> None:
    if shown.is_critical:
        zh.append("这项结果不能等：请立即联系医生或去急诊；如有胸痛、气促、意识不清，立即拨打 120。")
        en.append(
            "This result cannot wait: call your doctor or go to the emergency department now; with chest pain, short "
            "breath or confusion call 120 at once."
        )
    elif shown.position in ("above", "below"):
        zh.append("单项偏离不等于患病，请在复诊时问医生；若不适加重，请尽快就医。")
        en.append(
            "One result outside its range is no illness by itself: ask at your next visit, sooner if you feel worse."
        )


def _quantity(one: Resource) -> tuple[float | None, str]:
    quantity = one.get("valueQuantity") or {}
    value = quantity.get("value")
    return (None if value is None else float(value)), str(quantity.get("unit") or quantity.get("code") or "")


def _codes(one: Resource) -> list[str]:
    codings = (one.get("code") or {}).get("coding", ())
    return [str(each["code"]) for each in codings if each.get("system") == LOINC and each.get("code")]


def _flags(one: Resource) -> frozenset[str]:
    return frozenset(
        str(coding.get("code")) for concept in one.get("interpretation", ()) for coding in concept.get("coding", ())
    )


def _range(one: Resource) -> tuple[float | None, float | None]:
    for found in one.get("referenceRange", ()):
        low, high = ((found.get(name) or {}).get("value") for name in ("low", "high"))
        if low is not None or high is not None:
            return (None if low is None else float(low)), (None if high is None else float(high))
    return None, None


def _range_text(one: Resource, low: float | None, high: float | None) -> str:
    text = next((str(each["text"]) for each in one.get("referenceRange", ()) if each.get("text")), "")
    if text or (low is None and high is None):
        return text
    if low is None:
        return f"≤ {_text(high or 0.0)}"
    return f"≥ {_text(low)}" if high is None else f"{_text(low)}–{_text(high)}"


def _position(value: float, low: float | None, high: float | None, flags: frozenset[str]) -> Position:
    if flags & _ABOVE:
        return "above"
    if flags & _BELOW:
        return "below"
    if low is None and high is None:
        return "in" if "N" in flags else "unjudged"
    if high is not None and value > high:
        return "above"
    return "below" if low is not None and value < low else "in"


def _beyond(value: float, low: float | None, high: float | None) -> int | None:
    if high and value > high:
        return max(1, round(100 * (value - high) / high))
    return max(1, round(100 * (low - value) / low)) if low and value < low else None


def _beyond_critical(test: Known | None, value: float, unit: str) -> bool:
    if test is None or not test.unit or not _same(unit, test.unit):
        return False
    return (test.critical_low is not None and value <= test.critical_low) or (
        test.critical_high is not None and value >= test.critical_high
    )


def _trend(value: float, before: float) -> Trend:
    if abs(value - before) <= _SAME_SHARE * abs(before):
        return "same"
    return "up" if value > before else "down"


def _same(unit: str, other: str) -> bool:
    one, two = unit.translate(_UNITS).lower(), other.translate(_UNITS).lower()
    return one == two or (one in _UNITLESS and two in _UNITLESS)


def _text(value: float) -> str:
    return f"{value:.10g}"
