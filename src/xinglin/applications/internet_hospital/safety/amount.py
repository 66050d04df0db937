"""Amounts of a drug across units (UCUM)."""

from __future__ import annotations

from xinglin.data_platform.search import canonical
from xinglin.data_platform.terminology import Drug

_PIECES = frozenset({"{piece}", "片", "粒", "袋", "支", "{tbl}", "{capsule}", "1"})


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


def in_milligrams(drug: Drug, amount: float) -> float | None:
    """``amount``, in the unit of ``drug``, in mg; None for what is no mass."""
    here, there = canonical(drug.unit), canonical("mg")
    if here is None or there is None or here.unit != there.unit or not there.factor:
        return None
    return here.of(amount) / there.factor
