"""What the pages show, from rows and resources."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xinglin.data_platform.fhir import name_read_here
from xinglin.data_platform.store import Store

from . import ledger
from .bill import Bill, Bills, Invoice, number_of
from .bill import repository as bills
from .model import (
    BillShown,
    BillsShown,
    DayShown,
    DifferenceShown,
    InvoiceShown,
    LineShown,
    OddNotice,
    OrderShown,
    PaymentShown,
    ReceivedShown,
    ReconciliationShown,
    RefundShown,
    WaitingShown,
)
from .payment import LIVE, Order, Payments, Refund, repository
from .reconciliation import Compared, Finding, Reconciled, Reconciling

_FRESH_VISITS = 5
_MOST_VISITS = 30
_TO_DO: dict[Finding, tuple[str, str]] = {
    "matched": ("", ""),
    "missing-here": (
        "支付机构已收款而本院未入账：再次对账会自动查询入账；仍缺失请联系支付机构",
        "The provider has it, we have not booked it: compare again, which asks and books it; if it stays, call them",
    ),
    "unknown-here": (
        "支付机构有而本院无此单：请联系支付机构核实，必要时请其原路退回",
        "This number is not ours: have the provider look into it, and return the money if need be",
    ),
    "missing-there": (
        "本院已入账而对账单没有：核对支付机构次日账单；次日仍无，请向支付机构查询",
        "We booked it and the statement lacks it: look at the next day's; if it is not there either, ask the provider",
    ),
    "amount-differs": (
        "两边金额不一致：不要自行更改，请财务与支付机构核实后办理退费或补缴",
        "The amounts differ: change nothing; finance and the provider find out which is right, then refund or collect",
    ),
}


class Showing:
    """Reads for pages; whose bills somebody may see is for the routes to say."""

    def __init__(self, store: Store, book: Bills, payments: Payments, reconciling: Reconciling) -> None:
        self._store = store
        self._book = book
        self._payments = payments
        self._reconciling = reconciling

    async def bills_of(self, patients: Sequence[str]) -> BillsShown:
        """The visits of these patients with their invoices, the newest first; the newest are worked out anew."""
        found: list[Bill] = []
        async with self._payments.working() as connection:
            encounters = await bills.accounts_of(connection, patients, _MOST_VISITS)
        for encounter in encounters[:_FRESH_VISITS]:
            async with self._payments.working() as connection:
                found.append(await self._book.refresh(connection, encounter))
        async with self._payments.working() as connection:
            found += await self._stored(connection, encounters[_FRESH_VISITS:])
            shown = await self._bills(connection, found)
        return BillsShown(
            is_online=self._payments.is_online, bills=[one for one in shown if one.patient in set(patients)]
        )

    async def waiting(self) -> list[WaitingShown]:
        """What is to be paid, for the desk."""
        async with self._payments.working() as connection:
            invoices = await bills.waiting(connection)
            names = await self._names(connection, [one.patient for one in invoices])
        return [
            WaitingShown(
                invoice=one.id,
                number=number_of(one),
                encounter=one.encounter,
                patient=one.patient,
                name=names.get(one.patient, ""),
                total_fen=one.total_fen,
                unpriced=sum(line.amount_fen is None for line in one.lines),
                made_at=one.made_at,
                is_paying=one.state == "issued",
            )
            for one in invoices
        ]

    async def day(self, day: date) -> DayShown:
        """The money of a day."""
        begin, end = self._reconciling.bounds(day)
        async with self._payments.working() as connection:
            orders = await repository.orders_paid(connection, begin, end)
            refunds = await repository.refunds_made(connection, begin, end)
            of_orders = await repository.refunds_of(connection, [one.id for one in orders])
            invoices = await bills.by_ids(connection, [one.invoice for one in orders])
            names = await self._names(connection, [one.patient for one in orders])
            turned = await ledger.turnover(connection, begin, end)
            balances = await ledger.balances(connection)
            odd = await repository.notices_at_odds(connection, begin, end)
        return DayShown(
            day=day,
            online_fen=turned.get(("payment", "online"), (0, 0))[1],
            cash_fen=turned.get(("payment", "cash"), (0, 0))[1],
            refunded_fen=-sum(turned.get(("refund", way), (0, 0))[1] for way in ("online", "cash")),
            receivable_fen=balances.get("receivable", 0),
            payments=[_received(one, of_orders, names, invoices) for one in orders],
            refunds=[_refund(one) for one in refunds],
            odd_notices=[
                OddNotice(
                    order=one.order_id,
                    outcome=one.outcome,
                    amount_fen=one.amount_fen,
                    currency=one.currency,
                    heard_at=one.heard_at,
                )
                for one in odd
            ],
        )

    async def _stored(self, connection: Any, encounters: Sequence[str]) -> list[Bill]:
        known = await self._store.fetch(connection, [("Encounter", one) for one in encounters])
        invoices = [one for one in await bills.invoices(connection, encounters) if one.state != "withdrawn"]
        return [
            Bill(known.get(("Encounter", one), {"id": one}), mine[0].patient, mine, [])
            for one in encounters
            if (mine := [each for each in invoices if each.encounter == one])
        ]

    async def _bills(self, connection: Any, found: Sequence[Bill]) -> list[BillShown]:
        ids = [one.id for bill in found for one in bill.invoices]
        orders = await repository.orders_of(connection, ids)
        refunds = await repository.refunds_of(connection, [one.id for one in orders])
        names = await self._names(connection, [one.patient for one in found])
        return [_bill(one, orders, refunds, names) for one in found if any(each.lines for each in one.invoices)]

    async def _names(self, connection: Any, patients: Sequence[str]) -> dict[str, str]:
        found = await self._store.fetch(connection, [("Patient", one) for one in patients])
        return {id_: name_read_here(one) for (_, id_), one in found.items()}


def order_shown(one: Order) -> OrderShown:
    """``one`` with its code, where there is something to go to."""
    return OrderShown(
        order=one.id,
        invoice=one.invoice,
        state=one.state,
        amount_fen=one.amount_fen,
        pay_url=one.pay_url if one.state in LIVE else "",
        qr_svg=_qr_svg(one.pay_url) if one.pay_url and one.state in LIVE else "",
        expires_at=one.expires_at,
        paid_at=one.paid_at,
    )


def payment_shown(one: Order, refunds: Sequence[Refund]) -> PaymentShown:
    """A payment with what went back of it."""
    mine = [each for each in refunds if each.order_id == one.id]
    assert one.paid_at is not None
    return PaymentShown(
        order=one.id,
        way=one.way,
        amount_fen=one.amount_fen,
        paid_at=one.paid_at,
        left_fen=one.amount_fen - sum(each.amount_fen for each in mine if each.state != "refused"),
        refunds=[_refund(each) for each in mine],
    )


def reconciliation_shown(day: date, found: Reconciled | None) -> ReconciliationShown:
    """What differs, and what to do."""
    lines = found.lines if found else []
    return ReconciliationShown(
        day=day,
        compared_at=found.at if found else None,
        matched=sum(one.finding == "matched" for one in lines),
        differences=[_difference(one) for one in lines if one.finding != "matched"],
    )


def _difference(one: Compared) -> DifferenceShown:
    chinese, english = _TO_DO[one.finding]
    return DifferenceShown(
        kind=one.kind,
        number=one.number,
        finding=one.finding,
        here_fen=one.here_fen,
        there_fen=one.there_fen,
        provider_number=one.provider_number,
        invoice=one.invoice,
        do_zh=chinese,
        do_en=english,
    )


def _bill(one: Bill, orders: Sequence[Order], refunds: Sequence[Refund], names: Mapping[str, str]) -> BillShown:
    invoices = [_invoice(each, orders, refunds) for each in one.invoices if each.lines]
    went_back = sum(
        back.amount_fen
        for each in invoices
        for payment in each.payments
        for back in payment.refunds
        if back.state != "refused"
    )
    owed = sum(line.amount_fen or 0 for line in one.owed_back)
    return BillShown(
        encounter=one.encounter["id"],
        patient=one.patient,
        patient_name=names.get(one.patient, ""),
        department=(one.encounter.get("serviceType") or {}).get("text", ""),
        began_at=(one.encounter.get("period") or {}).get("start"),
        invoices=invoices,
        owed_back_fen=max(0, owed - went_back),
    )


def _invoice(one: Invoice, orders: Sequence[Order], refunds: Sequence[Refund]) -> InvoiceShown:
    mine = [order for order in orders if order.invoice == one.id]
    assert one.state != "withdrawn"
    return InvoiceShown(
        id=one.id,
        number=number_of(one),
        state=one.state,
        lines=[
            LineShown(
                kind=line.kind,
                name_zh=line.name_zh,
                name_en=line.name_en,
                quantity=line.quantity,
                unit_zh=line.unit_zh,
                unit_fen=line.unit_fen,
                amount_fen=line.amount_fen,
            )
            for line in one.lines
        ],
        total_fen=one.total_fen,
        made_at=one.made_at,
        paid_at=one.paid_at,
        open_order=next((order.id for order in mine if order.state in LIVE), None),
        payments=[payment_shown(order, refunds) for order in mine if order.state == "paid"],
    )


def _received(
    one: Order, refunds: Sequence[Refund], names: Mapping[str, str], invoices: Mapping[str, Invoice]
) -> ReceivedShown:
    invoice = invoices.get(one.invoice)
    return ReceivedShown(
        **payment_shown(one, refunds).model_dump(),
        patient=one.patient,
        name=names.get(one.patient, ""),
        invoice=one.invoice,
        number=number_of(invoice) if invoice else "",
    )


def _refund(one: Refund) -> RefundShown:
    return RefundShown(
        id=one.id,
        amount_fen=one.amount_fen,
        reason=one.reason,
        state=one.state,
        said=one.said,
        made_by=one.made_by,
        made_at=one.made_at,
    )


def _qr_svg(text: str) -> str:
    import segno  # drawn rarely; loading it would slow every start

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, border=2, xmldecl=False)
    return out.getvalue().decode()
