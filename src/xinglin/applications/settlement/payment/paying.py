"""Paying an invoice: an order is made, followed, and given up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids, derived

from ..bill import Bills, Invoice, number_of
from ..bill import repository as bills
from ..money import CURRENCY
from ..settings import SettlementSettings
from . import repository
from .model import LIVE, Notice, Order
from .provider import OrderAsked, OrderTold, PaymentProvider
from .taking import Outcome, Taking


class Payments:
    """Each method is one or two transactions of the room's own; no transaction waits for the provider. Who is killed
    between the provider's yes and the commit loses nothing: the order is noted before it is made, and asked about."""

    def __init__(
        self,
        database: Database,
        book: Bills,
        taking: Taking,
        provider: PaymentProvider | None,
        clock: Clock,
        ids: Ids,
        settings: SettlementSettings,
        own_url: Callable[[], str],
    ) -> None:
        self._database = database
        self._book = book
        self._taking = taking
        self._provider = provider
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._own_url = own_url

    @property
    def is_online(self) -> bool:
        """Whether people can pay otherwise than at the desk."""
        return self._provider is not None

    async def pay(self, invoice_id: str, amount_fen: int, by: str) -> Order:
        """An open order with a ``pay_url`` for the invoice, of which the payer saw ``amount_fen``; the same again is
        the same order. Raises NOT_FOUND, CONFLICT where it is paid, PRECONDITION where it is not what the payer saw,
        UNPROCESSABLE where there is nothing to pay, UNAVAILABLE without an answer of the provider: then nothing was
        taken, and trying again goes on with the same order."""
        provider = self._reached()
        order = await self._live(invoice_id)
        if order is not None and order.expires_at <= self._clock.now():
            await self.give_up(order.id)
            order = None
        if order is None:
            async with self.working() as connection:
                order = await self._made(connection, invoice_id, amount_fen, by)
        return await self._opened(provider, order)

    async def take_cash(self, invoice_id: str, amount_fen: int, key: str, by: str) -> Order:
        """``amount_fen`` came in at the desk. The same ``key`` again is the same payment. An order that is open with
        the provider is closed before; where that one turns out to be paid, CONFLICT. Else raises as ``pay``."""
        live = await self._live(invoice_id)
        if live is not None:
            await self.give_up(live.id)
            raise XinglinError(
                Category.CONFLICT,
                "an online payment was under way and is closed now: look at the bill again",
                "线上支付进行中，现已处理，请刷新账单后再收款",
            )
        async with self.working() as connection:
            id_ = derived("cash", invoice_id, key)
            known = await repository.order(connection, id_)
            if known is not None:
                return known
            issued = await self._issued(connection, invoice_id, amount_fen)
            now = self._clock.now()
            order = Order(
                id=id_,
                invoice=issued.id,
                encounter=issued.encounter,
                patient=issued.patient,
                way="cash",
                amount_fen=issued.total_fen,
                state="paid",
                pay_url="",
                provider_order="",
                made_by=by,
                made_at=now,
                expires_at=now,
                paid_at=now,
            )
            await repository.add_order(connection, order)
            await self._taking.book_payment(connection, order, now)
            return order

    async def hear(self, nonce: str, told: OrderTold) -> Outcome:
        """What came of a call-back; the same again changes nothing."""
        async with self.working() as connection:
            outcome = await self._taking.take(connection, told)
            notice = Notice(nonce, told.order, outcome, told.amount_fen, told.currency, self._clock.now())
            await repository.add_notice(connection, notice)
        return outcome

    async def check(self, order_id: str) -> Order:
        """The order as the provider tells it now. Raises NOT_FOUND, UNAVAILABLE."""
        order = await self.order(order_id)
        if order.way == "online" and order.state in LIVE:
            told = await self._reached().query(order_id)
            if told.state != "unknown":  # it may be on its way there
                await self._take(told)
        return await self.order(order_id)

    async def give_up(self, order_id: str) -> Order:
        """Close the order with the provider, and take its invoice back where it was not paid after all. Raises
        NOT_FOUND, UNAVAILABLE: then it is still open."""
        order = await self.order(order_id)
        if order.state in LIVE:
            await self._take(await self._reached().close(order_id))
        return await self.order(order_id)

    async def order(self, order_id: str) -> Order:
        """Raises NOT_FOUND."""
        async with self.working() as connection:
            found = await repository.order(connection, order_id)
        if found is None:
            raise XinglinError(Category.NOT_FOUND, f"there is no payment {order_id}", f"没有支付单 {order_id}")
        return found

    async def follow(self, order: Order) -> None:
        """Ask about an open order, close it once its time is over, and note when to ask again."""
        now = self._clock.now()
        pause = min(self._settings.ask_seconds * 2 ** (order.asked_times + 1), 600.0)
        try:
            await (self.give_up if order.expires_at <= now else self.check)(order.id)
        finally:
            async with self.working() as connection:
                await repository.ask_order_again(connection, order.id, now + timedelta(seconds=pause))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Connection]:
        """A transaction of the room's own: whose bill somebody may see is for the routes to say."""
        with seeing(None):
            async with self._database.transaction() as connection:
                yield connection

    async def _take(self, told: OrderTold) -> None:
        async with self.working() as connection:
            await self._taking.take(connection, told)

    async def _live(self, invoice_id: str) -> Order | None:
        async with self.working() as connection:
            found = await repository.orders_of(connection, [invoice_id])
        return next((one for one in found if one.state in LIVE), None)

    async def _made(self, connection: Any, invoice_id: str, amount_fen: int, by: str) -> Order:
        issued = await self._issued(connection, invoice_id, amount_fen)
        for one in await repository.orders_of(connection, [issued.id]):
            if one.state in LIVE:  # somebody pressed at the same time
                return one
        now = self._clock.now()
        order = Order(
            id=self._ids.new(),
            invoice=issued.id,
            encounter=issued.encounter,
            patient=issued.patient,
            way="online",
            amount_fen=issued.total_fen,
            state="created",
            pay_url="",
            provider_order="",
            made_by=by,
            made_at=now,
            expires_at=now + timedelta(minutes=self._settings.order_minutes),
            ask_at=now + timedelta(seconds=self._settings.ask_seconds),
        )
        await repository.add_order(connection, order)
        return order

    async def _issued(self, connection: Any, invoice_id: str, amount_fen: int) -> Invoice:
        """The invoice as it is now, fixed."""
        found = await bills.invoice(connection, invoice_id)
        if found is not None:
            await self._book.refresh(connection, found.encounter)
            found = await bills.invoice(connection, invoice_id)
        if found is None or found.state == "withdrawn":
            raise XinglinError(Category.NOT_FOUND, "this bill was made out anew", "该账单已更新，请刷新")
        if found.state == "balanced":
            raise XinglinError(Category.CONFLICT, "this bill is paid already", "该账单已支付，无需重复缴费")
        if found.total_fen == 0:
            raise XinglinError(Category.UNPROCESSABLE, "there is nothing to pay here", "没有待缴费用")
        if found.total_fen != amount_fen:
            raise XinglinError(
                Category.PRECONDITION, "the bill changed meanwhile: look at it again", "账单金额已变化，请刷新后再缴费"
            )
        return found if found.state == "issued" else await self._book.issue(connection, found)

    async def _opened(self, provider: PaymentProvider, order: Order) -> Order:
        async with self.working() as connection:
            invoice = await bills.invoice(connection, order.invoice)
        assert invoice is not None
        base = self._own_url().rstrip("/")
        asked = OrderAsked(
            order=order.id,
            amount_fen=order.amount_fen,
            currency=CURRENCY,
            title=f"门诊费用 Outpatient bill {number_of(invoice)}",
            expires_at=order.expires_at,
            notify_url=f"{base}/api/payment-notices",
            return_url=f"{base}/bills?order={order.id}",
        )
        told = await provider.create(asked)
        async with self.working() as connection:
            await repository.opened(connection, order.id, told.pay_url, told.provider_order)
            if told.state != "open":
                await self._taking.take(connection, told)
        return await self.order(order.id)

    def _reached(self) -> PaymentProvider:
        if self._provider is None:
            raise XinglinError(
                Category.UNAVAILABLE,
                "online payment is not set up here: pay at the desk",
                "本院未开通线上支付，请到窗口缴费",
            )
        return self._provider
