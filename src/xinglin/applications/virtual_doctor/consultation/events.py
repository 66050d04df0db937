"""The event of a consultation that was kept."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from ..triage import Advice

ROOM = "virtual_doctor"
PRECONSULTATION_COMPLETED = "preconsultation.completed"


def preconsultation_completed(
    ids: Ids, patient: str, response: str, advice: Advice, wants_person: bool, at: datetime
) -> NewEvent:
    """Tells that ``patient`` (an id) kept what they told, in QuestionnaireResponse ``response``."""
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=PRECONSULTATION_COMPLETED,
        key=f"Patient/{patient}",
        occurred_at=at,
        body={
            "questionnaire_response": response,
            "level": None if advice.level is None else int(advice.level),
            "wants_person": wants_person,
        },
    )
