"""An entry as a FHIR R4 AuditEvent (hl7.org/fhir/R4/auditevent.html)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from ..model import Detail, Row

_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = "http://hl7.org/fhir/restful-interaction"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_OWN = "https://xinglin.health/id"
_SIGN_IN = ("/api/session", "/oauth/token", "/api/sign-in")
_BREAK_GLASS = "BTG"


def audit_event(row: Row, node: str) -> dict[str, Any]:
    """``row`` as the resource ``AuditEvent/<sequence>``, told by the node of that path."""
    detail = row.told()
    type_, subtype = _kind(row, detail)
    recorded = row.recorded.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(row.sequence),
        "meta": {"lastUpdated": recorded},
        "type": type_,
        "subtype": [subtype],
        "action": row.action,
        "recorded": recorded,
        "outcome": "0" if row.status < 400 else "4" if row.status < 500 else "8",
        "outcomeDesc": f"HTTP {row.status}" + (f", refused by {detail.refused}" if detail.refused else ""),
        "agent": [_agent(row, detail)],
        "source": {"site": node, "observer": {"identifier": {"system": f"{_OWN}/node", "value": node}}},
    }
    reasons = ([detail.purpose] if detail.purpose else []) + ([_BREAK_GLASS] if row.emergency else [])
    if reasons:
        event["purposeOfEvent"] = [{"coding": [{"system": _REASON, "code": code}]} for code in reasons]
    entities = [*_patients(row), *_resources(row), *_question(row, detail)]
    if entities:
        event["entity"] = entities
    return event


def _kind(row: Row, detail: Detail) -> tuple[dict[str, str], dict[str, str]]:
    if detail.route.startswith("/fhir"):
        kind = {"system": _TYPES, "code": "rest", "display": "RESTful Operation"}
        return kind, {"system": _REST, "code": row.interaction}
    if detail.route in _SIGN_IN and row.action in ("E", "D"):
        authentication = {"system": _DICOM, "code": "110114", "display": "User Authentication"}
        code, display = ("110122", "Login") if row.action == "E" else ("110123", "Logout")
        return authentication, {"system": _DICOM, "code": code, "display": display}
    code, display = ("110110", "Patient Record") if row.patients else ("110100", "Application Activity")
    shown = {"system": _DICOM, "code": code, "display": display}
    return shown, {"system": f"{_OWN}/route", "code": f"{detail.method} {detail.route or detail.path}"}


def _agent(row: Row, detail: Detail) -> dict[str, Any]:
    agent: dict[str, Any] = {"requestor": True}
    if row.principal:
        agent["who"] = {"identifier": {"system": f"{_OWN}/principal", "value": row.principal}, "display": row.name}
        agent["name"] = row.name
    if detail.session:
        agent["altId"] = detail.session
    if detail.roles:
        agent["role"] = [{"coding": [{"system": f"{_OWN}/role", "code": role}]} for role in detail.roles]
    if detail.address:
        agent["network"] = {"address": detail.address, "type": "2"}
    return agent


def _patients(row: Row) -> list[dict[str, Any]]:
    return [_entity(f"Patient/{patient}", "1", "1") for patient in row.patients]


def _resources(row: Row) -> list[dict[str, Any]]:
    own = {f"Patient/{patient}" for patient in row.patients}
    return [_entity(reference, "2", "4") for reference in row.resources if reference not in own]


def _entity(reference: str, type_: str, role: str) -> dict[str, Any]:
    return {
        "what": {"reference": reference},
        "type": {"system": _ENTITY, "code": type_},
        "role": {"system": _ROLE, "code": role},
    }


def _question(row: Row, detail: Detail) -> list[dict[str, Any]]:
    """What was asked for, with the query as it came."""
    told = [("path", detail.path), ("method", detail.method), ("correlation", detail.correlation)]
    if detail.many:
        told.append(("touched", str(detail.many)))
    question: dict[str, Any] = {
        "type": {"system": _ENTITY, "code": "2"},
        "role": {"system": _ROLE, "code": "24"},
        "detail": [{"type": name, "valueString": value} for name, value in told if value],
    }
    if row.focus:
        question["name"] = row.focus
    if detail.query:
        question["query"] = b64encode(detail.query.encode()).decode()
        question.pop("name", None)  # sev-1: a name or a query, not both
    return [question]
