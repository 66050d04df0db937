"""The queue: who is called next in front of which door, and how long everybody will wait."""

from __future__ import annotations

from .events import (
    ENCOUNTER_ARRIVED,
    ENCOUNTER_CALLED,
    ENCOUNTER_FINISHED,
    ENCOUNTER_PAUSED,
    ENCOUNTER_SKIPPED,
    ENCOUNTER_STARTED,
    ENCOUNTER_TRIAGED,
    QUEUE_ESTIMATED,
)
from .line import aheads, rooms
from .model import Entry, Expected, Wait
from .ordering import age_years, in_order, turn
from .routes import QUEUE, VISIT, router
from .service import CheckIn, Queue
from .waiting import Ahead, Lengths, Room, waits

__all__ = [
    "ENCOUNTER_ARRIVED",
    "ENCOUNTER_CALLED",
    "ENCOUNTER_FINISHED",
    "ENCOUNTER_PAUSED",
    "ENCOUNTER_SKIPPED",
    "ENCOUNTER_STARTED",
    "ENCOUNTER_TRIAGED",
    "QUEUE",
    "QUEUE_ESTIMATED",
    "VISIT",
    "Ahead",
    "CheckIn",
    "Entry",
    "Expected",
    "Lengths",
    "Queue",
    "Room",
    "Wait",
    "age_years",
    "aheads",
    "in_order",
    "rooms",
    "router",
    "turn",
    "waits",
]
