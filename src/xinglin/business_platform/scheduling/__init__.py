"""Scheduling: who sits when, who has which place, and who is called next."""

from __future__ import annotations

from pathlib import Path

from xinglin.data_platform.store import Store
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from . import queue
from .events import (
    APPOINTMENT_BOOKED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_RESCHEDULED,
    SLOT_OFFERED,
    WAITLIST_CHANGED,
)
from .model import Booking, NoPlace, Place, Wanted
from .planning import Planning
from .routes import BOOK, PLAN, READ, router
from .service import Scheduling
from .settings import SchedulingSettings
from .sitting import Sitting, Sittings
from .template import Template, periods

MIGRATIONS = Migrations("scheduling", Path(__file__).parent / "migrations")

__all__ = [
    "MIGRATIONS",
    "Booking",
    "NoPlace",
    "Place",
    "Planning",
    "Scheduling",
    "SchedulingSettings",
    "Sitting",
    "Sittings",
    "Template",
    "Wanted",
    "module",
    "periods",
    "queue",
]


def module(database: Database, store: Store, clock: Clock, ids: Ids, settings: SchedulingSettings, zone: str) -> Module:
    """The room: its routes, and the jobs that make slots and pass lapsed offers on. ``zone`` is the node's."""
    scheduling = Scheduling(database, store, clock, ids, settings)
    planning = Planning(database, store, clock, ids, settings, zone)
    api = router(scheduling, planning, clock, ids)
    api.routes.extend(queue.router(queue.Queue(database, store, clock, ids, zone)).routes)
    return Module(
        name="scheduling",
        api=api,
        jobs=(Job("scheduling_plan", planning.watch), Job("scheduling_offers", scheduling.waitlist.watch)),
        events=(
            APPOINTMENT_BOOKED,
            APPOINTMENT_CANCELLED,
            APPOINTMENT_RESCHEDULED,
            SLOT_OFFERED,
            WAITLIST_CHANGED,
            queue.ENCOUNTER_ARRIVED,
            queue.ENCOUNTER_TRIAGED,
            queue.ENCOUNTER_CALLED,
            queue.ENCOUNTER_SKIPPED,
            queue.ENCOUNTER_STARTED,
            queue.ENCOUNTER_PAUSED,
            queue.ENCOUNTER_FINISHED,
            queue.QUEUE_ESTIMATED,
        ),
        permissions=(READ, BOOK, PLAN, queue.QUEUE, queue.VISIT),
        migrations=MIGRATIONS,
        settings=settings,
    )
