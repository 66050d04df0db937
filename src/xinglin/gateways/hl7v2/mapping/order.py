"""ORM^O01, OMG^O19 and OML^O21: orders for service, as ServiceRequests."""

from __future__ import annotations

from typing import Any

from ..failure import Unmappable
from ..syntax import Segment
from . import codes
from .person import merged
from .reading import Reading
from .request import Order, give_numbers, order_numbers, ordered_id, request_keys, said_of
from .value import narrative


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
    keys = request_keys(orc, obr, reading)
    if not keys:
        raise Unmappable("the order has no number in ORC-2, ORC-3, OBR-2 or OBR-3", "医嘱没有编号（ORC-2/3、OBR-2/3）")
    said = said_of(orc, obr, reading)
    id_ = ordered_id(reading, keys, said.get("code"), is_bare=obr is None)
    known = reading.current("ServiceRequest", id_)
    if known is None and obr is None:
        number = keys[0][0][2]
        raise Unmappable(f"order {number} is not known and has no OBR", f"医嘱 {number} 不存在，且消息没有 OBR 段")
    give_numbers(reading, keys, id_)
    late = reading.is_late(f"ServiceRequest/{id_}")
    status = _status(orc)
    if known is None or (status and not _reopens(orc, status, known)):
        said["status"] = status or "active"
    said |= {"identifier": order_numbers(orc, obr, reading), "subject": reading.subject_of(known, patient_id)}
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


def _reopens(orc: Segment | None, status: str, known: dict[str, Any]) -> bool:
    """Whether an order control alone (ORC-1, without ORC-5) would make an order active whose result is there."""
    told = orc is not None and orc.text(5) in codes.ORDER_STATUS
    return status == "active" and known["status"] == "completed" and not told
