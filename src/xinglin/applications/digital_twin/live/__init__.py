"""The live state: who and what is where since when, at any moment that is kept."""

from __future__ import annotations

from .keeper import CLINIC_SUBJECTS, HOUSE_SUBJECTS, LiveState
from .model import GONE, KINDS, Booking, Change, Facts, Kind, Reference, Visit

__all__ = [
    "CLINIC_SUBJECTS",
    "GONE",
    "HOUSE_SUBJECTS",
    "KINDS",
    "Booking",
    "Change",
    "Facts",
    "Kind",
    "LiveState",
    "Reference",
    "Visit",
]
