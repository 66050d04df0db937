"""Doses against the most at once and a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xinglin.data_platform.terminology import Drug

from .amount import amount_in
from .children import of_child
from .finding import finding
from .model import Facts, Finding, Line


def doses(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """Doses above the most, and those that could not be compared with it."""
    for line in lines:
        if line.drug is not None:
            yield from _of(line, line.drug)
            yield from of_child(line, line.drug, facts)


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
