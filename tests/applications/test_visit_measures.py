"""What visits came to is measured from events: waits, lengths, returns, cancellations, and who did not come."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from heard import heard
from xinglin.applications.management import VisitMeasures
from xinglin.applications.management.model import Measured, Spread
from xinglin.applications.management.routes import router
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

ZONE = "Asia/Shanghai"
DAY = date(2026, 3, 2)
OPENING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai


class Clinic:
    """A department whose events the measures hear; minutes count from 08:00 of a day long past."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.measures = VisitMeasures(database, Store(SystemClock(), SystemIds()), SystemClock(), ZONE)
        self.service = str(uuid.uuid4())

    async def tell(self, *events: Event) -> None:
        async with self.database.transaction() as connection:
            await self.measures.handle(connection, events)

    def event(self, name: str, patient: str, minute: float, **body: Any) -> Event:
        return heard(
            "scheduling",
            name,
            f"Patient/{patient}",
            OPENING + timedelta(minutes=minute),
            {"service": f"HealthcareService/{self.service}", **body},
        )

    def visit(
        self, patient: str, *steps: tuple[str, float], appointment: str | None = None, state: str = "finished"
    ) -> list[Event]:
        """Steps of a visit (``arrived``, ``called``, …) with their minutes."""
        encounter = f"Encounter/{uuid.uuid4()}"
        named = f"Appointment/{appointment}" if appointment else None
        return [
            self.event(f"encounter.{name}", patient, minute, encounter=encounter, appointment=named, state=state)
            for name, minute in steps
        ]

    def appointment(self, id_: str, minute: float, name: str = "appointment.booked") -> Event:
        start = (OPENING + timedelta(minutes=minute)).isoformat()
        return self.event(name, "p", minute - 60, appointment=f"Appointment/{id_}", start=start)

    async def rows(self, first: date = DAY, last: date = DAY) -> list[Measured]:
        return (await self.measures.read(first, last, self.service)).rows

    async def whole(self) -> Measured:
        return next(row for row in await self.rows() if (row.service, row.day, row.hour) == (None, None, None))


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


async def test_the_wait_is_from_check_in_to_the_first_call_and_the_length_without_tests(clinic: Clinic) -> None:
    there_and_back = clinic.visit(
        "a",
        ("arrived", 0),
        ("triaged", 1),
        ("called", 12),
        ("started", 13),
        ("paused", 18),
        ("arrived", 60),
        ("called", 62),
        ("started", 63),
        ("finished", 70),
    )
    await clinic.tell(*there_and_back)
    await clinic.tell(*clinic.visit("b", ("arrived", 5), ("called", 25), ("started", 25), ("finished", 35)))
    found = await clinic.whole()
    assert (found.arrived, found.called, found.finished, found.tested) == (2, 2, 2, 1)
    assert found.wait == Spread(mean=16, median=16, ninth_decile=19.2)
    assert found.length == Spread(mean=11, median=11, ninth_decile=11.8)  # 5 + 7, and 10


async def test_who_comes_early_owes_the_wait_before_their_appointment_to_nobody(clinic: Clinic) -> None:
    early = str(uuid.uuid4())
    await clinic.tell(clinic.appointment(early, 60))
    await clinic.tell(*clinic.visit("a", ("arrived", 20), ("called", 65), appointment=early))
    found = await clinic.whole()
    assert found.wait is not None and found.wait.mean == 45
    assert found.wait_from_appointment is not None and found.wait_from_appointment.mean == 5


async def test_who_is_called_before_their_appointment_did_not_wait_less_than_nothing(clinic: Clinic) -> None:
    early = str(uuid.uuid4())
    await clinic.tell(
        clinic.appointment(early, 60), *clinic.visit("a", ("arrived", 20), ("called", 25), appointment=early)
    )
    found = await clinic.whole()
    assert found.wait_from_appointment == Spread(mean=0, median=0, ninth_decile=0)


async def test_appointments_are_kept_cancelled_moved_or_missed(clinic: Clinic) -> None:
    kept, given_up, moved, forgotten = (str(uuid.uuid4()) for _ in range(4))
    await clinic.tell(*(clinic.appointment(id_, 30) for id_ in (kept, given_up, moved, forgotten)))
    await clinic.tell(
        clinic.appointment(given_up, 30, "appointment.cancelled"),
        clinic.appointment(moved, 3 * 24 * 60, "appointment.rescheduled"),
        *clinic.visit("a", ("arrived", 28), ("called", 31), appointment=kept),
    )
    found = await clinic.whole()
    assert (found.appointments, found.cancelled, found.missed) == (3, 1, 1)


async def test_who_is_back_within_two_weeks_returned_and_who_leaves_unseen_left(clinic: Clinic) -> None:
    seen = (("arrived", 0.0), ("called", 5.0), ("started", 5.0), ("finished", 15.0))
    await clinic.tell(*clinic.visit("back", *seen), *clinic.visit("later", *seen), *clinic.visit("never", *seen))
    week, month = 7 * 24 * 60, 30 * 24 * 60
    await clinic.tell(*clinic.visit("back", ("arrived", week)), *clinic.visit("later", ("arrived", month)))
    await clinic.tell(*clinic.visit("gone", ("arrived", 3), ("finished", 50), state="left"))
    found = await clinic.whole()
    assert (found.finished, found.returned, found.left) == (3, 1, 1)


async def test_the_same_events_again_change_nothing(clinic: Clinic) -> None:
    visit = clinic.visit("a", ("arrived", 0), ("called", 5), ("started", 6))
    await clinic.tell(*visit)
    before = await clinic.rows()
    await clinic.tell(*visit)
    assert await clinic.rows() == before


async def test_hours_and_days_are_those_of_the_institution(clinic: Clinic) -> None:
    await clinic.tell(*clinic.visit("a", ("arrived", -1)), *clinic.visit("b", ("arrived", 1)))
    await clinic.tell(*clinic.visit("c", ("arrived", 16 * 60)))  # midnight: the next day
    rows = await clinic.rows(DAY, DAY + timedelta(days=1))
    assert {row.hour: row.arrived for row in rows if row.hour is not None and row.service is None} == {7: 1, 8: 1, 0: 1}
    assert {row.day: row.arrived for row in rows if row.day} == {DAY: 2, DAY + timedelta(days=1): 1}
    assert {row.hour: row.arrived for row in rows if row.service and row.hour is not None} == {7: 1, 8: 1, 0: 1}


async def test_nobody_measured_gives_no_figures_instead_of_zeros(clinic: Clinic) -> None:
    (found,) = await clinic.rows()
    assert found.arrived == 0 and found.wait is None and found.length is None


@pytest.mark.parametrize(("first", "last"), [(DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=400))])
async def test_days_that_make_no_period_are_refused(clinic: Clinic, first: date, last: date) -> None:
    with pytest.raises(XinglinError) as refused:
        await clinic.rows(first, last)
    assert refused.value.category is Category.INVALID


@pytest.fixture
async def caller(clinic: Clinic) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router(clinic.measures))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://node") as client:
        yield client


async def test_a_spreadsheet_gets_the_same_rows_with_names_it_cannot_take_for_formulas(
    clinic: Clinic, caller: httpx.AsyncClient
) -> None:
    named = {"resourceType": "HealthcareService", "id": clinic.service, "name": "=1+1 内科"}
    async with clinic.database.transaction() as connection:
        await Store(SystemClock(), SystemIds()).put_all(connection, [named], Cause("test"))
    await clinic.tell(*clinic.visit("a", ("arrived", 0), ("called", 12)))
    asked = {"from": DAY.isoformat(), "until": DAY.isoformat(), "service": clinic.service}
    answer = await caller.get("/api/management/visits.csv", params=asked)
    assert answer.headers["content-type"].startswith("text/csv") and answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    shown = (await caller.get("/api/management/visits", params=asked)).json()
    assert len(lines) == len(shown["rows"])
    department = next(line for line in lines if line["service"] and not line["hour"])
    assert (department["name"], department["wait_mean_minutes"], department["length_mean_minutes"]) == (
        "'=1+1 内科",
        "12.0",
        "",
    )
