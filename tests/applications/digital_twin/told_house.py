"""A node's twin with a clinic whose days tests tell."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from heard import heard
from xinglin.applications.digital_twin.foresight import Oracle
from xinglin.applications.digital_twin.live import LiveState
from xinglin.applications.digital_twin.live import repository as live_tables
from xinglin.applications.digital_twin.watch import Showing, Watch
from xinglin.business_platform.scheduling import Sitting
from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

ZONE = "Asia/Shanghai"
NOON = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class Sitters:
    """Doctors who sit until an hour after now."""

    def __init__(self) -> None:
        self.sittings: list[Sitting] = []

    async def between(self, since: datetime, until: datetime) -> list[Sitting]:
        return [one for one in self.sittings if one.ends_at > since and one.starts_at < until]


class House:
    """A node's twin with a clinic of its own; minutes count from 10:00."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.sitters = database, Clock(), Sitters()
        self.store = Store(SystemClock(), SystemIds())
        self.live = LiveState(database, self.store, self.clock)
        self.oracle = Oracle()
        self.watch = Watch(database, self.sitters, self.oracle, self.clock, SystemIds(), ZONE, 60.0, 300, 28)
        self.showing = Showing(database, self.store, self.clock, SystemIds(), ZONE)
        self.service = str(uuid.uuid4())

    async def tell(self, *events: Event) -> None:
        async with self.database.transaction() as connection:
            await self.live.handle_clinics(connection, events)

    def event(self, name: str, minute: float, **body: Any) -> Event:
        at = NOON + timedelta(minutes=minute)
        return heard("scheduling", name, "Patient/p", at, {"service": f"HealthcareService/{self.service}", **body})

    def visit(self, number: int, doctor: str | None, *steps: tuple[str, float], id_: str = "") -> list[Event]:
        """Steps of a visit (the states of a queue) with their minutes."""
        names = {
            "waiting": "arrived", "called": "called", "in_room": "started", "at_tests": "paused", "skipped": "skipped",
            "finished": "finished", "left": "finished",
        }  # fmt: skip
        encounter = f"Encounter/{id_ or uuid.uuid4()}"
        return [
            self.event(
                f"encounter.{names[state]}",
                minute,
                encounter=encounter,
                appointment=None,
                number=number,
                state=state,
                room="1" if state in ("called", "in_room") else "",
                practitioner=f"Practitioner/{doctor}" if doctor and state != "waiting" else None,
                triage=None,
                turn=(NOON + timedelta(minutes=steps[0][1])).isoformat(),
            )
            for state, minute in steps
        ]

    async def counts(self, minute: float) -> dict[tuple[str, str], int]:
        async with self.database.connection() as connection:
            found = await live_tables.counts_at(connection, NOON + timedelta(minutes=minute))
        return {(kind, state): n for kind, unit, state, n in found if unit == self.service}
