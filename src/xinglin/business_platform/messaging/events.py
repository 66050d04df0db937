"""What messaging tells others; never the words. A gateway that brings notices to phones listens to ``message.sent``."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "messaging"
MESSAGE_SENT = "message.sent"
MESSAGE_ACKNOWLEDGED = "message.acknowledged"


def told(ids: Ids, name: str, communication: str, kind: str, patient: str, at: datetime) -> NewEvent:
    """What happened to a notice."""
    body = {"communication": f"Communication/{communication}", "kind": kind}
    return NewEvent(id=ids.new(), room=ROOM, name=name, key=f"Patient/{patient}", occurred_at=at, body=body)
