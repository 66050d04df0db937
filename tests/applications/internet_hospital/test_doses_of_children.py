"""Children's doses by weight, and what children of an age do not get."""

from __future__ import annotations

import pytest
from prescriptions import formulary, line, record

from xinglin.applications.internet_hospital.safety import check
from xinglin.applications.internet_hospital.safety.children import child_rules


@pytest.mark.parametrize(
    ("code", "dose", "times", "weight", "stops"),
    [
        ("paracetamol-500mg", 150, 4, 10, []),
        ("paracetamol-500mg", 160, 4, 10, ["child at once"]),
        ("paracetamol-500mg", 150, 6, 10, ["child a day"]),
        ("ibuprofen-300mg", 0.1, 3, 10, []),
        ("ibuprofen-300mg", 0.1, 4, 10, ["child a day"]),
        ("oseltamivir-75mg", 75, 2, 20, ["child a day", "child at once"]),
    ],
)
def test_a_childs_dose_is_held_against_its_weight(
    code: str, dose: float, times: float, weight: float, stops: list[str]
) -> None:
    unit = "g" if dose < 1 else "mg"
    found = check([line(code, dose, times, unit)], record(age=5, weight=weight))
    assert sorted(one.key.split("|")[1] for one in found if one.severity == "stop") == stops
    assert all(one.source for one in found)


def test_every_rule_for_children_names_a_drug_of_the_catalogue_and_its_source() -> None:
    known = {one for drug in formulary().values() for one in drug.ingredients}
    for ingredient, rule in child_rules().items():
        assert ingredient in known, ingredient
        assert rule.source
        assert rule.single_mg_kg or rule.avoid_below_years, ingredient
