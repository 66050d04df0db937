"""HL7 v2 over MLLP: messages come in, are kept, acknowledged and turned into FHIR R4 resources.

``module`` gives the room to the assembly, with the job ``hl7v2.consumer`` (safe to start in several
processes; one works). ``listener`` is the job of the process at the door, where nothing else should keep
the event loop busy: the two speak through the inbox table only.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from .consumer import Consumer
from .events import EVENTS, ROOM
from .intake import Intake, Transactions
from .listener import Listener
from .merging import Merging
from .outcome import OutcomeWatch
from .refusal import RefusalBook
from .retention import Retention
from .routes import READ, RERUN, router
from .service import MessageDesk
from .settings import Hl7v2Settings

MIGRATIONS = Migrations(ROOM, Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "Hl7v2Settings", "listener", "module"]


def listener(
    database: Transactions,
    clock: Clock,
    ids: Ids,
    settings: Hl7v2Settings,
    bound: socket.socket | None = None,
) -> Job:
    """The MLLP door as a job; it listens on ``bound`` instead of the settings' host and port when given."""

    async def listen() -> None:
        intake = Intake(database, clock, ids)
        book = RefusalBook(database)
        door = Listener(settings, intake, OutcomeWatch(database), book, clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(intake.run())
            group.create_task(book.run())
            group.create_task(door.run(bound))

    return Job("hl7v2.listener", listen)


def module(
    database: Transactions,
    store: Store,
    clock: Clock,
    ids: Ids,
    settings: Hl7v2Settings,
) -> Module:
    """The room without its door."""
    consumer = Consumer(database, store, settings, clock, ids)
    desk = MessageDesk(database, settings, clock)

    async def health() -> dict[str, Any]:
        counts = await desk.summary()
        return {
            "waiting": counts["received"],
            "dead_letters": counts["dead"],
            "processed_last_day": counts["processed"],
            "received_last_minute": counts["last_minute"],
        }

    async def door() -> dict[str, Any]:
        refusals = await desk.refusals()
        counts = {
            "refused": refusals.refused,
            "truncated": refusals.truncated,
            "oversize": refusals.oversize,
            "connections_refused": refusals.connections_refused,
        }
        if refusals.last_at is None:
            return counts
        return {
            **counts,
            "last_refusal": refusals.last_reason,
            "last_refusal_zh": refusals.last_reason_chinese,
            "last_refused_peer": refusals.last_peer,
            "last_refused_at": refusals.last_at,
        }

    merging = Merging(database, store, clock)
    retention = Retention(database, settings.keep_processed_days, clock)
    return Module(
        name="hl7v2",
        api=router(desk, clock),
        jobs=[
            Job("hl7v2.consumer", consumer.run, process="mapper"),
            Job("hl7v2.merging", merging.run),
            Job("hl7v2.retention", retention.run),
        ],
        subscriptions=[Subscription("hl7v2_merging", ("event.hl7v2.identity_linked.>",), merging.note)],
        permissions=(READ, RERUN),
        events=EVENTS,
        migrations=MIGRATIONS,
        health=health,
        processes={"gateway": door},
        settings=settings,
    )
