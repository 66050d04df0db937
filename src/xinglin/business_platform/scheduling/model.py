"""What is asked of scheduling and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from xinglin.foundation.errors import Category, XinglinError

State = Literal["booked", "cancelled", "waiting", "offered", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that somebody asks for: ``slot``, or the first one free on ``day`` (with ``practitioner``, where named).

    ``account`` and ``key`` name the request: the same again is the same request. ``arrived_at`` is when the node had it
    read.
    """

    service: str
    patient: str
    account: str
    key: str
    arrived_at: datetime
    slot: str | None = None
    day: date | None = None
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A slot as the arbiter knows it; ``free`` places are neither taken nor held for somebody on the waitlist."""

    slot_id: str
    schedule_id: str
    service: str
    practitioner: str | None
    location: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    places: int
    taken: int
    held: int

    @property
    def free(self) -> int:
        return self.places - self.taken - self.held


@dataclass(frozen=True, slots=True)
class Booking:
    """Whose a place is or was, or who waits for one; the id is that of the Appointment."""

    appointment_id: str
    state: State
    service: str
    practitioner: str | None
    patient: str
    account: str
    key: str
    slot_id: str | None
    day: date | None
    from_day: date | None
    to_day: date | None
    offer_until: datetime | None
    arrived_at: datetime
    decided_at: datetime


class NoPlace(XinglinError):
    """Refused, with what is free instead (``free``, at most five)."""

    def __init__(self, english: str, chinese: str, free: list[Place]) -> None:
        super().__init__(Category.CONFLICT, english, chinese)
        self.free = free


class ServiceShown(BaseModel):
    """A service with places to come: the Organization it is of (``unit``), how many are free, the earliest of them."""

    service: str
    name: str
    name_en: str
    unit: str | None
    free: int
    earliest: datetime | None


class SlotShown(BaseModel):
    """A slot for people to choose; ``is_open`` tells that booking has begun, ``doctor`` is the practitioner's name."""

    slot: str
    schedule: str
    service: str
    practitioner: str | None
    doctor: str | None
    location: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    places: int
    free: int
    is_open: bool


class AppointmentShown(BaseModel):
    """An appointment or a place on the waitlist. ``starts_at`` is null while somebody waits; ``offer_until`` is how
    long an offered place is held."""

    appointment: str
    state: State
    service: str
    practitioner: str | None
    patient: str
    slot: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    from_day: date | None
    to_day: date | None
    offer_until: datetime | None


def slot_shown(place: Place, now: datetime, names: Mapping[str, str] | None = None) -> SlotShown:
    """``place`` as it is at ``now``; ``names`` are those of practitioners, by id."""
    return SlotShown(
        slot=place.slot_id,
        schedule=place.schedule_id,
        service=place.service,
        practitioner=place.practitioner,
        doctor=(names or {}).get(place.practitioner or ""),
        location=place.location,
        day=place.day,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        opens_at=place.opens_at,
        places=place.places,
        free=place.free,
        is_open=place.opens_at <= now,
    )


def appointment_shown(booking: Booking, place: Place | None) -> AppointmentShown:
    """``booking`` with the times of its ``place``."""
    shown: dict[str, Any] = {
        name: getattr(booking, name) for name in ("state", "service", "patient", "from_day", "to_day", "offer_until")
    }
    return AppointmentShown(
        appointment=booking.appointment_id,
        slot=booking.slot_id,
        practitioner=place.practitioner if place else booking.practitioner,
        starts_at=place.starts_at if place else None,
        ends_at=place.ends_at if place else None,
        **shown,
    )
