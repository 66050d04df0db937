"""Interactions that are known to harm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

from xinglin.data_platform.terminology import Drug

from .finding import finding
from .model import Facts, Finding, Line

_GROUP = "group:"


@dataclass(frozen=True, slots=True)
class Rule:
    """Two sides that do not go together; a side names ingredients and groups."""

    id: str
    one: frozenset[str]
    other: frozenset[str]
    severity: Literal["stop", "caution"]
    zh: str
    en: str
    source: str


@cache
def rules() -> tuple[Rule, ...]:
    """The shipped rules; each names its source."""
    rows = json.loads((Path(__file__).parent / "interactions.json").read_text("utf-8"))
    return tuple(
        Rule(row["id"], frozenset(row["a"]), frozenset(row["b"]), row["severity"], row["zh"], row["en"], row["source"])
        for row in rows
    )


def interactions(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """Between the lines, and of each with what is taken already. What is taken already is not held against itself."""
    pairs = [*combinations(lines, 2), *((line, taken) for line in lines for taken in facts.current)]
    for one, other in pairs:
        if one.drug is None or other.drug is None or one.drug.code == other.drug.code:
            continue
        for rule in rules():
            if _meets(rule, one.drug, other.drug) or _meets(rule, other.drug, one.drug):
                yield finding(
                    "interaction",
                    rule.severity,
                    (one, other),
                    f"{_both(one, other, ' + ')}：{rule.zh}",
                    f"{_both_english(one.drug, other.drug)}: {rule.en}",
                    about=rule.id,
                    source=rule.source,
                )


def _meets(rule: Rule, one: Drug, other: Drug) -> bool:
    return bool(rule.one & _words(one)) and bool(rule.other & _words(other))


def _words(drug: Drug) -> set[str]:
    return {*drug.ingredients, *(f"{_GROUP}{group}" for group in drug.groups)}


def _both(one: Line, other: Line, between: str) -> str:
    return between.join(sorted((one.name, other.name)))


def _both_english(one: Drug, other: Drug) -> str:
    return " + ".join(sorted((one.name_en or one.name_zh, other.name_en or other.name_zh)))
