"""Doses of children by weight, and drugs that children of an age do not get. Data: ``children.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xinglin.data_platform.terminology import Drug

from .amount import amount_in, in_milligrams
from .finding import finding
from .model import Facts, Finding, Line

_ADULT_YEARS = 18
_ALMOST = 1.001


@dataclass(frozen=True, slots=True)
class ChildRule:
    """The most of an ingredient in mg per kg of body weight, at once and a day; None where the source names none. Not
    given below ``avoid_below_years``."""

    ingredient: str
    source: str
    single_mg_kg: float | None = None
    daily_mg_kg: float | None = None
    avoid_below_years: int = 0
    why_zh: str = ""
    why_en: str = ""


@cache
def child_rules() -> dict[str, ChildRule]:
    """The shipped rules by ingredient; each names its source."""
    rows = json.loads((Path(__file__).parent / "children.json").read_text("utf-8"))
    return {row["ingredient"]: ChildRule(**row) for row in rows}


def of_child(line: Line, drug: Drug, facts: Facts) -> Iterator[Finding]:
    """What stands against ``line`` for a child: the drug at that age, the dose by weight, or that nobody could check
    it. Nothing for adults; an unknown age is said."""
    if facts.age_years is None:
        yield finding(
            "missing",
            "unknown",
            (),
            "年龄未知，按成人剂量核对",
            "The age is unknown: checked as for adults",
            about="age",
        )
        return
    if facts.age_years >= _ADULT_YEARS:
        return
    ruled = [child_rules()[one] for one in drug.ingredients if one in child_rules()]
    for rule in ruled:
        if facts.age_years < rule.avoid_below_years:
            yield _too_young(line, drug, rule, facts.age_years)
    doses = [one for one in ruled if one.single_mg_kg is not None]
    if len(drug.ingredients) > 1 or not doses:
        if not any(facts.age_years < one.avoid_below_years for one in ruled):
            yield _unchecked(line, facts, "目录没有该药的儿童剂量", "no dose for children is known of it")
        return
    yield from _by_weight(line, drug, doses[0], facts)


def _by_weight(line: Line, drug: Drug, rule: ChildRule, facts: Facts) -> Iterator[Finding]:
    if facts.weight_kg is None:
        yield _unchecked(line, facts, "没有体重记录，请测体重", "no weight is recorded: weigh the child")
        return
    written = None if line.dose is None else amount_in(drug, line.dose, line.unit)
    single = None if written is None else in_milligrams(drug, written)
    if single is None or line.times_per_day is None or rule.single_mg_kg is None:
        yield _unchecked(line, facts, "剂量无法换算为 mg", "the dose cannot be turned into mg")
        return
    if single > rule.single_mg_kg * facts.weight_kg * _ALMOST:
        yield _above(line, drug, rule, facts.weight_kg, "单次", "at once", single, rule.single_mg_kg)
    daily = single * line.times_per_day
    if rule.daily_mg_kg is not None and daily > rule.daily_mg_kg * facts.weight_kg * _ALMOST:
        yield _above(line, drug, rule, facts.weight_kg, "每日", "a day", daily, rule.daily_mg_kg)


def _above(
    line: Line, drug: Drug, rule: ChildRule, weight_kg: float, zh: str, en: str, amount: float, most: float
) -> Finding:
    english = drug.name_en or line.name
    return finding(
        "dose",
        "stop",
        (line,),
        f"{line.name}：{zh} {amount:g} mg，超过儿童最大量 {most:g} mg/kg × {weight_kg:g} kg = {most * weight_kg:g} mg",
        f"{english}: {amount:g} mg {en} is above the most for a child: {most:g} mg/kg × {weight_kg:g} kg"
        f" = {most * weight_kg:g} mg",
        about=f"child {en}",
        source=rule.source,
    )


def _too_young(line: Line, drug: Drug, rule: ChildRule, age_years: int) -> Finding:
    return finding(
        "dose",
        "stop",
        (line,),
        f"{line.name}：{rule.avoid_below_years} 岁以下不宜使用（患者 {age_years} 岁）：{rule.why_zh}",
        f"{drug.name_en or line.name}: not below {rule.avoid_below_years} years (the patient is {age_years}):"
        f" {rule.why_en}",
        about="too young",
        source=rule.source,
    )


def _unchecked(line: Line, facts: Facts, zh: str, en: str) -> Finding:
    return finding(
        "dose",
        "unknown",
        (line,),
        f"{line.name}：儿童剂量未核对（{facts.age_years} 岁）：{zh}",
        f"{line.name}: a child's dose is not checked ({facts.age_years} years): {en}",
        about="child",
    )
