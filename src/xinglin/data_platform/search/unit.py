"""Units of UCUM as factors to base units, so that amounts in different units can be compared
(hl7.org/fhir/R4/search.html#quantity, ucum.org/ucum).

Common units are known by a table; ``ucumvert`` reads any other when it is first met, which loads it for a second.
Arbitrary units such as ``[IU]`` and scales that are no straight line, such as pH, are compared with themselves only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .common_units import ALONE, COMMON
from .hashing import number_of

UCUM = "http://unitsofmeasure.org"
UNBOUNDED = 1e308


@dataclass(frozen=True, slots=True)
class Canonical:
    """How amounts in one unit become amounts in base units; ``unit`` is the number of those."""

    unit: int
    factor: float
    offset: float

    def of(self, amount: float) -> float:
        """``amount`` in base units, to 12 digits, so that the same amount in two units is the same number."""
        if not -UNBOUNDED < amount < UNBOUNDED:
            return amount
        converted = float("%.12g" % (amount * self.factor + self.offset))
        return converted if -UNBOUNDED < converted < UNBOUNDED else math.copysign(UNBOUNDED, converted)


@lru_cache(maxsize=4096)
def canonical(code: str) -> Canonical | None:
    """The way to base units for a UCUM unit; None where ``code`` is no unit or cannot be converted."""
    known = COMMON.get(code) or (None if code in ALONE else measured(code))
    if known is None:
        return None
    factor, offset, dimension = known
    return Canonical(number_of(f"canonical|{dimension}"), factor, offset)


def measured(code: str) -> tuple[float, float, str] | None:
    """Factor, offset and dimension of ``code`` as ``ucumvert`` reads it."""
    if not code.isascii() or len(code) > 64 or code.startswith("{"):
        return None
    registry, parser, arbitrary = _ucum()
    try:
        if any(str(part) in arbitrary for part in parser.parse(code).scan_values(lambda _: True)):
            return None
        units = registry.from_ucum(code)
        at = [registry.Quantity(units.magnitude * times, units.units).to_base_units() for times in (0, 1, 2)]
    except Exception:  # the parser and pint raise many kinds for what is no unit
        return None
    zero, one, two = (float(quantity.magnitude) for quantity in at)
    if abs((two - one) - (one - zero)) > abs(one - zero) * 1e-9 or one == zero:
        return None
    dimension = "".join(f"{name}{power:+g}" for name, power in sorted(at[1].dimensionality.items()))
    return float(f"{one - zero:.14g}"), float(f"{zero:.14g}"), dimension


@cache
def _ucum() -> tuple[Any, Any, frozenset[str]]:
    from importlib.resources import files
    from xml.etree import ElementTree

    from ucumvert import PintUcumRegistry, get_ucum_parser

    essence = ElementTree.fromstring(files("ucumvert").joinpath("vendor/ucum-essence.xml").read_bytes())  # noqa: S314
    arbitrary = frozenset(one.attrib["Code"] for one in essence.iter() if one.get("isArbitrary") == "yes")
    return PintUcumRegistry(), get_ucum_parser(), arbitrary
