"""What is done in one transaction when it is known how an order or a refund stands. Told twice, it is done once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from xinglin.data_platform.store import Store
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.ids import Ids, derived

from .. import events, ledger
from ..bill import CAUSE, Bills
from ..bill import repository as bills
from ..money import CURRENCY, fhir_money
from . import repository
from .model import LIVE, Order, Refund
from .provider import OrderTold

Outcome = Literal["paid", "again", "paid-late", "closed", "open", "amount-differs", "unknown-order"]
_ORDER_NUMBER = "https://xinglin.health/id/payment-order"
_LATE = "已取消后到账，原路退回 paid after it was cancelled"


class Taking:
    """Every method works in the caller's transaction."""

    def __init__(self, store: Store, book: Bills, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._ids = ids

    async def take(self, connection: Any, told: OrderTold) -> Outcome:
        """Do what ``told`` asks for. An amount or a currency that is not the order's changes nothing: a person looks at
        it. A payment of a cancelled order is booked and goes back by itself."""
        found = await repository.order(connection, told.order)
        if found is None:
            return "unknown-order"
        await bills.lock(connection, found.encounter)
        found = await repository.order(connection, told.order)
        assert found is not None
        if told.state == "paid":
            return await self._paid(connection, found, told)
        if told.state in ("closed", "unknown") and found.state in LIVE:
            await self._close(connection, found)
            return "closed"
        return "open" if found.state in LIVE else "again"

    async def book_payment(self, connection: Any, one: Order, at: datetime) -> None:
        """Write a payment of an issued invoice into the ledger, the bill and the record."""
        await ledger.post(connection, ledger.paid(one.id, one.invoice, one.way, one.amount_fen), self._clock.now())
        found = await bills.invoice(connection, one.invoice)
        assert found is not None
        if found.state == "issued":
            await self._book.balance(connection, found, at)
        await self._store.put_all(connection, [_notice(one.id, one, one.amount_fen, "paid", at)], CAUSE)
        told = events.received(self._ids, one.patient, one.invoice, one.id, one.amount_fen, self._clock.now())
        await append(connection, [told])

    async def book_refund(self, connection: Any, refund: Refund, of: Order) -> None:
        """Write money that went back; a refund that is done already stays as it is."""
        await bills.lock(connection, of.encounter)
        now = self._clock.now()
        entry = ledger.refunded(refund.id, refund.invoice, of.way, refund.amount_fen)
        if not await ledger.post(connection, entry, now):
            return
        if refund.credits:
            await ledger.post(connection, ledger.credited(refund.id, refund.invoice, refund.amount_fen), now)
        await repository.refund_ended(connection, refund.id, "done", "", now)
        await self._store.put_all(connection, [_notice(refund.id, of, -refund.amount_fen, "refunded", now)], CAUSE)
        told = events.refunded(self._ids, of.patient, refund.invoice, refund.id, refund.amount_fen, now)
        await append(connection, [told])

    async def _paid(self, connection: Any, one: Order, told: OrderTold) -> Outcome:
        if one.state == "paid":
            return "again"
        if told.amount_fen != one.amount_fen or told.currency != CURRENCY:
            return "amount-differs"
        at = told.paid_at or self._clock.now()
        await repository.paid(connection, one.id, told.provider_order, at)
        await self.book_payment(connection, one, at)
        if one.state in LIVE:
            return "paid"
        now = self._clock.now()
        back = Refund(
            id=derived("refund", one.id, "late"),
            order_id=one.id,
            invoice=one.invoice,
            amount_fen=one.amount_fen,
            reason=_LATE,
            credits=False,
            state="asked",
            said="",
            made_by="settlement",
            made_at=now,
            ask_at=now,
        )
        await repository.add_refund(connection, back)
        return "paid-late"

    async def _close(self, connection: Any, one: Order) -> None:
        await repository.closed(connection, one.id)
        found = await bills.invoice(connection, one.invoice)
        if found is not None and found.state == "issued":
            await self._book.withdraw(connection, found)


def _notice(key: str, one: Order, fen: int, state: str, at: datetime) -> dict[str, Any]:
    """As PaymentNotice (hl7.org/fhir/R4/paymentnotice.html); the payment itself is the provider's, so it is named."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "resourceType": "PaymentNotice",
        "id": derived("payment-notice", key),
        "identifier": [{"system": _ORDER_NUMBER, "value": key}],
        "status": "active",
        "request": {"reference": f"Invoice/{one.invoice}"},
        "created": moment,
        "payment": {"identifier": {"system": _ORDER_NUMBER, "value": one.provider_order or one.id}},
        "paymentDate": moment[:10],
        "recipient": {"display": "本机构 This institution"},
        "amount": fhir_money(fen),
        "paymentStatus": {"text": state},
    }
