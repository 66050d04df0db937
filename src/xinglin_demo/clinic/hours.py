"""When the doctors of the clinics sit: today from whenever the demo is started, later days in usual hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from .. import identity
from ..hospital import Department, Doctor, Place

PERIOD_MINUTES = 30
PLACES_A_PERIOD = 3
_SESSION = timedelta(hours=8)
_USUAL = ((time(8), time(12)), (time(13, 30), time(17)))
_WORKDAYS = (1, 2, 3, 4, 5, 6)
_LAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Seat:
    """A doctor in a consulting room."""

    department: Department
    doctor: Doctor
    place: Place

    @property
    def room(self) -> str:
        return f"{int(self.place.room)} 诊室"


def usual_hours(seed: int, seat: Seat, first_day: date) -> Iterator[dict[str, Any]]:
    """The templates of mornings and afternoons from ``first_day`` on."""
    for starts, ends in _USUAL:
        hours = {"starts": starts.isoformat(), "ends": ends.isoformat(), "first_day": first_day.isoformat()}
        yield {**_of(seed, seat), "weekdays": _WORKDAYS, **hours}


def session_from(seed: int, seat: Seat, now: datetime) -> dict[str, Any]:
    """The template of one session of eight hours, midnight at the latest, that has just begun at ``now``."""
    starts = now.replace(minute=now.minute // PERIOD_MINUTES * PERIOD_MINUTES, second=0, microsecond=0)
    midnight = starts.replace(hour=0, minute=0) + timedelta(days=1)
    today = starts.date().isoformat()
    return {
        **_of(seed, seat),
        "weekdays": [starts.isoweekday()],
        "starts": f"{starts:%H:%M:%S}",
        "ends": f"{min(starts + _SESSION, midnight):%H:%M:%S}",
        "first_day": today,
        "last_day": today,
    }


def sits(template: dict[str, Any], now: datetime) -> bool:
    """Whether the session of ``template`` is on at ``now`` and for an hour more, or until midnight."""
    today = now.date().isoformat()
    is_on = template["first_day"] <= today <= (template.get("last_day") or today)
    if not is_on or now.isoweekday() not in template["weekdays"]:
        return False
    starts, ends = (
        datetime.combine(now.date(), time.fromisoformat(template[edge]), now.tzinfo) for edge in ("starts", "ends")
    )
    return starts <= now and (ends <= starts or now + _LAST <= ends)


def _of(seed: int, seat: Seat) -> dict[str, Any]:
    return {
        "service": identity.resource_id(seed, "HealthcareService", seat.department.clinic),
        "practitioner": identity.resource_id(seed, "Practitioner", seat.doctor.code),
        "location": identity.resource_id(seed, "Location", seat.place.code),
        "period_minutes": PERIOD_MINUTES,
        "places": PLACES_A_PERIOD,
    }
