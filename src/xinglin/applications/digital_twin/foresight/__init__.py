"""Foresight: what waits, lines and wards will come to, played on from what is. Importing it loads nothing heavy."""

from __future__ import annotations

from .asking import Oracle
from .model import (
    HORIZON_MINUTES,
    PROBABILITIES,
    STEP_MINUTES,
    ClinicNow,
    Doctor,
    Foreseen,
    House,
    HouseForeseen,
    PastStay,
    PastVisits,
    Person,
    Quantiles,
    Seen,
    Ward,
    WardForeseen,
)
from .scoring import Score

__all__ = [
    "HORIZON_MINUTES",
    "PROBABILITIES",
    "STEP_MINUTES",
    "ClinicNow",
    "Doctor",
    "Foreseen",
    "House",
    "HouseForeseen",
    "Oracle",
    "PastStay",
    "PastVisits",
    "Person",
    "Quantiles",
    "Score",
    "Seen",
    "Ward",
    "WardForeseen",
]
