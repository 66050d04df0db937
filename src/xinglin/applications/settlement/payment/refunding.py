"""Sending money back: noted first, then asked of the provider until it says yes or no."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import derived

from ..bill import repository as bills
from ..money import yuan
from . import repository
from .model import Order, Refund
from .paying import Payments
from .provider import PaymentProvider
from .taking import Taking


class Refunds:
    """Never more goes back than came in: what is asked and not refused counts as gone."""

    def __init__(self, payments: Payments, taking: Taking, provider: PaymentProvider | None, clock: Clock) -> None:
        self._payments = payments
        self._taking = taking
        self._provider = provider
        self._clock = clock

    async def refund(self, order_id: str, amount_fen: int, reason: str, key: str, by: str) -> Refund:
        """Send ``amount_fen`` of a payment back, cash at the desk, else by the provider; the same ``key`` again is the
        same refund. While the provider is away the refund stays ``asked`` and is tried again by itself.

        Raises NOT_FOUND, INVALID without a reason, CONFLICT where the payment did not come in, UNPROCESSABLE where
        less is left of it.
        """
        if not reason.strip():
            raise XinglinError(Category.INVALID, "say why the money goes back", "请写明退费原因", expression="reason")
        async with self._payments.working() as connection:
            made = await self._made(connection, order_id, amount_fen, reason.strip(), key, by)
        return await self.follow(made)

    async def follow(self, one: Refund) -> Refund:
        """Have a refund that was asked for done, or note when to try again."""
        if one.state != "asked":
            return one
        order = await self._payments.order(one.order_id)
        if order.way == "cash":
            await self._done(one, order)
        else:
            await self._ask(one, order)
        async with self._payments.working() as connection:
            found = await repository.refund(connection, one.id)
        assert found is not None
        return found

    async def _made(self, connection: Any, order_id: str, amount_fen: int, reason: str, key: str, by: str) -> Refund:
        order = await repository.order(connection, order_id)
        if order is None:
            raise XinglinError(Category.NOT_FOUND, f"there is no payment {order_id}", f"没有支付单 {order_id}")
        await bills.lock(connection, order.encounter)
        id_ = derived("refund", order_id, key)
        known = await repository.refund(connection, id_)
        if known is not None:
            return known
        if order.state != "paid":
            raise XinglinError(Category.CONFLICT, "this was not paid: nothing can go back", "该笔未支付，无法退费")
        earlier = await repository.refunds_of(connection, [order_id])
        left = order.amount_fen - sum(one.amount_fen for one in earlier if one.state != "refused")
        if not 0 < amount_fen <= left:
            raise XinglinError(
                Category.UNPROCESSABLE,
                f"at most {yuan(left)} yuan of this payment can go back",
                f"该笔最多可退 {yuan(left)} 元",
                expression="amount_fen",
            )
        invoice = await bills.invoice(connection, order.invoice)
        now = self._clock.now()
        made = Refund(
            id=id_,
            order_id=order_id,
            invoice=order.invoice,
            amount_fen=amount_fen,
            reason=reason,
            credits=invoice is not None and invoice.state == "balanced",
            state="asked",
            said="",
            made_by=by,
            made_at=now,
            ask_at=now + timedelta(seconds=30),
        )
        await repository.add_refund(connection, made)
        return made

    async def _ask(self, one: Refund, order: Order) -> None:
        if self._provider is None:
            return
        again = self._clock.now() + timedelta(seconds=min(30.0 * 2**one.asked_times, 3600.0))
        try:
            told = await self._provider.refund(one.id, order.id, one.amount_fen, one.reason)
        except XinglinError as error:
            if error.category is not Category.UNPROCESSABLE:
                async with self._payments.working() as connection:
                    await repository.ask_refund_again(connection, one.id, again)
                return
            await self._refused(one, error.english)
            return
        if told.state == "done":
            await self._done(one, order)
        elif told.state == "refused":
            await self._refused(one, told.said)
        else:
            async with self._payments.working() as connection:
                await repository.ask_refund_again(connection, one.id, again)

    async def _done(self, one: Refund, order: Order) -> None:
        async with self._payments.working() as connection:
            await self._taking.book_refund(connection, one, order)

    async def _refused(self, one: Refund, said: str) -> None:
        async with self._payments.working() as connection:
            await repository.refund_ended(connection, one.id, "refused", said[:200], self._clock.now())
