"""What is measured of visits and appointments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel

RETURN_DAYS = 14
"""Who is back in the same department within so many days counts as a return."""
MISSED_MINUTES = 60
"""An appointment to which nobody came so long after its start was missed."""

Reference = tuple[str, str]


class Directory(Protocol):
    """What this room needs of the store: what departments are called."""

    async def fetch(
        self, connection: Any, references: Iterable[Reference], having: str | None = None
    ) -> dict[Reference, dict[str, Any]]: ...


@dataclass(slots=True)
class Visit:
    """A visit so far. ``in_room_since`` is set while somebody is with the doctor; ``room_seconds`` is what they were
    before, tests left out. ``faces`` is how satisfied the patient was, 1 to 5."""

    encounter: str
    service: str
    patient: str
    appointment: str | None = None
    arrived_at: datetime | None = None
    called_at: datetime | None = None
    in_room_since: datetime | None = None
    room_seconds: float = 0.0
    tests: int = 0
    finished_at: datetime | None = None
    outcome: Literal["open", "finished", "left"] = "open"
    faces: int | None = None


@dataclass(slots=True)
class Appointment:
    """An appointment as it is now."""

    appointment: str
    service: str
    starts_at: datetime | None
    cancelled: bool


class Spread(BaseModel):
    """Minutes: the mean, what half lie below, what nine of ten lie below."""

    mean: float
    median: float
    ninth_decile: float


class Measured(BaseModel):
    """Visits that began, and appointments that were to begin, in one department, on one day, at one hour of the day;
    null where it is about all of them. A spread is null where nobody was called or finished.

    ``wait`` is from check-in to the first call, ``wait_from_appointment`` from the later of check-in and the start of
    the appointment, ``length`` the time with the doctor of those who finished. ``returned`` were back in the department
    within 14 days; ``missed`` are appointments to which nobody came, those of the last hour left out. ``rated`` visits
    were given ``faces_mean`` faces of 5.
    """

    service: str | None
    day: date | None
    hour: int | None
    arrived: int = 0
    called: int = 0
    finished: int = 0
    left: int = 0
    tested: int = 0
    returned: int = 0
    appointments: int = 0
    cancelled: int = 0
    missed: int = 0
    rated: int = 0
    faces_mean: float | None = None
    wait: Spread | None = None
    wait_from_appointment: Spread | None = None
    length: Spread | None = None


class ServiceNamed(BaseModel):
    """A department by its HealthcareService."""

    service: str
    name: str
    name_en: str


class VisitsMeasured(BaseModel):
    """``rows`` are about everything, each department, each day, each hour, and each department's hours; days and hours
    are those of ``zone``."""

    as_of: datetime
    first: date
    last: date
    zone: str
    services: list[ServiceNamed]
    rows: list[Measured]
