"""What is kept of the house: who is where since when, and what was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

Reference = tuple[str, str]
Kind = Literal["patient_place", "staff", "room", "queue", "bed", "device"]
KINDS: tuple[Kind, ...] = ("patient_place", "staff", "room", "queue", "bed", "device")
GONE = ("finished", "left")


class Page(Protocol):
    """A page of a search; ``next`` is the cursor of the page after."""

    next: str | None

    def resources(self) -> list[dict[str, Any]]: ...


class Facts(Protocol):
    """What this room needs of the store."""

    async def fetch(
        self, connection: Any, references: Iterable[Reference], having: str | None = None
    ) -> dict[Reference, dict[str, Any]]: ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Page: ...


@dataclass(slots=True)
class Visit:
    """A visit to a clinic so far; nobody is named. Lengths: from the call to the door, with the doctor before and after
    tests, away at tests; null as long as they go on."""

    encounter: str
    service: str
    number: int | None
    practitioner: str | None
    appointment: str | None
    triage: int | None
    room: str
    turn_at: datetime
    state: str
    since: datetime
    arrived_at: datetime
    called_at: datetime | None = None
    gap_seconds: float | None = None
    first_seconds: float | None = None
    again_seconds: float | None = None
    tests_seconds: float | None = None
    missed: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as it is now."""

    appointment: str
    service: str
    practitioner: str | None
    starts_at: datetime | None
    booked_at: datetime
    cancelled: bool


class PlaceRow(NamedTuple):
    """A Location; ``form`` is ``wa``, ``ro``, ``bd`` or empty. A ward is a ``wa`` that is neither a
    clinic nor an emergency department."""

    location: str
    parent: str | None
    form: str
    name: str
    name_en: str
    is_open: bool
    is_ward: bool


class StayRow(NamedTuple):
    """An Encounter in a ward: at most one row without an end for each."""

    encounter: str
    ward: str
    bed: str | None
    admitted_at: datetime
    seen_at: datetime
    left_at: datetime | None


class Change(NamedTuple):
    """An entity is in ``state`` from ``at`` on. ``unit`` is the clinic (HealthcareService) or ward (Location)."""

    kind: Kind
    id: str
    unit: str
    state: str
    at: datetime
