"""Keeps a row for each visit and appointment, and tells what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from xinglin.data_platform.fhir import english_name
from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from . import repository
from .model import Appointment, Directory, Measured, ServiceNamed, Spread, Visit, VisitsMeasured

SUBJECTS = ("event.scheduling.*.>", "event.health_management.visit_rated.>")
_LONGEST_DAYS = 400
_SPREADS = {"wait": "wait", "wait_from_appointment": "owed", "length": "length"}


class VisitMeasures:
    """Waits, lengths, returns and cancellations of a node's clinics, from what ``scheduling`` tells."""

    def __init__(self, database: Database, directory: Directory, clock: Clock, zone: str) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._zone = zone

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Take over what events tell, in the order of each patient; the number of statements does not depend on how
        many there are."""
        moves = [event for event in events if event.name.startswith("encounter.")]
        booked = {
            found.appointment: found for event in events if (found := _appointment(event)) is not None
        }  # what was told last
        if moves:
            known = await repository.visits(connection, {_id(event.body["encounter"]) for event in moves})
            for event in moves:
                _take(known, event)
            await repository.put_visits(connection, sorted(known.values(), key=lambda one: one.encounter))
        if booked:
            await repository.put_appointments(connection, [booked[id_] for id_ in sorted(booked)])
        rated = {_id(one.body["encounter"]): int(one.body["faces"]) for one in events if one.name == "visit.rated"}
        if rated:
            await repository.put_faces(connection, rated)

    async def read(self, first: date, last: date, service: str | None) -> VisitsMeasured:
        """What began on the days from ``first`` to ``last``. Raises INVALID for more than 400 days or none."""
        if not timedelta(0) <= last - first < timedelta(days=_LONGEST_DAYS):
            raise XinglinError(
                Category.INVALID,
                f"ask for 1 to {_LONGEST_DAYS} days, the first one first",
                f"请选择 1 至 {_LONGEST_DAYS} 天，开始日期在前",
                expression="first",
            )
        zone, now = ZoneInfo(self._zone), self._clock.now()
        since = datetime.combine(first, time(), zone)
        before = datetime.combine(last + timedelta(days=1), time(), zone)
        async with self._database.connection() as connection:
            seen, due = await repository.measured(connection, since, before, self._zone, service, now)
            services = await self._services(connection)
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in seen:
            rows.setdefault(_place(row), {}).update(_of_visits(row))
        for row in due:
            rows.setdefault(_place(row), {}).update(row)
        found = [
            Measured(**{**row, "service": place[0], "day": place[1], "hour": place[2]}) for place, row in rows.items()
        ]
        return VisitsMeasured(
            as_of=now, first=first, last=last, zone=self._zone, services=services, rows=sorted(found, key=_in_order)
        )

    async def _services(self, connection: Any) -> list[ServiceNamed]:
        ids = await repository.services(connection)
        with seeing(None):  # a directory, open to whoever is signed in
            known = await self._directory.fetch(connection, [("HealthcareService", id_) for id_ in ids])
        found = []
        for id_ in ids:
            resource = known.get(("HealthcareService", id_), {})
            name = resource.get("name") or id_
            found.append(ServiceNamed(service=id_, name=name, name_en=english_name(resource) or name))
        return found


def _take(known: dict[str, Visit], event: Event) -> None:
    encounter = _id(event.body["encounter"])
    patient, at = _id(event.key), event.occurred_at
    visit = known.setdefault(encounter, Visit(encounter, _id(event.body["service"]), patient))
    visit.patient = patient
    visit.appointment = _id(event.body.get("appointment")) or visit.appointment
    happened = event.name.removeprefix("encounter.")
    if happened in ("arrived", "triaged"):
        visit.arrived_at = visit.arrived_at or at
    elif happened == "called":
        visit.called_at = visit.called_at or at
    elif happened == "started":
        visit.in_room_since = at
    elif happened == "paused":
        visit.tests += 1
    elif happened == "finished":
        visit.finished_at = at
        visit.outcome = "left" if event.body["state"] == "left" else "finished"
    if happened in ("paused", "finished") and visit.in_room_since is not None:
        visit.room_seconds += (at - visit.in_room_since).total_seconds()
        visit.in_room_since = None


def _appointment(event: Event) -> Appointment | None:
    """What an event tells of an appointment that was given; None for places in a waitlist."""
    if event.name not in ("appointment.booked", "appointment.cancelled", "appointment.rescheduled"):
        return None
    body, start = event.body, event.body.get("start")
    return Appointment(
        _id(body["appointment"]),
        _id(body["service"]),
        datetime.fromisoformat(start) if start else None,
        event.name == "appointment.cancelled",
    )


def _id(reference: str | None) -> str:
    return (reference or "").rpartition("/")[2]


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["service"], row["day"], row["hour"]


def _in_order(row: Measured) -> tuple[Any, ...]:
    return row.service or "", row.day or date.min, -1 if row.hour is None else row.hour


def _of_visits(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: row[name] for name in ("arrived", "called", "finished", "left", "tested", "returned")}
    counts |= {"rated": row["rated"], "faces_mean": row["faces_mean"]}
    return {**counts, **{name: _spread(row, column) for name, column in _SPREADS.items()}}


def _spread(row: Mapping[str, Any], column: str) -> Spread | None:
    if row[f"{column}_mean"] is None:
        return None
    median, ninth = row[f"{column}_deciles"]
    return Spread(mean=row[f"{column}_mean"], median=round(median, 2), ninth_decile=round(ninth, 2))
