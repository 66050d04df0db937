"""Bookings as FHIR Appointments, as the hospital's booking page would write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .. import identity
from .happening import Happening, Kind
from .speech import Telling

_STATUSES = {
    Kind.BOOKED: "booked",
    Kind.CHECKED_IN: "arrived",
    Kind.FULFILLED: "fulfilled",
    Kind.MISSED: "noshow",
}
_SLOT = timedelta(minutes=15)


def is_booking(happening: Happening) -> bool:
    return happening.kind in _STATUSES


def appointment(telling: Telling, happening: Happening) -> dict[str, Any]:
    """The Appointment after ``happening``; patient, doctor, clinic and room are those the loader wrote."""
    stay = happening.stay
    assert happening.slot_at is not None
    begins = telling.timeline.real(happening.slot_at, happening.at)
    ends = telling.timeline.real(happening.slot_at + _SLOT, happening.at)
    number = telling.visit_number(stay.visit)
    seed = telling.seed
    actors = (
        identity.reference(seed, "Patient", stay.person.number, stay.person.name.text),
        identity.reference(seed, "Practitioner", stay.doctor.code, stay.doctor.name.text),
        identity.reference(seed, "HealthcareService", stay.department.clinic, stay.department.name),
        identity.reference(seed, "Location", stay.place.code),
    )
    return {
        "resourceType": "Appointment",
        "id": identity.resource_id(seed, "Appointment", number),
        "identifier": [identity.identifier(identity.APPOINTMENT, number)],
        "status": _STATUSES[happening.kind],
        "serviceType": [{"text": stay.department.name}],
        "reasonCode": [{"text": stay.problem.name}],
        "start": begins.isoformat(timespec="milliseconds"),
        "end": max(ends, begins + timedelta(seconds=1)).isoformat(timespec="milliseconds"),
        "minutesDuration": 15,
        "participant": [{"actor": actor, "status": "accepted"} for actor in actors],
    }
