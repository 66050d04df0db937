"""What a queue tells: each change in the transaction that made it, and the new estimates of all who wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from ..events import ROOM
from .model import Entry, Wait

ENCOUNTER_ARRIVED = "encounter.arrived"
ENCOUNTER_TRIAGED = "encounter.triaged"
ENCOUNTER_CALLED = "encounter.called"
ENCOUNTER_SKIPPED = "encounter.skipped"
ENCOUNTER_STARTED = "encounter.started"
ENCOUNTER_PAUSED = "encounter.paused"
ENCOUNTER_FINISHED = "encounter.finished"
QUEUE_ESTIMATED = "queue.estimated"


def happened(ids: Ids, name: str, entry: Entry, at: datetime) -> NewEvent:
    """What happened to ``entry`` at ``at``."""
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=name,
        key=f"Patient/{entry.patient}",
        occurred_at=at,
        body={
            "encounter": f"Encounter/{entry.encounter_id}",
            "service": f"HealthcareService/{entry.service}",
            "appointment": f"Appointment/{entry.appointment_id}" if entry.appointment_id else None,
            "number": entry.number,
            "room": entry.room,
            "state": entry.state,
            "practitioner": f"Practitioner/{entry.practitioner}" if entry.practitioner else None,
            "triage": entry.triage,
            "turn": entry.turn_at.isoformat(),
        },
    )


def estimated(ids: Ids, service: str, waits: Mapping[str, Wait], at: datetime) -> NewEvent:
    """How long each waits now, by Encounter (or Appointment, before they come)."""
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=QUEUE_ESTIMATED,
        key=f"HealthcareService/{service}",
        occurred_at=at,
        body={
            "waits": {
                name: [round(one.low, 1), round(one.likely, 1), round(one.high, 1)] for name, one in waits.items()
            }
        },
    )
