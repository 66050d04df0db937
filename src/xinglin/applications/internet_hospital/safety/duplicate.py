"""The same thing twice: one ingredient, or two drugs of one chemical subgroup (ATC level 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from .finding import finding
from .model import Facts, Finding, Line

_LEVEL_4 = 5


def duplicates(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """Between the lines, and of each with what is taken already; the same product again may be a renewal."""
    for one, other in combinations(lines, 2):
        yield from _pair(one, other, is_renewal=False)
    for line in lines:
        for taken in facts.current:
            yield from _pair(line, taken, is_renewal=True)


def _pair(one: Line, other: Line, is_renewal: bool) -> Iterator[Finding]:
    if one.drug is None or other.drug is None:
        return
    names = " + ".join(sorted((one.name, other.name)))
    shared = sorted(set(one.drug.ingredients) & set(other.drug.ingredients))
    if shared and is_renewal and one.drug.code == other.drug.code:
        yield finding(
            "duplicate",
            "caution",
            (one, other),
            f"{one.name}：患者已在用，确认为续方而非重复",
            f"{one.drug.name_en or one.name}: taken already; make sure that this renews it",
            about="renewal",
        )
    elif shared:
        yield finding(
            "duplicate",
            "stop",
            (one, other),
            f"{names}：同一成分重复用药",
            f"{names}: the same ingredient twice ({', '.join(shared)})",
            about="ingredient",
        )
    elif len(one.drug.atc) >= _LEVEL_4 and one.drug.atc[:_LEVEL_4] == other.drug.atc[:_LEVEL_4]:
        yield finding(
            "duplicate",
            "caution",
            (one, other),
            f"{names}：同一药理亚类（ATC {one.drug.atc[:_LEVEL_4]}）重复用药",
            f"{names}: two drugs of one subgroup (ATC {one.drug.atc[:_LEVEL_4]})",
            about="subgroup",
        )
