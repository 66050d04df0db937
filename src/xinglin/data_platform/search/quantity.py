"""Number and quantity values as closed ranges of a 64-bit float, with their unit as two hashed forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .hashing import number_of
from .unit import UCUM, UNBOUNDED, Canonical, canonical

Amount = tuple[float, float, int, int]
"""Lowest and highest value, hash of ``system|code`` and hash of the bare code or unit (0 where none)."""


def of_quantity(value: Mapping[str, Any]) -> list[Amount]:
    if "value" not in value:
        return []
    amount = float(value["value"])
    return [(*_compared(amount, value.get("comparator")), *_unit(value))]


def of_money(value: Mapping[str, Any]) -> list[Amount]:
    if "value" not in value:
        return []
    amount = float(value["value"])
    return [(amount, amount, *units("urn:iso:std:iso:4217", value.get("currency")))]


def of_range(value: Mapping[str, Any]) -> list[Amount]:
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low and "value" not in high:
        return []
    unit = _unit(low if low else high)
    return [(float(low.get("value", -UNBOUNDED)), float(high.get("value", UNBOUNDED)), *unit)]


def of_sampled(value: Mapping[str, Any]) -> list[Amount]:
    """The limits of a SampledData where it names them; its values are not searched one by one."""
    unit = _unit(value.get("origin", {}))
    if "lowerLimit" not in value and "upperLimit" not in value:
        return []
    return [(float(value.get("lowerLimit", -UNBOUNDED)), float(value.get("upperLimit", UNBOUNDED)), *unit)]


def of_number(value: float) -> list[Amount]:
    return [(float(value), float(value), 0, 0)]


FORMS: Mapping[str, Callable[[Any], list[Amount]]] = {
    "Quantity": of_quantity,
    "Age": of_quantity,
    "Duration": of_quantity,
    "Money": of_money,
    "Range": of_range,
    "SampledData": of_sampled,
    "decimal": of_number,
    "integer": of_number,
    "positiveInt": of_number,
    "unsignedInt": of_number,
}


_WITHOUT_UNIT = frozenset({"Money", "decimal", "integer", "positiveInt", "unsignedInt"})
_CANONICAL = number_of("in canonical units")


def in_canonical(system: str | None, code: str) -> Canonical | None:
    """How amounts in this unit become comparable with others; None for a unit that is not UCUM's or stands alone."""
    return canonical(code) if system == UCUM else None


def canonical_path(path: int, unit: int) -> int:
    """The path under which amounts in this canonical unit are indexed, beside those as written: amounts of one unit
    lie together, since no search asks for those of several."""
    return path ^ _CANONICAL ^ unit


def canonical_amounts(type_: str, value: Mapping[str, Any], amounts: list[Amount]) -> list[Amount]:
    """``amounts`` of a value of this FHIR type in canonical units; none where its unit stands alone."""
    if type_ in _WITHOUT_UNIT:
        return []
    if type_ == "Range":
        value = value.get("low") or value.get("high") or {}
    elif type_ == "SampledData":
        value = value.get("origin", {})
    if value.get("system") != UCUM:
        return []
    unit = canonical(value.get("code", ""))
    if unit is None:
        return []
    found: list[Amount] = []
    for low, high, _, _ in amounts:
        least = unit.of(low)
        found.append((least, least if low == high else unit.of(high), unit.unit, 0))
    return found


def units(system: str | None, code: str | None) -> tuple[int, int]:
    """The two hashed forms of a unit."""
    if not code:
        return 0, 0
    return number_of(f"{system or ''}|{code}"), number_of(code)


def _unit(value: Mapping[str, Any]) -> tuple[int, int]:
    return units(value.get("system"), value.get("code") or value.get("unit"))


def _compared(amount: float, comparator: str | None) -> tuple[float, float]:
    if comparator in ("<", "<="):
        return -UNBOUNDED, amount
    if comparator in (">", ">="):
        return amount, UNBOUNDED
    return amount, amount
