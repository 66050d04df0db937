"""A diagnosis and a drug as the catalogues hold them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

DIAGNOSES = "http://hl7.org/fhir/sid/icd-10"
"""The code system of diagnoses; hospitals that load the national edition keep its codes under it, too."""

Kind = Literal["diagnosis", "drug"]
Pregnancy = Literal["ok", "caution", "avoid", "unknown"]


class Diagnosis(BaseModel):
    """An ICD-10 code with its names."""

    code: str
    name_zh: str
    name_en: str


class Drug(BaseModel):
    """A generic drug in one form and strength, with what a safety check rests on.

    ``unit`` is UCUM and holds for ``strength`` (of one piece), ``dose``, ``max_single`` and ``max_daily``, all for
    adults. ``groups`` are words by which drugs are allergens or interact together (``penicillin``, ``nsaid``). Below
    ``egfr_avoid_below`` (mL/min/1.73 m²) it is not given, below ``egfr_reduce_below`` less of it. None: nobody said.
    """

    code: str
    name_zh: str
    name_en: str
    atc: str
    ingredients: tuple[str, ...]
    groups: tuple[str, ...]
    form_zh: str
    form_en: str
    strength: float
    unit: str
    route: str
    dose: float | None
    times_per_day: int | None
    max_single: float | None
    max_daily: float | None
    egfr_avoid_below: float | None
    egfr_reduce_below: float | None
    pregnancy: Pregnancy
    source: str
