"""From events and resources to rows. Pure: what it is given decides what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from xinglin.data_platform.fhir import english_name
from xinglin.foundation.bus import Event

from .model import GONE, Booking, Change, PlaceRow, Visit

_HERE = ("arrived", "triaged", "in-progress", "onleave")
_OUTSIDE = ("AMB", "VR", "HH")
_NOT_WARDS = frozenset({"OF", "ER"})  # in an emergency department people lie for hours, not days
_FORMS = frozenset({"wa", "ro", "bd"})
_STAFF = {"called": "calling", "in_room": "with_patient"}
_ROOM = {"called": "called", "in_room": "occupied"}


def take(known: dict[str, Visit], event: Event) -> Iterator[Change]:
    """Take an event of a queue over into the visits ``known``; what changed its state."""
    body, at = event.body, event.occurred_at
    encounter = id_of(body["encounter"])
    before = known.get(encounter)
    if before is not None and (at < before.since or before.state in GONE):
        return
    visit = before or Visit(
        encounter, id_of(body["service"]), body.get("number"), None, id_of(body.get("appointment")) or None, None, "",
        at, "", at, at,
    )  # fmt: skip
    was, since = visit.state, visit.since
    known[encounter] = visit
    visit.practitioner = id_of(body.get("practitioner")) or visit.practitioner
    visit.triage = body.get("triage") or visit.triage
    visit.turn_at = _instant(body.get("turn")) or visit.turn_at
    visit.room = body.get("room") or visit.room
    if body["state"] == was:
        return
    visit.state, visit.since = body["state"], at
    _lengths(visit, was, (at - since).total_seconds(), at)
    yield from _changes(visit, was)


def _lengths(visit: Visit, was: str, seconds: float, at: datetime) -> None:
    state = visit.state
    if state == "called":
        visit.called_at = visit.called_at or at
    if was == "called" and state == "in_room":
        visit.gap_seconds = seconds
    elif was == "called" and state == "skipped":
        visit.missed += 1
    elif was == "in_room" and visit.first_seconds is None:
        visit.first_seconds = seconds
    elif was == "in_room":
        visit.again_seconds = (visit.again_seconds or 0.0) + seconds
    elif was == "at_tests":
        visit.tests_seconds = (visit.tests_seconds or 0.0) + seconds
    if state in GONE:
        visit.finished_at = at


def _changes(visit: Visit, was: str) -> Iterator[Change]:
    at, unit = visit.since, visit.service
    yield Change("patient_place", visit.encounter, unit, visit.state, at)
    if visit.practitioner and (visit.state in _STAFF or was in _STAFF):
        yield Change("staff", visit.practitioner, unit, _STAFF.get(visit.state, "free"), at)
    if visit.room and (visit.state in _ROOM or was in _ROOM):
        yield Change("room", f"{unit}/{visit.room}", unit, _ROOM.get(visit.state, "free"), at)


def booking(event: Event, known: Mapping[str, Booking]) -> Booking | None:
    """What an event tells of an appointment that was given; None for places in a waitlist."""
    if event.name not in ("appointment.booked", "appointment.cancelled", "appointment.rescheduled"):
        return None
    if "appointment" not in event.body or "service" not in event.body:
        return None  # of another room, by references alone
    body = event.body
    appointment = id_of(body["appointment"])
    before = known.get(appointment)
    return Booking(
        appointment,
        id_of(body["service"]),
        id_of(body.get("practitioner")) or None,
        _instant(body.get("start")),
        before.booked_at if before else event.occurred_at,
        event.name == "appointment.cancelled",
    )


def place(location: dict[str, Any]) -> PlaceRow:
    """The row of a Location."""
    form = next((code for code in _codes(location.get("physicalType")) if code in _FORMS), "")
    types = {code for concept in location.get("type", ()) for code in _codes(concept)}
    identifiers = location.get("identifier") or [{}]
    name = location.get("name") or identifiers[0].get("value") or location["id"]
    state = location.get("status", "active")
    return PlaceRow(
        location["id"], id_of((location.get("partOf") or {}).get("reference")) or None, form, name,
        english_name(location) or name, state == "active", form == "wa" and not types & _NOT_WARDS,
    )  # fmt: skip


def whereabouts(encounter: dict[str, Any]) -> tuple[str, datetime | None, datetime | None, bool] | None:
    """(Location, admitted, ended, is here) of somebody who lies in the house; None for visits to clinics."""
    if (encounter.get("class") or {}).get("code") in _OUTSIDE:
        return None
    places = encounter.get("location", [])
    active = [one for one in places if one.get("status") == "active"]
    unended = [one for one in places if "status" not in one and "end" not in one.get("period", {})]
    chosen = (active or unended or places)[-1:]
    if not chosen:
        return None
    period = encounter.get("period") or {}
    location = id_of((chosen[0].get("location") or {}).get("reference"))
    return location, _instant(period.get("start")), _instant(period.get("end")), encounter.get("status") in _HERE


def device(resource: dict[str, Any], at: datetime) -> Change:
    """The state of a Device is its status, its unit the Location."""
    unit = id_of((resource.get("location") or {}).get("reference"))
    return Change("device", resource["id"], unit, resource.get("status") or "unknown", at)


def id_of(reference: str | None) -> str:
    """The id at the end of a reference; empty for none."""
    return (reference or "").rpartition("/")[2]


def _codes(concept: Any) -> list[str]:
    return [coding["code"] for coding in (concept or {}).get("coding", ()) if "code" in coding]


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
