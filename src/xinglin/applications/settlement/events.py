"""What settlement tells others, in the transaction that did it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "settlement"
BILL_CHANGED = "bill.changed"
PAYMENT_RECEIVED = "payment.received"
PAYMENT_REFUNDED = "payment.refunded"


def bill_changed(ids: Ids, patient: str, encounter: str, invoice: str, at: datetime) -> NewEvent:
    """An invoice of a visit is not as it was."""
    body: dict[str, Any] = {"encounter": f"Encounter/{encounter}", "invoice": f"Invoice/{invoice}"}
    return _event(ids, BILL_CHANGED, patient, body, at)


def received(ids: Ids, patient: str, invoice: str, order: str, amount_fen: int, at: datetime) -> NewEvent:
    """Money came in."""
    body = {"invoice": f"Invoice/{invoice}", "order": order, "amount_fen": amount_fen}
    return _event(ids, PAYMENT_RECEIVED, patient, body, at)


def refunded(ids: Ids, patient: str, invoice: str, refund: str, amount_fen: int, at: datetime) -> NewEvent:
    """Money went back."""
    body = {"invoice": f"Invoice/{invoice}", "refund": refund, "amount_fen": amount_fen}
    return _event(ids, PAYMENT_REFUNDED, patient, body, at)


def _event(ids: Ids, name: str, patient: str, body: dict[str, Any], at: datetime) -> NewEvent:
    return NewEvent(id=ids.new(), room=ROOM, name=name, key=f"Patient/{patient}", occurred_at=at, body=body)
