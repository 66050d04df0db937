"""A department with a doctor, patients and a clock that can be moved, on a real database and the real store."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from xinglin.business_platform.scheduling import (
    Booking,
    Place,
    Planning,
    Scheduling,
    SchedulingSettings,
    Template,
    Wanted,
)
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import SystemIds

CAUSE = Cause(agent="test")
ZONE = "Asia/Shanghai"
MONDAY = date(2026, 11, 23)
OPENING = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai on the day before, when places are released."""


class MovableClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()


class ClinicDay:
    """One service of its own, so that tests on one database do not meet."""

    def __init__(self, database: Database, zone: str = ZONE) -> None:
        self.database = database
        self.clock = MovableClock(OPENING)
        self.store = Store(self.clock, SystemIds())
        self.settings = SchedulingSettings(days_ahead=7)
        self.desk = self.another_process()
        self.planning = Planning(database, self.store, self.clock, SystemIds(), self.settings, zone)
        self.service, self.doctor = str(uuid.uuid4()), str(uuid.uuid4())

    def another_process(self) -> Scheduling:
        """Scheduling as a further process of the node has it: it shares the database alone."""
        return Scheduling(self.database, self.store, self.clock, SystemIds(), self.settings)

    async def put(self, *resources: dict[str, Any]) -> None:
        async with self.database.transaction() as connection:
            await self.store.put_all(connection, resources, CAUSE)

    async def open(self, **hours: Any) -> str:
        """The department with one template; its Schedule's id."""
        await self.put(
            {"resourceType": "HealthcareService", "id": self.service, "name": "心内科门诊"},
            {"resourceType": "Practitioner", "id": self.doctor, "name": [{"family": "刘", "given": ["春辉"]}]},
        )
        schedule, _ = await self.planning.plan(self.template(**hours))
        return schedule

    def template(self, **hours: Any) -> Template:
        usual: dict[str, Any] = {
            "service": self.service,
            "practitioner": self.doctor,
            "weekdays": [1],
            "starts": time(8),
            "ends": time(12),
            "period_minutes": 60,
            "places": 2,
            "release_days": 1,
            "release_time": time(8),
            "first_day": MONDAY - timedelta(days=7),
        }
        return Template(**(usual | hours))

    async def people(self, count: int) -> list[str]:
        ids = [str(uuid.uuid4()) for _ in range(count)]
        await self.put(*({"resourceType": "Patient", "id": id_, "name": [{"text": "赵建平"}]} for id_ in ids))
        return ids

    def wanted(self, patient: str, slot: Place | None = None, **more: Any) -> Wanted:
        self.clock.at += timedelta(milliseconds=1)  # nobody comes at quite the same moment
        given: dict[str, Any] = {"account": f"account-of-{patient}", "key": str(uuid.uuid4())} | more
        where: dict[str, Any] = {"slot": slot.slot_id} if slot else {"day": given.pop("day", MONDAY)}
        return Wanted(self.service, patient, arrived_at=self.clock.now(), **where, **given)

    async def slots(self, day: date = MONDAY) -> list[Place]:
        return await self.desk.slots(self.service, day, day)

    async def resource(self, type_: str, id_: str) -> dict[str, Any]:
        async with self.database.connection() as connection:
            return await self.store.read(connection, type_, id_)

    async def events(self, patient: str) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT name, body FROM event WHERE room = 'scheduling' AND ordering_key = $1 ORDER BY position",
                f"Patient/{patient}",
            )
        return [(row["name"], orjson.loads(row["body"])) for row in rows]


Outcome = tuple[Booking, Place | None] | BaseException


async def all_at_once(desks: Sequence[Scheduling], wanted: Sequence[Wanted]) -> list[Outcome]:
    """Each of ``wanted`` asked at once, of the desks in turn."""
    asked = [desks[number % len(desks)].book(one) for number, one in enumerate(wanted)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    defects = [one for one in found if isinstance(one, BaseException) and not isinstance(one, XinglinError)]
    assert defects == []
    return list(found)


def given(outcomes: Sequence[Outcome]) -> list[tuple[Booking, Place]]:
    return [(one[0], one[1]) for one in outcomes if isinstance(one, tuple) and one[1] is not None]
