"""Prescriptions and records in a few words, for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import xinglin.data_platform.terminology as terminology
from xinglin.applications.internet_hospital.safety import Allergy, Facts, Kidney, Line
from xinglin.data_platform.terminology import Drug
from xinglin.data_platform.terminology.loading import Loaded, drugs

STARTER = Path(terminology.__file__).parent / "starter"


@cache
def formulary() -> dict[str, Drug]:
    """The starter drugs by code."""
    loaded = Loaded()
    found = {one.code: one for one in drugs(STARTER / "drugs.csv", loaded)}
    assert loaded.not_taken == 0, loaded.refused
    return found


def line(code: str, dose: float | None = None, times: float | None = None, unit: str | None = None) -> Line:
    """As usually taken, unless said otherwise."""
    drug = formulary()[code]
    return Line(
        drug.name_zh,
        drug,
        drug.dose if dose is None else dose,
        unit or drug.unit,
        drug.times_per_day if times is None else times,
    )


def record(
    *,
    allergies: tuple[str, ...] | None = (),
    taking: tuple[str, ...] = (),
    pregnant: str = "impossible",
    egfr: float | None = 95,
    age: int | None = 50,
    weight: float | None = 60,
) -> Facts:
    """A man of 50 without allergies whose kidneys are well, unless said otherwise."""
    return Facts(
        allergies=None if allergies is None else tuple(Allergy(f"AllergyIntolerance/{one}", one) for one in allergies),
        current=tuple(line(one) for one in taking),
        pregnant=pregnant,  # type: ignore[arg-type]
        pregnancy_reference="Condition/pregnancy" if pregnant == "yes" else "",
        kidney=None if egfr is None else Kidney(egfr, "Observation/egfr"),
        age_years=age,
        weight_kg=weight,
    )
