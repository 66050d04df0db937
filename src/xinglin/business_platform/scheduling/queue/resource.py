"""A place in a queue as Encounter (hl7.org/fhir/R4/encounter.html), with the history of its states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .model import Entry

_CLASS = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_TRIAGE = "https://xinglin.health/id/triage-level"


def status_of(entry: Entry) -> str:
    """The Encounter's status for the state of a queue."""
    if entry.state in ("in_room", "at_tests"):
        return {"in_room": "in-progress", "at_tests": "onleave"}[entry.state]
    if entry.state in ("finished", "left"):
        return {"finished": "finished", "left": "cancelled"}[entry.state]
    return "arrived" if entry.triage is None else "triaged"


def encounter(
    entry: Entry, now: datetime, known: Mapping[str, Any] | None = None, provider: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """``entry`` at ``now``, keeping what others have written into ``known``, the resource so far: a colleague who took
    the visit over stays. ``provider`` is the department whose service it is."""
    found = dict(known or {"resourceType": "Encounter", "id": entry.encounter_id, "class": _CLASS})
    before, status = found.get("status"), status_of(entry)
    if before != status:
        found["statusHistory"] = _history(found.get("statusHistory", []), before, entry, now)
    found["status"] = status
    found["subject"] = {"reference": f"Patient/{entry.patient}"}
    period = dict(found.get("period") or {"start": _moment(entry.arrived_at)})
    if status in ("finished", "cancelled"):
        period["end"] = _moment(now)
    found["period"] = period
    if entry.practitioner:
        found["participant"] = _with(found.get("participant", []), f"Practitioner/{entry.practitioner}")
    if provider is not None:
        found.setdefault("serviceProvider", provider)
    if entry.appointment_id:
        found["appointment"] = [{"reference": f"Appointment/{entry.appointment_id}"}]
    if entry.triage is not None:
        found["priority"] = {"coding": [{"system": _TRIAGE, "code": str(entry.triage)}]}
    return found


def _with(taking_part: list[Any], practitioner: str) -> list[Any]:
    """Who takes part, and ``practitioner`` first where they did not yet."""
    there = any((one.get("individual") or {}).get("reference") == practitioner for one in taking_part)
    return taking_part if there else [{"individual": {"reference": practitioner}}, *taking_part]


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
