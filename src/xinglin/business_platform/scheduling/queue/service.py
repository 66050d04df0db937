"""Checking in, calling and finishing; each change writes the row, the Encounter and the events in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from xinglin.data_platform.fhir import name_read_here
from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..desk import CAUSE, Resources, Transactions
from . import events as told
from . import ordering, repository, resource
from .line import Line, line_of
from .model import Entry, QueueState

PRESENCE = timedelta(minutes=10)
_MAY: dict[str, tuple[QueueState, ...]] = {
    "recall": ("called", "skipped"),
    "skip": ("called",),
    "start": ("called",),
    "pause": ("in_room",),
    "back": ("at_tests", "skipped"),
    "finish": ("in_room", "at_tests"),
    "leave": ("waiting", "called", "skipped", "at_tests"),
}


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Who is there: with ``appointment``, or without one as ``patient`` of ``service``. ``about`` is what else their
    new Encounter says; who is online is seen at home (class VR)."""

    appointment: str | None = None
    patient: str | None = None
    service: str | None = None
    practitioner: str | None = None
    triage: int | None = None
    is_online: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)


class Queue:
    """The queues of all services. Each changes under its lock; what is told of waits is worked out anew each time."""

    def __init__(self, database: Transactions, resources: Resources, clock: Clock, ids: Ids, zone: str) -> None:
        self._database = database
        self._resources = resources
        self._clock = clock
        self._ids = ids
        self._zone = ZoneInfo(zone)

    async def check_in(self, asked: CheckIn) -> Entry:
        """Stand in line. The same person again is where they were. Raises NOT_FOUND for an appointment or patient that
        is not known, UNPROCESSABLE for an appointment of another day or one that was cancelled."""
        found = await self._resolved(asked)
        assert found.service is not None and found.patient is not None
        async with self._changing(found.service) as (connection, now):
            today = self._day(now)
            entries = await repository.open_entries(connection, found.service, today)
            for one in entries:
                if one.patient == found.patient:
                    return one
            patient = await self._patient(connection, found.patient)
            starts_at = await self._starts_at(connection, found.appointment, now)
            age = ordering.age_years(patient.get("birthDate"), today)
            entry = Entry(
                encounter_id=self._ids.new(),
                service=found.service,
                day=today,
                number=await repository.next_number(connection, found.service, today),
                practitioner=found.practitioner,
                patient=found.patient,
                name=name_read_here(patient),
                appointment_id=found.appointment,
                state="waiting",
                triage=found.triage,
                turn_at=ordering.turn(now, starts_at, age, found.triage),
                arrived_at=now,
                room="",
                called_at=None,
                started_at=None,
                served_seconds=0.0,
                finished_at=None,
                is_online=found.is_online,
            )
            name = told.ENCOUNTER_ARRIVED if found.triage is None else told.ENCOUNTER_TRIAGED
            return await self._keep(connection, entry, name, now, found.about)

    async def call_next(self, service: str, practitioner: str, room: str) -> Entry | None:
        """Call who is first among those who wait for ``practitioner`` or for whoever is free; None where nobody
        waits. Raises CONFLICT while somebody whom they called has neither come nor been skipped."""
        async with self._changing(service) as (connection, now):
            entries = await repository.open_entries(connection, service, self._day(now))
            called = [one for one in entries if one.state == "called" and one.practitioner == practitioner]
            if called:
                raise XinglinError(
                    Category.CONFLICT,
                    f"number {called[0].number} was called and has not come: start, recall or skip first",
                    f"{called[0].number} 号已呼叫尚未就诊，请先接诊、重呼或过号",
                )
            waiting = [one for one in entries if one.state == "waiting" and one.practitioner in (None, practitioner)]
            if not waiting:
                return None
            first = replace(
                ordering.in_order(waiting)[0], state="called", practitioner=practitioner, room=room, called_at=now
            )
            return await self._keep(connection, first, told.ENCOUNTER_CALLED, now)

    async def change(self, encounter_id: str, what: str) -> Entry:
        """``recall`` (call again), ``skip`` (who was called is not there), ``start`` (they are in the room), ``pause``
        (they go to tests), ``back`` (from tests, or after they were skipped), ``finish``, ``leave``. Raises NOT_FOUND,
        and CONFLICT where that cannot follow what is."""
        entry = await self.entry(encounter_id)
        async with self._changing(entry.service) as (connection, now):
            entry = await repository.entry(connection, encounter_id) or entry
            if entry.state not in _MAY[what]:
                raise XinglinError(
                    Category.CONFLICT,
                    f"number {entry.number} is {entry.state}; that cannot be done now",
                    f"{entry.number} 号当前状态为“{_CHINESE[entry.state]}”，不能进行此操作",
                )
            changed, name = await self._changed(connection, entry, what, now)
            return await self._keep(connection, changed, name, now)

    async def triage(self, encounter_id: str, level: int) -> Entry:
        """Note how urgent somebody is, 1 (at once) to 4; who waits is placed anew. Raises NOT_FOUND, CONFLICT."""
        entry = await self.entry(encounter_id)
        async with self._changing(entry.service) as (connection, now):
            entry = await repository.entry(connection, encounter_id) or entry
            if entry.state != "waiting":
                raise XinglinError(Category.CONFLICT, "only who waits is triaged", "仅候诊患者可分诊")
            patient = await self._patient(connection, entry.patient)
            starts_at = await self._starts_at(connection, entry.appointment_id, now)
            age = ordering.age_years(patient.get("birthDate"), entry.day)
            turn_at = ordering.turn(entry.arrived_at, starts_at, age, level)
            return await self._keep(
                connection, replace(entry, triage=level, turn_at=turn_at), told.ENCOUNTER_TRIAGED, now
            )

    async def entry(self, encounter_id: str) -> Entry:
        """Raises NOT_FOUND."""
        async with self._database.connection() as connection:
            found = await repository.entry(connection, encounter_id)
        if found is None:
            raise XinglinError(
                Category.NOT_FOUND, f"nobody stands in line as {encounter_id}", f"没有排队记录 {encounter_id}"
            )
        return found

    async def line(self, service: str) -> Line:
        """The queue of ``service`` as it is now, with the wait of everybody."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            return await line_of(connection, service, self._day(now), now)

    async def of_patients(self, patients: Sequence[str]) -> tuple[list[Entry], list[Line]]:
        """Today's places of these patients, and the queues in which they stand or are expected."""
        now = self._clock.now()
        today = self._day(now)
        async with self._database.connection() as connection:
            entries = await repository.of_patients(connection, patients, today)
            services = await repository.services_of(connection, patients, today)
            return entries, [await line_of(connection, service, today, now) for service in services]

    async def patient_of_appointment(self, appointment_id: str) -> str | None:
        """Whose it is; None where it is not known."""
        async with self._database.connection() as connection:
            found = await repository.appointment(connection, appointment_id)
        return None if found is None else found[0]

    async def new_presence(self, service: str) -> tuple[str, datetime]:
        """A token for the code at the entrance, and until when it holds."""
        token, now = self._ids.secret(), self._clock.now()
        async with self._database.transaction() as connection:
            await repository.add_presence(connection, _hash(token), service, now, now + PRESENCE)
        return token, now + PRESENCE

    async def check_present(self, service: str | None, token: str | None, appointment: str | None) -> None:
        """Raise FORBIDDEN unless ``token`` is the one that hangs at the entrance of the service."""
        async with self._database.connection() as connection:
            if appointment is not None:
                found = await repository.appointment(connection, appointment)
                service = None if found is None else found[1]
            is_there = (
                token and service and await repository.is_present(connection, _hash(token), service, self._clock.now())
            )
        if not is_there:
            raise XinglinError(
                Category.FORBIDDEN,
                "scan the code at the entrance of the clinic to check in, or ask the desk",
                "请扫描诊区入口二维码签到，或到窗口办理",
            )

    @asynccontextmanager
    async def _changing(self, service: str) -> AsyncIterator[tuple[Any, datetime]]:
        with seeing(None):  # the rules of this room decide, not what its caller may write
            async with self._database.transaction() as connection:
                await repository.lock(connection, service)
                yield connection, self._clock.now()

    async def _keep(
        self, connection: Any, entry: Entry, name: str, now: datetime, about: Mapping[str, Any] | None = None
    ) -> Entry:
        await repository.put(connection, entry)
        visit, service = ("Encounter", entry.encounter_id), ("HealthcareService", entry.service)
        booking = ("Appointment", entry.appointment_id or "")
        known = await self._resources.fetch(connection, [visit, service, *([booking] if entry.appointment_id else ())])
        so_far = known.get(visit) or resource.begun(entry, about or {})
        written = [resource.encounter(entry, now, so_far, known.get(service))]
        if booking in known:
            written.append({**known[booking], "status": "fulfilled" if entry.state == "finished" else "arrived"})
        await self._resources.put_all(connection, written, CAUSE)
        line = await line_of(connection, entry.service, entry.day, now)
        happened = told.happened(self._ids, name, entry, now)
        await append(connection, [happened, told.estimated(self._ids, entry.service, line.waits, now)])
        return entry

    async def _changed(self, connection: Any, entry: Entry, what: str, now: datetime) -> tuple[Entry, str]:
        served = entry.served_seconds
        if entry.state == "in_room" and entry.started_at is not None:
            served += (now - entry.started_at).total_seconds()
        if what == "recall":
            return replace(entry, state="called", called_at=now), told.ENCOUNTER_CALLED
        if what == "skip":
            return replace(entry, state="skipped"), told.ENCOUNTER_SKIPPED
        if what == "start":
            return replace(entry, state="in_room", started_at=now), told.ENCOUNTER_STARTED
        if what == "pause":
            return replace(entry, state="at_tests", served_seconds=served), told.ENCOUNTER_PAUSED
        if what == "finish":
            return replace(entry, state="finished", served_seconds=served, finished_at=now), told.ENCOUNTER_FINISHED
        if what == "leave":
            return replace(entry, state="left", finished_at=now), told.ENCOUNTER_FINISHED
        if entry.state == "at_tests":
            return replace(entry, state="waiting", room=""), told.ENCOUNTER_ARRIVED
        waiting = await repository.open_entries(connection, entry.service, entry.day)
        turn_at = ordering.turn_after_absence([one for one in waiting if one.state == "waiting"], now)
        return replace(entry, state="waiting", turn_at=turn_at, room=""), told.ENCOUNTER_ARRIVED

    async def _resolved(self, asked: CheckIn) -> CheckIn:
        if asked.appointment is None:
            return asked
        async with self._database.connection() as connection:
            found = await repository.appointment(connection, asked.appointment)
        if found is None:
            raise XinglinError(
                Category.NOT_FOUND, f"there is no appointment {asked.appointment}", f"没有预约 {asked.appointment}"
            )
        patient, service, practitioner, _, day, state = found
        if state != "booked" or day != self._day(self._clock.now()):
            raise XinglinError(
                Category.UNPROCESSABLE,
                "this appointment is of another day or was cancelled",
                "该预约不是今日预约或已取消",
                expression="appointment",
            )
        return CheckIn(asked.appointment, patient, service, practitioner, asked.triage)

    async def _starts_at(self, connection: Any, appointment: str | None, now: datetime) -> datetime | None:
        found = None if appointment is None else await repository.appointment(connection, appointment)
        return None if found is None else found[3]

    async def _patient(self, connection: Any, id_: str) -> dict[str, Any]:
        found = await self._resources.fetch(connection, [("Patient", id_)])
        if not found:
            raise XinglinError(Category.NOT_FOUND, f"Patient/{id_} is not known here", f"此处没有患者 {id_}")
        return found["Patient", id_]

    def _day(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


_CHINESE = {
    "waiting": "候诊",
    "called": "已呼叫",
    "in_room": "就诊中",
    "at_tests": "检查中",
    "skipped": "过号",
    "finished": "已完成",
    "left": "已离开",
}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
