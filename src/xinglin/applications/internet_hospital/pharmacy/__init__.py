"""The pharmacy: a prescription is reviewed, handed out, and taken back."""

from __future__ import annotations

from .events import MEDICATION_DISPENSED, MEDICATION_TAKEN_BACK, PRESCRIPTION_APPROVED, PRESCRIPTION_RETURNED
from .routes import REVIEW, router
from .service import Pharmacy

__all__ = [
    "MEDICATION_DISPENSED",
    "MEDICATION_TAKEN_BACK",
    "PRESCRIPTION_APPROVED",
    "PRESCRIPTION_RETURNED",
    "REVIEW",
    "Pharmacy",
    "router",
]
