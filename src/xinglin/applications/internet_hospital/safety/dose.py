"""Doses against what an adult may take at once and a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xinglin.data_platform.search import canonical
from xinglin.data_platform.terminology import Drug

from .finding import finding
from .model import Facts, Finding, Line

_ADULT_YEARS = 18
_PIECES = frozenset({"{piece}", "片", "粒", "袋", "支", "{tbl}", "{capsule}", "1"})


def doses(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """Doses above the most, and those that could not be compared with it."""
    for line in lines:
        if line.drug is not None:
            yield from _of(line, line.drug)
            yield from _of_child(line, facts)


def amount_in(drug: Drug, amount: float, unit: str) -> float | None:
    """``amount`` in the unit of ``drug``; None where the two cannot be compared."""
    if unit in _PIECES:
        return amount * drug.strength
    if unit == drug.unit:
        return amount
    one, other = canonical(unit), canonical(drug.unit)
    if one is None or other is None or one.unit != other.unit or not other.factor:
        return None
    return one.of(amount) / other.factor


def _of(line: Line, drug: Drug) -> Iterator[Finding]:
    if line.dose is None or line.times_per_day is None:
        yield _unchecked(
            line, "没有写明单次剂量或次数，未核对剂量", "no dose or frequency is written: not checked", "unwritten"
        )
        return
    single = amount_in(drug, line.dose, line.unit)
    if single is None:
        yield _unchecked(
            line,
            f"剂量单位“{line.unit}”无法换算为 {drug.unit}，未核对剂量",
            f"the unit {line.unit!r} cannot be turned into {drug.unit}: dose not checked",
            "unit",
        )
        return
    if single <= 0:
        yield finding(
            "dose", "stop", (line,), f"{line.name}：剂量必须大于零", f"{line.name}: the dose must be above nothing"
        )
        return
    if drug.max_single is None and drug.max_daily is None:
        yield _unchecked(
            line, "目录中没有最大剂量，未核对剂量", "the catalogue knows no maximum: dose not checked", "limit"
        )
    if drug.max_single is not None and single > drug.max_single * 1.000001:
        yield _above(line, drug, "单次", "at once", single, drug.max_single)
    daily = single * line.times_per_day
    if drug.max_daily is not None and daily > drug.max_daily * 1.000001:
        yield _above(line, drug, "每日", "a day", daily, drug.max_daily)


def _above(line: Line, drug: Drug, zh: str, en: str, amount: float, most: float) -> Finding:
    return finding(
        "dose",
        "stop",
        (line,),
        f"{line.name}：{zh} {amount:g} {drug.unit}，超过最大量 {most:g} {drug.unit}",
        f"{drug.name_en or line.name}: {amount:g} {drug.unit} {en} is above the most of {most:g} {drug.unit}",
        about=en,
        source=drug.source,
    )


def _unchecked(line: Line, zh: str, en: str, about: str) -> Finding:
    return finding("dose", "unknown", (line,), f"{line.name}：{zh}", f"{line.name}: {en}", about=about)


def _of_child(line: Line, facts: Facts) -> Iterator[Finding]:
    if facts.age_years is None:
        yield finding(
            "missing",
            "unknown",
            (),
            "年龄未知，按成人剂量核对",
            "The age is unknown: checked as for adults",
            about="age",
        )
    elif facts.age_years < _ADULT_YEARS:
        weight = "没有体重记录" if facts.weight_kg is None else f"体重 {facts.weight_kg:g} kg"
        english = "no weight is recorded" if facts.weight_kg is None else f"weight {facts.weight_kg:g} kg"
        yield finding(
            "dose",
            "unknown",
            (line,),
            f"{line.name}：儿童剂量不在核对范围（{facts.age_years} 岁，{weight}），请按体重计算",
            f"{line.name}: a child's dose is not checked ({facts.age_years} years, {english}): work it out by weight",
            about="child",
        )
