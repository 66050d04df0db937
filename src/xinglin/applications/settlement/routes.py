"""Bills and payments over HTTP: for patients, for the desk, and for the provider's call-backs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from xinglin.data_platform.search import seeing
from xinglin.foundation.database import Session
from xinglin.foundation.database import session as used_as
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, needs, principal_of, read_body, touched_of
from xinglin.foundation.module import PUBLIC

from .bill import repository as bills
from .model import (
    BillsShown,
    CashAsked,
    DayShown,
    Id,
    OrderShown,
    PayAsked,
    PaymentShown,
    ReconciliationShown,
    RefundAsked,
    RefundShown,
    WaitingShown,
)
from .payment import LONGEST_BYTES, OnlineProvider, Order, Payments, Refund, Refunds
from .reconciliation import Reconciling
from .showing import Showing, order_shown, payment_shown, reconciliation_shown

OWN = "settlement.own"
READ = "settlement.read"
TAKE = "settlement.take"
REFUND = "settlement.refund"
RECONCILE = "settlement.reconcile"
_DESK = frozenset({"registrar", "integration"})

Prove = Callable[[Principal], None]


class Heard(BaseModel):
    """What came of a call-back."""

    outcome: str


def own_router(showing: Showing, payments: Payments) -> APIRouter:
    """The operations under ``/api/bills``: everybody's own, and of those for whom they act."""
    api = APIRouter(prefix="/api/bills", tags=["bills"])

    @api.get("", openapi_extra=needs(OWN))
    async def read_bills(request: Request, patient: Id | None = Query(None)) -> BillsShown:
        """Bills of the caller and their family, or of one of them."""
        principal = principal_of(request)
        patients = [patient] if patient else list(principal.patients)
        if any(not _may(principal, one) for one in patients):
            raise _unknown("bill")
        found = await showing.bills_of(patients)
        touched_of(request.scope).add((f"Invoice/{one.id}" for bill in found.bills for one in bill.invoices), patients)
        return found

    @api.post("/invoices/{invoice}/pay", openapi_extra=needs(OWN))
    async def pay(request: Request, invoice: Id, body: PayAsked) -> OrderShown:
        """Begin to pay: where to go for it. The same again goes on with the same payment."""
        principal = principal_of(request)
        async with payments.working() as connection:
            found = await bills.invoice(connection, invoice)
        if found is None or not _may(principal, found.patient):
            raise _unknown("bill")
        return _touched(request, await payments.pay(invoice, body.amount_fen, principal.name))

    @api.get("/orders/{order}", openapi_extra=needs(OWN))
    async def read_order(request: Request, order: Id) -> OrderShown:
        """How a payment stands."""
        return _touched(request, await _own(request, payments, order))

    @api.post("/orders/{order}/check", openapi_extra=needs(OWN))
    async def check_order(request: Request, order: Id) -> OrderShown:
        """Ask the provider how a payment stands."""
        await _own(request, payments, order)
        return _touched(request, await payments.check(order))

    @api.post("/orders/{order}/cancel", openapi_extra=needs(OWN))
    async def cancel_order(request: Request, order: Id) -> OrderShown:
        """Give a payment up; it may turn out to be paid already."""
        await _own(request, payments, order)
        return _touched(request, await payments.give_up(order))

    return api


def notice_router(payments: Payments, provider: OnlineProvider | None) -> APIRouter:
    """Where the provider calls back. Anybody may call; only what the provider signed is heard."""
    api = APIRouter(prefix="/api/payment-notices", tags=["payments"])

    @api.post("", openapi_extra=needs(PUBLIC))
    async def hear_notice(request: Request) -> Heard:
        """A message of the provider, signed by it, about one order."""
        if provider is None:
            raise XinglinError(Category.NOT_FOUND, "online payment is not set up here", "本院未开通线上支付")
        text = (await read_body(request, LONGEST_BYTES)).decode("ascii", errors="replace")
        try:
            nonce, told = provider.heard(text)
        except XinglinError:
            touched_of(request.scope).refused = "payment-signature"
            raise
        with used_as(Session()), seeing(None):  # the signature says whose word it is; the act is the node's own
            outcome = await payments.hear(nonce, told)
        touched_of(request.scope).add([f"PaymentNotice/{told.order}"])
        if outcome in ("amount-differs", "unknown-order"):
            touched_of(request.scope).refused = f"payment-{outcome}"
            raise XinglinError(
                Category.UNPROCESSABLE,
                f"this is not what order {told.order} asked for; nothing was booked",
                f"与支付单 {told.order} 不符，未入账",
            )
        return Heard(outcome=outcome)

    return api


def desk_router(
    showing: Showing, payments: Payments, refunds: Refunds, reconciling: Reconciling, prove: Prove
) -> APIRouter:
    """The operations under ``/api/cashier``."""
    api = APIRouter(prefix="/api/cashier", tags=["cashier"])
    _add_reading(api, showing, reconciling)

    @api.post("/invoices/{invoice}/cash", openapi_extra=needs(TAKE))
    async def take_cash(request: Request, invoice: Id, body: CashAsked) -> PaymentShown:
        """Money came in at the desk."""
        order = await payments.take_cash(invoice, body.amount_fen, body.key, principal_of(request).name)
        touched_of(request.scope).add([f"Invoice/{order.invoice}"], [order.patient])
        return payment_shown(order, [])

    @api.post("/orders/{order}/refund", openapi_extra=needs(REFUND))
    async def refund_order(request: Request, order: Id, body: RefundAsked) -> RefundShown:
        """Send money back, for a reason, by somebody who has just proved who they are."""
        principal = principal_of(request)
        if principal.kind != "program":
            prove(principal)
        made = await refunds.refund(order, body.amount_fen, body.reason, body.key, principal.name)
        touched_of(request.scope).add([f"Invoice/{made.invoice}"])
        return _refund_shown(made)

    @api.post("/reconciliations/{day}", openapi_extra=needs(RECONCILE))
    async def reconcile(day: date) -> ReconciliationShown:
        """Compare a day with the provider's statement now."""
        return reconciliation_shown(day, await reconciling.reconcile(day))

    return api


def _add_reading(api: APIRouter, showing: Showing, reconciling: Reconciling) -> None:
    @api.get("/waiting", openapi_extra=needs(TAKE))
    async def read_waiting(request: Request) -> list[WaitingShown]:
        """Invoices that are to be paid."""
        found = await showing.waiting()
        touched_of(request.scope).add((f"Invoice/{one.invoice}" for one in found), (one.patient for one in found))
        return found

    @api.get("/patients/{patient}/bills", openapi_extra=needs(TAKE))
    async def read_bills_of(request: Request, patient: Id) -> BillsShown:
        """Everything that one patient was billed."""
        found = await showing.bills_of([patient])
        touched_of(request.scope).add((f"Invoice/{one.id}" for bill in found.bills for one in bill.invoices), [patient])
        return found

    @api.get("/days/{day}", openapi_extra=needs(READ))
    async def read_day(request: Request, day: date) -> DayShown:
        """The payments and refunds of a day."""
        found = await showing.day(day)
        touched_of(request.scope).add(
            (f"Invoice/{one.invoice}" for one in found.payments), (one.patient for one in found.payments)
        )
        return found

    @api.get("/reconciliations/{day}", openapi_extra=needs(READ))
    async def read_reconciliation(day: date) -> ReconciliationShown:
        """How a day compared when it was last compared."""
        return reconciliation_shown(day, await reconciling.read(day))


async def _own(request: Request, payments: Payments, order_id: str) -> Order:
    found = await payments.order(order_id)
    if not _may(principal_of(request), found.patient):
        raise _unknown("payment")
    return found


def _may(principal: Principal, patient: str) -> bool:
    return patient in principal.patients or bool(principal.roles & _DESK)


def _unknown(what: str) -> XinglinError:
    chinese = {"bill": "没有该账单", "payment": "没有该支付单"}[what]
    return XinglinError(Category.NOT_FOUND, f"there is no such {what}", chinese)


def _touched(request: Request, order: Order) -> OrderShown:
    touched_of(request.scope).add([f"Invoice/{order.invoice}"], [order.patient])
    return order_shown(order)


def _refund_shown(one: Refund) -> RefundShown:
    return RefundShown(
        id=one.id,
        amount_fen=one.amount_fen,
        reason=one.reason,
        state=one.state,
        said=one.said,
        made_by=one.made_by,
        made_at=one.made_at,
    )
