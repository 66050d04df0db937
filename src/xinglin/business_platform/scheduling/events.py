"""What scheduling tells: each event in the transaction that made it so, in the order of the patient."""

from __future__ import annotations

from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from .model import Booking, Place

ROOM = "scheduling"
APPOINTMENT_BOOKED = "appointment.booked"
APPOINTMENT_CANCELLED = "appointment.cancelled"
APPOINTMENT_RESCHEDULED = "appointment.rescheduled"
SLOT_OFFERED = "slot.offered"
WAITLIST_CHANGED = "waitlist.changed"


def told(ids: Ids, name: str, booking: Booking, place: Place | None, at: datetime) -> NewEvent:
    """What happened to ``booking`` at ``at``; ``place`` is the one that it has or had."""
    practitioner = place.practitioner if place else booking.practitioner
    return NewEvent(
        id=ids.new(),
        room=ROOM,
        name=name,
        key=f"Patient/{booking.patient}",
        occurred_at=at,
        body={
            "appointment": f"Appointment/{booking.appointment_id}",
            "service": f"HealthcareService/{booking.service}",
            "slot": f"Slot/{place.slot_id}" if place else None,
            "start": place.starts_at.isoformat() if place else None,
            "state": booking.state,
            "practitioner": f"Practitioner/{practitioner}" if practitioner else None,
            "offer_until": booking.offer_until.isoformat() if booking.offer_until else None,
        },
    )
