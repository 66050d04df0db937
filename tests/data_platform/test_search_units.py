"""Units of UCUM: the table of common ones is what the library says, and amounts compare across units."""

from __future__ import annotations

import pytest

from xinglin.data_platform.search.common_units import ALONE, COMMON
from xinglin.data_platform.search.unit import canonical, measured


@pytest.mark.parametrize("code", sorted(COMMON))
def test_a_common_unit_is_what_the_library_measures(code: str) -> None:
    found = measured(code)
    assert found is not None
    assert COMMON[code][:2] == pytest.approx(found[:2], rel=1e-12)
    assert COMMON[code][2] == found[2]


@pytest.mark.parametrize(
    ("amount", "unit", "same", "other"),
    [
        (5.4, "mg", 5400, "ug"),
        (1, "g/L", 100, "mg/dL"),
        (37, "Cel", 98.6, "[degF]"),
        (120, "mm[Hg]", 15.99868648, "kPa"),
        (4.5, "10*6/uL", 4.5, "10*12/L"),
        (60, "/min", 1, "/s"),
        (23, "mm/h", 0.023, "m/h"),
        (6000, "umol/L", 6, "mmol/L"),
    ],
)
def test_the_same_amount_in_two_units_is_one_number(amount: float, unit: str, same: float, other: str) -> None:
    one, two = canonical(unit), canonical(other)
    assert one is not None and two is not None and one.unit == two.unit
    assert one.of(amount) == pytest.approx(two.of(same), rel=1e-9)


@pytest.mark.parametrize(
    "code", ["[IU]/L", "m[IU]/mL", "[pH]", "{score}", "nonsense", "", "毫克", "mg" * 40, "[arb'U]"]
)
def test_what_cannot_be_converted_stands_alone(code: str) -> None:
    assert canonical(code) is None


def test_amounts_of_different_kinds_do_not_meet() -> None:
    mass, substance = canonical("mg"), canonical("mmol")
    assert mass is not None and substance is not None and mass.unit != substance.unit


def test_what_has_no_bound_stays_without() -> None:
    unit = canonical("mg")
    assert unit is not None
    assert unit.of(1e308) == 1e308 and unit.of(-1e308) == -1e308


@pytest.mark.parametrize("code", sorted(ALONE))
def test_a_unit_known_to_stand_alone_is_one_that_the_library_cannot_convert(code: str) -> None:
    assert measured(code) is None
