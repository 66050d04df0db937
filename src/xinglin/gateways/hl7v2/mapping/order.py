"""ORM^O01, OMG^O19 and OML^O21: orders for service, as ServiceRequests."""

from __future__ import annotations

from typing import Any

from ..failure import Unmappable
from ..syntax import Segment
from . import codes, directory
from .datatype import code_by, cwe, cwes, date_time, identifier, typed_identifier
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .result import Order
from .table import Row, Table
from .value import narrative

_INTENTS = {"G": "reflex-order"}


def _priority(segment: Segment, number: int, reading: Reading) -> str | None:
    code = segment.text(number)
    return codes.PRIORITY.get(code) or codes.OWN["PRIORITY"].get(code)


def _requester(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    found = directory.practitioners(segment, number, reading)
    return found[0] if found else None


OBR = Table(
    "OBR[ServiceRequest]",
    (
        Row(4, "code", "code", cwe),
        Row(5, "priority", "priority", _priority),
        Row(6, "occurrenceDateTime", "occurrenceDateTime", date_time),
        Row(11, "intent", "intent", code_by(_INTENTS)),
        Row(16, "requester(Practitioner)", "requester", _requester),
        Row(31, "reasonCode", "reasonCode", cwes, many=True),
    ),
    by_code=((2, "identifier[1]"), (3, "identifier[2]")),
)
ORC = Table(
    "ORC[ServiceRequest]",
    (
        Row(9, "authoredOn", "authoredOn", date_time),
        Row(12, "requester(PractitionerRole.practitioner)", "requester", _requester),
    ),
    by_code=((1, "status"), (5, "status"), (2, "identifier[1]"), (3, "identifier[2]")),
)
TABLES = (OBR, ORC)


def hold_orders(reading: Reading, patient_id: str, visit_id: str | None) -> None:
    """Write the orders of the message. An ORC alone changes the status of an order that is known; raises
    ``Unmappable`` where it is not."""
    orders, bare = _groups(reading)
    for order in orders:
        _hold(reading, order.orc, order, patient_id, visit_id)
    for orc in bare:
        _hold(reading, orc, None, patient_id, visit_id)
    if not orders and not bare:
        reading.first("ORC")


def service_keys(orc: Segment | None, obr: Segment | None, reading: Reading) -> tuple[Key, Key] | None:
    """The key of an order by its number, and one told apart by its service code."""
    for number, kind in ((2, "order-placer"), (3, "order-filler")):
        for segment in (orc, obr):
            key = order_key(segment, number, "ServiceRequest", kind, reading) if segment else None
            if key:
                service = f"{obr.component(4, 3)}|{obr.component(4, 1)}" if obr else ""
                return key, (key[0], f"{key[1]}#service", f"{key[2]}|{service}")
    return None


def _groups(reading: Reading) -> tuple[list[Order], list[Segment]]:
    orders: list[Order] = []
    bare: list[Segment] = []
    orc: Segment | None = None
    used = False
    for segment in reading.message.segments:
        name = segment.name
        if name == "ORC":
            if orc is not None and not used:
                bare.append(orc)
            orc, used = segment, False
        elif name == "OBR":
            orders.append(Order(segment, orc))
            used = True
        elif name == "NTE" and orders:
            text = narrative(segment, 3)
            orders[-1].notes += [text] if text else []
    if orc is not None and not used:
        bare.append(orc)
    return orders, bare


def _hold(reading: Reading, orc: Segment | None, order: Order | None, patient_id: str, visit_id: str | None) -> None:
    obr = order.obr if order else None
    keys = service_keys(orc, obr, reading)
    if keys is None:
        raise Unmappable("the order has no number in ORC-2, ORC-3, OBR-2 or OBR-3", "医嘱没有编号（ORC-2/3、OBR-2/3）")
    said = OBR.apply(obr, reading) if obr else {}
    if orc is not None:
        said.update({element: value for element, value in ORC.apply(orc, reading).items() if value})
    id_ = reading.workspace.id_of(keys[0])
    known = reading.current("ServiceRequest", id_)
    if known is not None and obr is not None and _code(known) != _code(said):
        id_ = reading.workspace.id_of(keys[1])
        known = reading.current("ServiceRequest", id_)
    if known is None and obr is None:
        number = keys[0][2]
        raise Unmappable(f"order {number} is not known and has no OBR", f"医嘱 {number} 不存在，且消息没有 OBR 段")
    late = reading.is_late(f"ServiceRequest/{id_}")
    status = _status(orc)
    if status or known is None:
        said["status"] = status or "active"
    said["identifier"] = _identifiers(orc, obr, reading)
    said["subject"] = reading.subject_of(known, patient_id)
    if visit_id:
        said["encounter"] = {"reference": f"Encounter/{visit_id}"}
    if order and order.notes:
        said["note"] = [{"text": text} for text in order.notes]
    if known is None:
        said.setdefault("intent", "order")
        reading.tell("order.placed", f"Patient/{patient_id}", f"ServiceRequest/{id_}")
    start = known or {"resourceType": "ServiceRequest", "id": id_}
    reading.put(merged(start, {element: value for element, value in said.items() if value}, only_fill=late))


def _status(orc: Segment | None) -> str:
    if orc is None:
        return ""
    state, control = orc.text(5), orc.text(1)
    if state in codes.ORDER_STATUS:
        return codes.ORDER_STATUS[state]
    return codes.ORDER_CONTROL.get(control) or codes.OWN["ORDER_CONTROL"].get(control, "")


def _code(request: dict[str, Any]) -> str:
    coding = (request.get("code") or {}).get("coding") or [{}]
    return str(coding[0].get("code", ""))


def _identifiers(orc: Segment | None, obr: Segment | None, reading: Reading) -> list[dict[str, Any]]:
    found = []
    for number, kind, code in ((2, "order-placer", "PLAC"), (3, "order-filler", "FILL")):
        for segment in (orc, obr):
            components = segment.components(number) if segment is not None else []
            if segment is None or not components:
                continue
            one = identifier(segment.delimiters, components, reading, kind, authority_at=2, type_at=0)
            if one:
                found.append(typed_identifier(one, code))
                break
    return found
