"""What ORC and OBR say of an order: the ServiceRequest that it is, whoever tells of it.

An order message places and changes it (``order``); a result names it by its number and completes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..syntax import Segment
from . import codes, directory
from .datatype import code_by, cwe, cwes, date_time, identifier, typed_identifier
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .table import Row, Table

_INTENTS = {"G": "reflex-order"}
_NUMBERS = ((2, "order-placer", "PLAC"), (3, "order-filler", "FILL"))
_REPORTED = {
    "final": "completed",
    "amended": "completed",
    "corrected": "completed",
    "appended": "completed",
    "cancelled": "revoked",
    "entered-in-error": "unknown",
    "unknown": "unknown",
}
"""ServiceRequest.status by that of its report, where no order message told it; others are active."""
_OPEN = ("draft", "active", "on-hold", "unknown")


def _priority(segment: Segment, number: int, reading: Reading) -> str | None:
    code = segment.text(number)
    return codes.PRIORITY.get(code) or codes.OWN["PRIORITY"].get(code)


OBR = Table(
    "OBR[ServiceRequest]",
    (
        Row(4, "code", "code", cwe),
        Row(5, "priority", "priority", _priority),
        Row(6, "occurrenceDateTime", "occurrenceDateTime", date_time),
        Row(11, "intent", "intent", code_by(_INTENTS)),
        Row(16, "requester(Practitioner)", "requester", directory.one_practitioner),
        Row(31, "reasonCode", "reasonCode", cwes, many=True),
    ),
    by_code=((2, "identifier[1]"), (3, "identifier[2]")),
)
ORC = Table(
    "ORC[ServiceRequest]",
    (
        Row(9, "authoredOn", "authoredOn", date_time),
        Row(12, "requester(PractitionerRole.practitioner)", "requester", directory.one_practitioner),
    ),
    by_code=((1, "status"), (5, "status"), (2, "identifier[1]"), (3, "identifier[2]")),
)
TABLES = (OBR, ORC)


@dataclass(slots=True)
class Order:
    """An OBR with the ORC before it and what follows it."""

    obr: Segment
    orc: Segment | None
    notes: list[str] = field(default_factory=list)
    results: list[tuple[Segment, list[str]]] = field(default_factory=list)
    report_keys: tuple[Key, Key] | None = None
    request_keys: tuple[Key, Key] | None = None
    shares_number: bool = False
    """Whether other OBRs of the message have the same order number."""


def request_keys(orc: Segment | None, obr: Segment | None, reading: Reading) -> tuple[Key, Key] | None:
    """The key of an order by its number, and one told apart by its service code; ``None`` without a number."""
    for number, kind, _ in _NUMBERS:
        for segment in (orc, obr):
            key = order_key(segment, number, "ServiceRequest", kind, reading) if segment else None
            if key:
                service = f"{obr.component(4, 3)}|{obr.component(4, 1)}" if obr else ""
                return key, (key[0], f"{key[1]}#service", f"{key[2]}|{service}")
    return None


def said_of(orc: Segment | None, obr: Segment | None, reading: Reading) -> dict[str, Any]:
    """What the segments say of the order, its status and numbers aside."""
    said = OBR.apply(obr, reading) if obr else {}
    if orc is not None:
        said.update({element: value for element, value in ORC.apply(orc, reading).items() if value})
    return said


def order_numbers(first: Segment | None, second: Segment | None, reading: Reading) -> list[dict[str, Any]]:
    """The placer's and the filler's number as identifiers, from ``first`` where both segments have one."""
    found = []
    for number, kind, code in _NUMBERS:
        for segment in (first, second):
            components = segment.components(number) if segment is not None else []
            if segment is None or not components:
                continue
            one = identifier(segment.delimiters, components, reading, kind, authority_at=2, type_at=0)
            if one:
                found.append(typed_identifier(one, code))
                break
    return found


def is_of(request: dict[str, Any], code: dict[str, Any] | None) -> bool:
    """Whether the order is for the service that ``code`` names."""
    return _first_code(request.get("code")) == _first_code(code)


def hold_reported(
    reading: Reading,
    order: Order,
    numbers: list[dict[str, Any]],
    patient_id: str,
    visit_id: str | None,
    report_status: str,
) -> str | None:
    """The id of the order that a report is about, made where nobody told of it; ``None`` without a number.

    A result only adds what the order lacks; a final one completes an order that is open.
    """
    keys = order.request_keys
    if keys is None:
        return None
    said = said_of(order.orc, order.obr, reading)
    id_ = _reported_id(reading, order, keys, said)
    known = reading.current("ServiceRequest", id_)
    status = _REPORTED.get(report_status, "active")
    said |= {"identifier": numbers, "subject": reading.subject_of(known, patient_id)}
    if visit_id:
        said["encounter"] = {"reference": f"Encounter/{visit_id}"}
    if known is None:
        said.setdefault("intent", "order")
        start: dict[str, Any] = {"resourceType": "ServiceRequest", "id": id_, "status": status}
    elif status == "completed" and known["status"] in _OPEN:
        start = {**known, "status": status}
    else:
        start = known
    reading.put(merged(start, {element: value for element, value in said.items() if value}, only_fill=True))
    return id_


def _reported_id(reading: Reading, order: Order, keys: tuple[Key, Key], said: dict[str, Any]) -> str:
    """One number may stand for several services: the order of this service where there is one, or where the
    message itself tells the services apart; else whatever has the number."""
    plain, by_service = (reading.workspace.id_of(key) for key in keys)
    known = reading.current("ServiceRequest", plain)
    if known is None or is_of(known, said.get("code")):
        return plain
    apart = order.shares_number or reading.current("ServiceRequest", by_service) is not None
    return by_service if apart else plain


def _first_code(concept: dict[str, Any] | None) -> str:
    coding = (concept or {}).get("coding") or [{}]
    return str(coding[0].get("code") or coding[0].get("display") or "")
