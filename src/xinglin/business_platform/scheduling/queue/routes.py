"""Queues over HTTP."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, model_validator

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, needs, principal_of, touched_of

from ..template import Id
from .line import Line
from .model import (
    CallShown,
    Entry,
    EntryShown,
    Expected,
    MineShown,
    PresenceShown,
    QueueShown,
    ScreenShown,
    TicketShown,
    Wait,
    WaitShown,
    masked,
)
from .service import CheckIn, Queue

QUEUE = "scheduling.queue"
VISIT = "scheduling.visit"
_STAFF = frozenset({"physician", "nurse", "registrar", "integration"})
_ON_SCREEN = 8
_TO_THE_ROOM = timedelta(minutes=10)
_STILL_IN_TIME = timedelta(minutes=10)

Step = Literal["recall", "skip", "start", "pause", "back", "finish", "leave"]


class CheckInAsked(BaseModel):
    """With ``appointment``, or as ``patient`` of ``service``. ``token`` is what the code at the entrance says; the desk
    needs none, and only the desk gives a ``triage`` level (1 at once … 4) or checks in without an appointment."""

    appointment: Id | None = None
    patient: Id | None = None
    service: Id | None = None
    practitioner: Id | None = None
    triage: Annotated[int, Field(ge=1, le=4)] | None = None
    token: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> CheckInAsked:
        if self.appointment is None and (self.patient is None or self.service is None):
            raise ValueError("give an appointment, or patient and service 请提供预约，或患者与科室")
        return self


class CallAsked(BaseModel):
    """``practitioner`` is the caller's own where none is named; ``room`` is what people are told."""

    practitioner: Id | None = None
    room: Annotated[str, Field(max_length=40)] = ""


class TriageAsked(BaseModel):
    level: Annotated[int, Field(ge=1, le=4)]


def router(queue: Queue) -> APIRouter:
    """The operations under ``/api/queue``."""
    api = APIRouter(prefix="/api/queue", tags=["queue"])
    _add_patients(api, queue)
    _add_staff(api, queue)
    return api


def _add_patients(api: APIRouter, queue: Queue) -> None:
    @api.post("/check-in", openapi_extra=needs(VISIT))
    async def check_in(request: Request, body: CheckInAsked) -> EntryShown:
        """Stand in line: by the desk, or oneself with the code at the entrance."""
        principal = principal_of(request)
        if not principal.roles & _STAFF:
            await _check_own(queue, principal, body)
        asked = CheckIn(body.appointment, body.patient, body.service, body.practitioner, body.triage)
        entry = await queue.check_in(asked)
        return await _shown(request, queue, entry)

    @api.get("/mine", openapi_extra=needs(VISIT))
    async def read_mine(request: Request, travel_minutes: Annotated[int, Query(ge=0, le=600)] = 30) -> list[MineShown]:
        """Today's visits of the caller and of those whom they act for, with the wait and when to leave home."""
        patients = principal_of(request).patients
        entries, lines = await queue.of_patients(patients)
        touched_of(request.scope).add((f"Encounter/{one.encounter_id}" for one in entries), patients)
        travel = timedelta(minutes=travel_minutes)
        return [shown for line in lines for shown in _mine(line, frozenset(patients), travel)]


def _add_staff(api: APIRouter, queue: Queue) -> None:
    @api.get("/services/{service}", openapi_extra=needs(QUEUE))
    async def read_queue(request: Request, service: Id) -> QueueShown:
        """Everybody in a queue, in the order of calling."""
        line = await queue.line(service)
        entries = [*line.present, *line.waiting, *line.away]
        _touch(request, entries)
        shown = [_entry_shown(one, line) for one in entries]
        return QueueShown(as_of=line.as_of, service=service, entries=shown, expected=len(line.expected))

    @api.get("/services/{service}/screen", openapi_extra=needs(QUEUE))
    async def read_screen(service: Id) -> ScreenShown:
        """Who is called where, for the waiting room; names are masked, and who is at home is not on it."""
        line = await queue.line(service)
        here = [one for one in line.waiting if not one.is_online]
        called = [_call(one) for one in line.present if one.state == "called" and not one.is_online]
        coming = [_call(one) for one in here[:_ON_SCREEN]]
        return ScreenShown(as_of=line.as_of, called=called, next=coming, waiting=len(here))

    @api.post("/services/{service}/entries/{encounter}/ticket", openapi_extra=needs(QUEUE))
    async def make_ticket(request: Request, service: Id, encounter: Id) -> TicketShown:
        """What is printed for somebody in the line: number, masked name, the wait, and the way to follow it."""
        line = await queue.line(service)
        entry = next((one for one in (*line.present, *line.waiting, *line.away) if one.encounter_id == encounter), None)
        if entry is None:
            raise XinglinError(Category.NOT_FOUND, f"{encounter} is not in this line", f"{encounter} 不在该队列中")
        _touch(request, [entry])
        shown = _entry_shown(entry, line)
        return TicketShown(
            number=entry.number,
            name=masked(entry.name),
            service=service,
            ahead=shown.ahead,
            wait=shown.wait,
            arrived_at=entry.arrived_at,
            qr_svg=_qr_svg(f"{request.base_url}visit"),
        )

    @api.post("/services/{service}/presence", openapi_extra=needs(QUEUE))
    async def make_presence(request: Request, service: Id) -> PresenceShown:
        """What the code at the entrance says for the next ten minutes."""
        token, until = await queue.new_presence(service)
        return PresenceShown(token=token, until=until, qr_svg=_qr_svg(f"{request.base_url}visit?place={token}"))

    @api.post("/services/{service}/call", openapi_extra=needs(QUEUE))
    async def call_next(request: Request, service: Id, body: CallAsked) -> EntryShown | None:
        """Call who is next; null where nobody waits."""
        practitioner = body.practitioner or principal_of(request).practitioner
        if practitioner is None:
            raise XinglinError(
                Category.INVALID, "say for which practitioner", "请指明接诊医生", expression="practitioner"
            )
        entry = await queue.call_next(service, practitioner, body.room)
        return None if entry is None else await _shown(request, queue, entry)

    @api.post("/entries/{encounter}/triage", openapi_extra=needs(QUEUE))
    async def triage(request: Request, encounter: Id, body: TriageAsked) -> EntryShown:
        """Note how urgent somebody is who waits: 1 at once … 4."""
        return await _shown(request, queue, await queue.triage(encounter, body.level))

    @api.post("/entries/{encounter}/{step}", openapi_extra=needs(QUEUE))
    async def change(request: Request, encounter: Id, step: Step) -> EntryShown:
        """Recall, skip, start, pause (to tests), back, finish or leave."""
        return await _shown(request, queue, await queue.change(encounter, step))


async def _check_own(queue: Queue, principal: Principal, body: CheckInAsked) -> None:
    """Patients check in themselves and their family, with an appointment, standing there."""
    if body.appointment is None or body.triage is not None:
        raise XinglinError(Category.FORBIDDEN, "check in at the desk without an appointment", "无预约请到窗口登记分诊")
    if await queue.patient_of_appointment(body.appointment) not in principal.patients:
        raise XinglinError(
            Category.NOT_FOUND, f"there is no appointment {body.appointment}", f"没有预约 {body.appointment}"
        )
    await queue.check_present(body.service, body.token, body.appointment)


async def _shown(request: Request, queue: Queue, entry: Entry) -> EntryShown:
    _touch(request, [entry])
    return _entry_shown(entry, await queue.line(entry.service))


def _entry_shown(entry: Entry, line: Line) -> EntryShown:
    places = [one.encounter_id for one in line.waiting]
    is_waiting = entry.encounter_id in places
    return EntryShown(
        encounter=entry.encounter_id,
        number=entry.number,
        patient=entry.patient,
        name=entry.name,
        practitioner=entry.practitioner,
        state=entry.state,
        triage=entry.triage,
        appointment=entry.appointment_id,
        turn_at=entry.turn_at,
        arrived_at=entry.arrived_at,
        room=entry.room,
        called_at=entry.called_at,
        started_at=entry.started_at,
        ahead=places.index(entry.encounter_id) if is_waiting else None,
        wait=_wait(line.waits.get(entry.encounter_id)),
        is_online=entry.is_online,
    )


def _mine(line: Line, patients: frozenset[str], travel: timedelta) -> list[MineShown]:
    places = {one.encounter_id: place for place, one in enumerate(line.waiting)}
    here = [
        MineShown(
            service=line.service,
            patient=one.patient,
            state=one.state,
            encounter=one.encounter_id,
            appointment=one.appointment_id,
            number=one.number,
            room=one.room,
            starts_at=None,
            ahead=places.get(one.encounter_id),
            wait=_wait(line.waits.get(one.encounter_id)),
            leave_home_at=None,
            is_online=one.is_online,
            as_of=line.as_of,
        )
        for one in (*line.present, *line.waiting, *line.away)
        if one.patient in patients
    ]
    return [*here, *(_coming(one, line, travel) for one in line.expected if one.patient in patients)]


def _coming(one: Expected, line: Line, travel: timedelta) -> MineShown:
    wait = line.waits.get(one.appointment_id)
    return MineShown(
        service=line.service,
        patient=one.patient,
        state="expected",
        encounter=None,
        appointment=one.appointment_id,
        number=None,
        room="",
        starts_at=one.starts_at,
        ahead=line.ahead_of(one.starts_at),
        wait=_wait(wait),
        leave_home_at=leave_home_at(line.as_of, one.starts_at, wait, travel),
        is_online=False,
        as_of=line.as_of,
    )


def leave_home_at(now: datetime, starts_at: datetime, wait: Wait | None, travel: timedelta) -> datetime:
    """When to set out: ``travel`` and ten minutes for the way to the room before the earliest call to reckon with, but
    so as to be there at most ten minutes after the appointment's start, while the turn still holds; never in the
    past."""
    latest = starts_at + _STILL_IN_TIME
    be_there = starts_at if wait is None else min(now + timedelta(minutes=wait.low), latest)
    return max(now, be_there - travel - _TO_THE_ROOM)


def _qr_svg(text: str) -> str:
    """``text`` as a QR code in SVG."""
    import segno  # drawn rarely; loading it would slow every start

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()


def _wait(wait: Wait | None) -> WaitShown | None:
    return None if wait is None else WaitShown(low=int(wait.low), likely=round(wait.likely), high=-int(-wait.high // 1))


def _call(entry: Entry) -> CallShown:
    return CallShown(number=entry.number, name=masked(entry.name), room=entry.room)


def _touch(request: Request, entries: Sequence[Entry]) -> None:
    touched_of(request.scope).add(
        (f"Encounter/{one.encounter_id}" for one in entries), (one.patient for one in entries)
    )
