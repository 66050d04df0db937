"""The job that asks about what is open, so that a call-back that is lost loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError

from . import repository
from .model import Order, Refund
from .paying import Payments
from .refunding import Refunds

_LONGEST_PAUSE_SECONDS = 5.0
_Followed = TypeVar("_Followed", Order, Refund)

log = structlog.get_logger("settlement")


class Following:
    """Asks about orders and refunds when their time has come, each a little later than the time before."""

    def __init__(self, payments: Payments, refunds: Refunds, clock: Clock, ask_seconds: float) -> None:
        self._payments = payments
        self._refunds = refunds
        self._clock = clock
        self._pause_seconds = min(ask_seconds, _LONGEST_PAUSE_SECONDS)

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(self._pause_seconds)

    async def once(self) -> None:
        """Everything that is due now; one that fails does not keep the others."""
        now = self._clock.now()
        async with self._payments.working() as connection:
            orders = await repository.orders_to_ask(connection, now)
            refunds = await repository.refunds_to_ask(connection, now)
        await _each(orders, self._payments.follow)
        await _each(refunds, self._refunds.follow)


async def _each(found: Sequence[_Followed], follow: Callable[[_Followed], Awaitable[object]]) -> None:
    for one in found:
        try:
            await follow(one)
        except XinglinError as error:
            log.warning("asked about later", number=one.id, reason=error.english)
