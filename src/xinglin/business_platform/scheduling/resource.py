"""Templates, places and bookings as Schedule, Slot and Appointment (hl7.org/fhir/R4/appointment.html)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .model import Booking, Place
from .template import Template

_STATUS = {
    "booked": "booked",
    "cancelled": "cancelled",
    "waiting": "waitlist",
    "offered": "pending",
    "withdrawn": "cancelled",
}


def schedule(schedule_id: str, template: Template) -> dict[str, Any]:
    """Who sits where for which service."""
    horizon = {"start": template.first_day.isoformat()}
    if template.last_day is not None:
        horizon["end"] = template.last_day.isoformat()
    return {
        "resourceType": "Schedule",
        "id": schedule_id,
        "active": True,
        "actor": _actors(template.service, template.practitioner, template.location),
        "planningHorizon": horizon,
    }


def slot(place: Place) -> dict[str, Any]:
    """``place``; it is busy when nobody can book it any more."""
    return {
        "resourceType": "Slot",
        "id": place.slot_id,
        "schedule": {"reference": f"Schedule/{place.schedule_id}"},
        "status": "free" if place.free else "busy",
        "start": _moment(place.starts_at),
        "end": _moment(place.ends_at),
        "comment": f"{place.taken}/{place.places}",
    }


def appointment(
    booking: Booking, place: Place | None, known: Mapping[str, Any] | None = None, reason: str | None = None
) -> dict[str, Any]:
    """``booking``, keeping what others have written into ``known``, the resource so far."""
    found = dict(known or {"resourceType": "Appointment", "id": booking.appointment_id})
    found["status"] = _STATUS[booking.state]
    found.setdefault("created", _moment(booking.arrived_at))
    if reason and reason.strip():
        found["cancelationReason"] = {"text": reason.strip()}
    if place is not None:
        found["slot"] = [{"reference": f"Slot/{place.slot_id}"}]
        found["start"], found["end"] = _moment(place.starts_at), _moment(place.ends_at)
    elif booking.state == "waiting":
        days = {"start": f"{booking.from_day}", "end": f"{booking.to_day}"}
        found["requestedPeriod"] = [days]
    practitioner = place.practitioner if place else booking.practitioner
    answered = "needs-action" if booking.state == "offered" else "accepted"
    found["participant"] = [
        {"actor": {"reference": f"Patient/{booking.patient}"}, "status": answered},
        *(
            {"actor": actor, "status": "accepted"}
            for actor in _actors(booking.service, practitioner, place.location if place else None)
        ),
    ]
    return found


def _actors(service: str, practitioner: str | None, location: str | None) -> list[dict[str, str]]:
    named = (("HealthcareService", service), ("Practitioner", practitioner), ("Location", location))
    return [{"reference": f"{type_}/{id_}"} for type_, id_ in named if id_]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
