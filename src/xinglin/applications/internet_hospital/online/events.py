"""What online visits tell others; never what was written."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from ..visit.events import ROOM

ONLINE_VISIT_ASKED = "online_visit.asked"
ONLINE_MESSAGE_SENT = "online_message.sent"
ONLINE_VISIT_CLOSED = "online_visit.closed"


def told(ids: Ids, name: str, patient: str, encounter: str, at: datetime, **further: object) -> NewEvent:
    """What happened in the visit ``encounter`` at ``at``."""
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=name,
        key=f"Patient/{patient}",
        occurred_at=at,
        body={"encounter": f"Encounter/{encounter}", **further},
    )
