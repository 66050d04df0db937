"""What the pharmacy tells others."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from ..visit.events import ROOM
from .model import Step

PRESCRIPTION_APPROVED = "prescription.approved"
PRESCRIPTION_RETURNED = "prescription.returned"
MEDICATION_DISPENSED = "medication.dispensed"
MEDICATION_TAKEN_BACK = "medication.taken_back"
_NAMES: dict[Step, str] = {
    "approve": PRESCRIPTION_APPROVED,
    "return": PRESCRIPTION_RETURNED,
    "dispense": MEDICATION_DISPENSED,
    "take-back": MEDICATION_TAKEN_BACK,
}


def told(ids: Ids, step: Step, patient: str, number: str, requests: list[str], at: datetime) -> NewEvent:
    """What was done with the prescription ``number``."""
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=_NAMES[step],
        key=f"Patient/{patient}",
        occurred_at=at,
        body={"prescription": number, "references": requests},
    )
