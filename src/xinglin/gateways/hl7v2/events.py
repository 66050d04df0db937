"""The events of this room. Clinical ones are keyed by the patient, the gateway's own by its two ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from .mapping import Happening

ROOM = "hl7v2"
EVENTS = (
    "hl7_message.received",
    "hl7_message.processed",
    "hl7_message.dead_lettered",
    "patient.registered",
    "identity.linked",
    "encounter.arrived",
    "encounter.finished",
    "order.placed",
    "result.received",
    "appointment.booked",
    "appointment.cancelled",
)
_CONSUMER = "hl7v2/consumer"
_DOOR = "hl7v2/door"


def received(ids: Ids, messages: list[int], at: datetime) -> list[NewEvent]:
    """One event for all messages that came since the last."""
    return _about(ids, "hl7_message.received", messages, at, _DOOR)


def clashed(ids: Ids, messages: list[int], at: datetime) -> list[NewEvent]:
    """One event for all messages of a group that are dead letters, since their control ids were taken."""
    return _about(ids, "hl7_message.dead_lettered", messages, at, _DOOR)


def processed(ids: Ids, messages: list[int], at: datetime) -> list[NewEvent]:
    """One event for all messages of a batch that took effect."""
    return _about(ids, "hl7_message.processed", messages, at, _CONSUMER)


def dead_lettered(ids: Ids, messages: list[int], at: datetime) -> list[NewEvent]:
    """One event for all messages of a batch that went to the dead letters."""
    return _about(ids, "hl7_message.dead_lettered", messages, at, _CONSUMER)


def clinical(ids: Ids, happenings: Iterable[tuple[int, Happening]]) -> list[NewEvent]:
    """One event per kind and patient of a batch; the body lists references, messages and times."""
    grouped: dict[tuple[str, str], list[tuple[int, Happening]]] = {}
    for message, happening in happenings:
        grouped.setdefault((happening.name, happening.subject), []).append((message, happening))
    return [
        NewEvent(
            id=ids.new(),
            room=ROOM,
            name=name,
            key=subject,
            occurred_at=max(happening.at for _, happening in group),
            body={
                "references": list(dict.fromkeys(happening.reference for _, happening in group)),
                "messages": list(dict.fromkeys(str(message) for message, _ in group)),
            },
        )
        for (name, subject), group in grouped.items()
    ]


def _about(ids: Ids, name: str, messages: list[int], at: datetime, key: str) -> list[NewEvent]:
    if not messages:
        return []
    body = {"ids": [str(message) for message in messages]}
    return [NewEvent(id=ids.new(), room=ROOM, name=name, key=key, occurred_at=at, body=body)]
