"""What ORC and OBR say of an order: the ServiceRequest that it is, whoever tells of it.

An order message places and changes it (``order``); a result names it by its number and completes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..syntax import Segment
from . import codes, directory
from .datatype import code_by, cwe, cwes, date_time, identifier, typed_identifier
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .table import Row, Table

Pair: TypeAlias = tuple[Key, Key]

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
    request_keys: tuple[Pair, ...] = ()
    shared: frozenset[Key] = frozenset()
    """The numbers that other OBRs of the message have too."""


def request_keys(orc: Segment | None, obr: Segment | None, reading: Reading) -> tuple[Pair, ...]:
    """For each number of an order, the placer's first: its key, and one told apart by its service code."""
    service = f"{obr.component(4, 3)}|{obr.component(4, 1)}" if obr else ""
    found = []
    for number, kind, _ in _NUMBERS:
        for segment in (orc, obr):
            key = order_key(segment, number, "ServiceRequest", kind, reading) if segment else None
            if key:
                found.append((key, (key[0], f"{key[1]}#service", f"{key[2]}|{service}")))
                break
    return tuple(found)


def ordered_id(reading: Reading, keys: tuple[Pair, ...], code: dict[str, Any] | None, *, is_bare: bool) -> str:
    """The id of the order that an order message is about, known or not. Other services under its number are other
    orders; one ``is_bare`` names no service."""
    plain, by_service = keys[0]
    known = reading.current("ServiceRequest", reading.id_of(plain))
    if known is not None and (is_bare or is_of(known, code)):
        return reading.id_of(plain)
    if known is None or reading.current("ServiceRequest", reading.id_of(by_service)) is None:
        for key in (key for pair in keys[1:] for key in pair):
            unplaced = _unplaced(reading, key)
            if unplaced is not None and (is_bare or is_of(unplaced, code)):
                return reading.id_of(key)
    return reading.id_of(plain if known is None else by_service)


def give_numbers(reading: Reading, keys: tuple[Pair, ...], id_: str) -> None:
    """Let later messages meet the order by each of its numbers."""
    for plain, _ in keys:
        reading.give(plain, id_)


def _unplaced(reading: Reading, key: Key) -> dict[str, Any] | None:
    """The order that is known by a filler's number, unless a placer's number tells that it is another."""
    known = reading.current("ServiceRequest", reading.id_of(key))
    numbers = (known or {}).get("identifier", ())
    types = {coding.get("code") for one in numbers for coding in one.get("type", {}).get("coding", ())}
    return None if "PLAC" in types else known


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
    if not order.request_keys:
        return None
    said = said_of(order.orc, order.obr, reading)
    id_ = _reported_id(reading, order, said.get("code"))
    give_numbers(reading, order.request_keys, id_)
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


def _reported_id(reading: Reading, order: Order, code: dict[str, Any] | None) -> str:
    """One number may stand for several services: the order of this service where there is one, or where the
    message itself tells the services apart; else whatever has the number. What nobody knows by the placer's number
    may be known by the filler's."""
    plain, by_service = order.request_keys[0]
    if reading.current("ServiceRequest", reading.id_of(plain)) is None:
        for filled, filled_by_service in order.request_keys[1:]:
            key = _of_service(reading, order, filled, filled_by_service, code)
            if _unplaced(reading, key) is not None:
                return reading.id_of(key)
    return reading.id_of(_of_service(reading, order, plain, by_service, code))


def _of_service(reading: Reading, order: Order, plain: Key, by_service: Key, code: dict[str, Any] | None) -> Key:
    known = reading.current("ServiceRequest", reading.id_of(plain))
    if known is None or is_of(known, code):
        return plain
    apart = plain in order.shared or reading.current("ServiceRequest", reading.id_of(by_service)) is not None
    return by_service if apart else plain


def _first_code(concept: dict[str, Any] | None) -> str:
    coding = (concept or {}).get("coding") or [{}]
    return str(coding[0].get("code") or coding[0].get("display") or "")
