"""What the twin tells: a new foresight, and alarms as they come, are seen to and go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "digital_twin"
TWIN_FORESEEN = "twin.foreseen"
ALARM_RAISED = "alarm.raised"
ALARM_ACKNOWLEDGED = "alarm.acknowledged"
ALARM_CLEARED = "alarm.cleared"


def foreseen(ids: Ids, units: Iterable[str], at: datetime) -> NewEvent:
    """Clinics and wards of which something new is foreseen, by their ids."""
    body = {"units": sorted(units)}
    return NewEvent(id=ids.new(), room=ROOM, name=TWIN_FORESEEN, key="digital_twin/house", occurred_at=at, body=body)


def alarm(ids: Ids, name: str, alarm_id: str, rule: str, unit: str, at: datetime) -> NewEvent:
    """What became of an alarm."""
    body = {"alarm": alarm_id, "rule": rule, "unit": unit}
    return NewEvent(id=ids.new(), room=ROOM, name=name, key=f"digital_twin/alarm/{alarm_id}", occurred_at=at, body=body)
