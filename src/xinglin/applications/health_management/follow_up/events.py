"""What follow-ups tell others; never what the patient wrote."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "health_management"
FOLLOWUP_DUE = "followup.due"
FOLLOWUP_ANSWERED = "followup.answered"
FOLLOWUP_UNANSWERED = "followup.unanswered"
FOLLOWUP_CLOSED = "followup.closed"


def told(ids: Ids, name: str, patient: str, task: str, at: datetime, **further: object) -> NewEvent:
    """What happened to the follow-up that ``task`` carries."""
    body = {"task": f"Task/{task}", **further}
    return NewEvent(id=ids.new(), room=ROOM, name=name, key=f"Patient/{patient}", occurred_at=at, body=body)
