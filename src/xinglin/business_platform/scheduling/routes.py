"""Scheduling over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, arrival_of, needs, principal_of, problem, touched_of
from xinglin.foundation.ids import Ids

from .asked import BookingAsked, CancelAsked, RescheduleAsked, WaitAsked
from .model import (
    AppointmentShown,
    Booking,
    NoPlace,
    Place,
    ServiceShown,
    SlotShown,
    Wanted,
    appointment_shown,
    slot_shown,
)
from .planning import Planning
from .service import Scheduling
from .template import Id, Template

READ = "scheduling.read"
BOOK = "scheduling.book"
PLAN = "scheduling.plan"
_DESKS = frozenset({"registrar", "integration"})
_DAYS = 7

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=80)]


class ScheduleShown(BaseModel):
    schedule: str
    template: Template
    slots_made: int | None = None


class NoPlaceShown(BaseModel):
    """The problem of RFC 9457, with what is free instead."""

    status: int
    title: str
    category: str
    free: list[SlotShown]


_FULL: dict[int | str, dict[str, Any]] = {
    409: {"model": NoPlaceShown, "description": "no place is left; `free` tells what can be booked instead"}
}


def router(scheduling: Scheduling, planning: Planning, clock: Clock, ids: Ids) -> APIRouter:
    """The operations under ``/api/scheduling``."""
    api = APIRouter(prefix="/api/scheduling", tags=["scheduling"])
    _add_looking(api, scheduling, planning, clock)
    _add_booking(api, scheduling, clock, ids)
    _add_waiting(api, scheduling, clock, ids)
    return api


def _add_looking(api: APIRouter, scheduling: Scheduling, planning: Planning, clock: Clock) -> None:
    @api.get("/services", openapi_extra=needs(READ))
    async def read_services() -> list[ServiceShown]:
        """Every service with places today or later."""
        return await scheduling.services()

    @api.get("/slots", openapi_extra=needs(READ))
    async def read_slots(service: Id, first: date | None = None, last: date | None = None) -> list[SlotShown]:
        """The slots of a service still to come, by time; a week from today where no days are named."""
        start = first or planning.today()
        found = await scheduling.slots(service, start, last or start + timedelta(days=_DAYS))
        names = await scheduling.names({place.practitioner for place in found if place.practitioner})
        return [slot_shown(place, clock.now(), names) for place in found]

    @api.get("/schedules", openapi_extra=needs(PLAN))
    async def read_schedules() -> list[ScheduleShown]:
        """The weekly hours of every schedule."""
        return [ScheduleShown(schedule=id_, template=one) for id_, one in await planning.templates()]

    @api.post("/schedules", status_code=201, openapi_extra=needs(PLAN))
    async def plan(request: Request, body: Template) -> ScheduleShown:
        """Weekly hours of a service; its slots are made at once and every day from then on."""
        id_, made = await planning.plan(body)
        touched_of(request.scope).add([f"Schedule/{id_}"])
        return ScheduleShown(schedule=id_, template=body, slots_made=made)


def _add_booking(api: APIRouter, scheduling: Scheduling, clock: Clock, ids: Ids) -> None:
    @api.post("/appointments", status_code=201, openapi_extra=needs(BOOK), responses=_FULL)
    async def book(request: Request, body: BookingAsked, idempotency_key: Key = None) -> Response:
        """Book a place: first come, first served. The same Idempotency-Key again gives the same appointment."""
        principal = _for(request, body.patient)
        wanted = Wanted(
            service=body.service,
            patient=body.patient,
            account=principal.id,
            key=idempotency_key or ids.new(),
            arrived_at=arrival_of(request.scope, clock.now()),
            slot=body.slot,
            day=body.day,
            practitioner=body.practitioner,
        )
        try:
            found = await scheduling.book(wanted)
        except NoPlace as refused:
            return _instead(request, refused, clock)
        return _answer(request, *found, status=201)

    @api.get("/appointments", openapi_extra=needs(BOOK))
    async def read_appointments(request: Request, patient: Id | None = None) -> list[AppointmentShown]:
        """The newest appointments and waits of ``patient``, or of all whom the caller is or acts for."""
        principal = principal_of(request) if patient is None else _for(request, patient)
        found = await scheduling.of_patients([patient] if patient else principal.patients)
        _touch(request, [booking for booking, _ in found])
        return [appointment_shown(booking, place) for booking, place in found]

    @api.post("/appointments/{appointment_id}/cancel", openapi_extra=needs(BOOK))
    async def cancel(request: Request, appointment_id: Id, body: CancelAsked) -> AppointmentShown:
        """Give a place up; it goes to whoever waits for it."""
        by_desk = await _of_own(request, scheduling, appointment_id)
        return _shown(request, *await scheduling.cancel(appointment_id, body.reason, by_desk))

    @api.post("/appointments/{appointment_id}/reschedule", openapi_extra=needs(BOOK), responses=_FULL)
    async def reschedule(request: Request, appointment_id: Id, body: RescheduleAsked) -> Response:
        """Take another place of the same service; the one so far is kept where that fails."""
        by_desk = await _of_own(request, scheduling, appointment_id)
        try:
            found = await scheduling.reschedule(appointment_id, body.slot, by_desk)
        except NoPlace as refused:
            return _instead(request, refused, clock)
        return _answer(request, *found, status=200)


def _add_waiting(api: APIRouter, scheduling: Scheduling, clock: Clock, ids: Ids) -> None:
    @api.get("/waitlist", openapi_extra=needs(PLAN))
    async def read_waitlist(request: Request, service: Id) -> list[AppointmentShown]:
        """Who waits for a place of the service, and to whom one is offered until when."""
        found = await scheduling.waiting(service)
        _touch(request, [booking for booking, _ in found])
        return [appointment_shown(booking, place) for booking, place in found]

    @api.post("/waitlist", status_code=201, openapi_extra=needs(BOOK), responses=_FULL)
    async def join(request: Request, body: WaitAsked, idempotency_key: Key = None) -> Response:
        """Wait for a place on one of the days; a freed one is offered to who waited longest."""
        principal = _for(request, body.patient)
        wanted = Wanted(
            service=body.service,
            patient=body.patient,
            account=principal.id,
            key=idempotency_key or ids.new(),
            arrived_at=arrival_of(request.scope, clock.now()),
            practitioner=body.practitioner,
        )
        try:
            booking = await scheduling.waitlist.join(wanted, body.from_day, body.to_day)
        except NoPlace as refused:
            return _instead(request, refused, clock)
        return _answer(request, booking, None, status=201)

    @api.post("/waitlist/{appointment_id}/accept", openapi_extra=needs(BOOK))
    async def accept(request: Request, appointment_id: Id) -> AppointmentShown:
        """Take the place that was offered."""
        await _of_own(request, scheduling, appointment_id)
        return _shown(request, *await scheduling.waitlist.accept(appointment_id))

    @api.post("/waitlist/{appointment_id}/leave", openapi_extra=needs(BOOK))
    async def leave(request: Request, appointment_id: Id) -> AppointmentShown:
        """Wait no longer."""
        await _of_own(request, scheduling, appointment_id)
        return _shown(request, await scheduling.waitlist.leave(appointment_id, "withdrawn 退出候补"), None)


def _for(request: Request, patient: str) -> Principal:
    """The caller, who may act for ``patient``. Raises FORBIDDEN."""
    principal = principal_of(request)
    if not (principal.roles & _DESKS or patient in principal.patients):
        raise XinglinError(
            Category.FORBIDDEN,
            "you can book for yourself and for the family members who are linked to your account; the desk links them",
            "只能为本人或已绑定的家庭成员预约，如需绑定请联系窗口",
        )
    return principal


async def _of_own(request: Request, scheduling: Scheduling, appointment_id: str) -> bool:
    """Whether the caller is at a desk. Raises NOT_FOUND for an appointment of somebody for whom they cannot act, as for
    one that is not there."""
    principal = principal_of(request)
    if principal.roles & _DESKS:
        return True
    booking = await scheduling.booking(appointment_id)
    if booking.patient not in principal.patients:
        raise XinglinError(
            Category.NOT_FOUND, f"there is no appointment {appointment_id} here", f"此处没有预约 {appointment_id}"
        )
    return False


def _shown(request: Request, booking: Booking, place: Place | None) -> AppointmentShown:
    _touch(request, [booking])
    return appointment_shown(booking, place)


def _answer(request: Request, booking: Booking, place: Place | None, status: int) -> Response:
    shown = _shown(request, booking, place)
    return Response(shown.model_dump_json(), status, media_type="application/json")


def _instead(request: Request, refused: NoPlace, clock: Clock) -> Response:
    told = problem(request, refused)
    free = [slot_shown(place, clock.now()).model_dump(mode="json") for place in refused.free]
    body = orjson.loads(bytes(told.body)) | {"free": free}
    return Response(orjson.dumps(body), told.status_code, media_type="application/problem+json")


def _touch(request: Request, bookings: Sequence[Booking]) -> None:
    touched_of(request.scope).add(
        [f"Appointment/{one.appointment_id}" for one in bookings], [one.patient for one in bookings]
    )
