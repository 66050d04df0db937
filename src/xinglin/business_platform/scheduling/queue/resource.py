"""A place in a queue as Encounter (hl7.org/fhir/R4/encounter.html), with the history of its states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .model import Entry

_CLASS = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_AT_HOME = {**_CLASS, "code": "VR"}
_ATTENDER = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "ATND"}
_TRIAGE = "https://xinglin.health/id/triage-level"
_OVER = ("finished", "cancelled")


def status_of(entry: Entry) -> str:
    """The Encounter's status for the state of a queue."""
    if entry.state in ("in_room", "at_tests"):
        return {"in_room": "in-progress", "at_tests": "onleave"}[entry.state]
    if entry.state in ("finished", "left"):
        return {"finished": "finished", "left": "cancelled"}[entry.state]
    return "arrived" if entry.triage is None else "triaged"


def encounter(
    entry: Entry, now: datetime, known: Mapping[str, Any] | None = None, service: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """``entry`` at ``now``, keeping what others have written into ``known``, the resource so far. Department and place
    are those of ``service``, the HealthcareService, so that whoever works there cares for the patient and sees them."""
    found = dict(known or begun(entry, {}))
    before, status = found.get("status"), status_of(entry)
    if before != status:
        found["statusHistory"] = _history(found.get("statusHistory", []), before, entry, now)
    found["status"] = status
    found.setdefault("subject", {"reference": f"Patient/{entry.patient}"})  # it moves when records are merged
    period = dict(found.get("period") or {"start": _moment(entry.arrived_at)})
    if status in _OVER:
        period["end"] = _moment(now)
    found["period"] = period
    if entry.practitioner:
        found["participant"] = _led_by(f"Practitioner/{entry.practitioner}", found.get("participant", []))
    if entry.appointment_id:
        found["appointment"] = [{"reference": f"Appointment/{entry.appointment_id}"}]
    if entry.triage is not None:
        found["priority"] = {"coding": [{"system": _TRIAGE, "code": str(entry.triage)}]}
    return {**found, **_place(found, service or {}, status, now)}


def begun(entry: Entry, about: Mapping[str, Any]) -> dict[str, Any]:
    """The Encounter of ``entry`` before it has a status, with ``about`` in it."""
    class_ = _AT_HOME if entry.is_online else _CLASS
    return {**about, "resourceType": "Encounter", "id": entry.encounter_id, "class": class_}


def _led_by(practitioner: str, taking_part: list[Any]) -> list[Any]:
    """``practitioner`` first, and whoever else takes part: a colleague who took the visit over stays."""
    attender = {"type": [{"coding": [_ATTENDER]}], "individual": {"reference": practitioner}}
    others = [one for one in taking_part if (one.get("individual") or {}).get("reference") != practitioner]
    return [attender, *others]


def _place(found: Mapping[str, Any], service: Mapping[str, Any], status: str, now: datetime) -> dict[str, Any]:
    """Which department the visit is of and where it is, as others have written it or else as ``service`` says."""
    told: dict[str, Any] = {}
    if "serviceProvider" not in found and "providedBy" in service:
        told["serviceProvider"] = service["providedBy"]
    if "serviceType" not in found and "name" in service:
        translated = {"_text": service["_name"]} if "_name" in service else {}
        told["serviceType"] = {"text": service["name"], **translated}
    places = [dict(one) for one in found.get("location", ())]
    if not places and status not in _OVER:
        start = found["period"]["start"]
        places = [
            {"location": one, "status": "active", "period": {"start": start}} for one in service.get("location", ())[:1]
        ]
    for one in places:
        if status in _OVER and one.get("status") == "active":
            one["status"] = "completed"
            one["period"] = {**one.get("period", {}), "end": _moment(now)}
    if places:
        told["location"] = places
    return told


def _history(so_far: list[Any], before: str | None, entry: Entry, now: datetime) -> list[Any]:
    """What was, with when it ended."""
    if before is None:
        return so_far or [{"status": status_of(entry), "period": {"start": _moment(now)}}]
    history = [dict(one) for one in so_far]
    if history and "end" not in history[-1].get("period", {}):
        history[-1]["period"] = {**history[-1]["period"], "end": _moment(now)}
    return [*history, {"status": status_of(entry), "period": {"start": _moment(now)}}]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
