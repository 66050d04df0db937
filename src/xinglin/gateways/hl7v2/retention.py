"""Forgets messages after the days that the settings give them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError

from .intake import Transactions
from .repository import retention

_EVERY_SECONDS = 3600.0
_PIECE_MESSAGES = 500
_BREATH_SECONDS = 0.05

log = structlog.get_logger("hl7v2.retention")


class Retention:
    """Processed and superseded messages go ``keep_processed_days`` after they came; what they became in FHIR
    stays. A dead letter stays until a person has dealt with it."""

    def __init__(self, database: Transactions, keep_processed_days: int, clock: Clock) -> None:
        self._database = database
        self._kept = timedelta(days=keep_processed_days)
        self._clock = clock

    async def run(self) -> None:
        """Forget every hour, for ever."""
        while True:
            try:
                forgotten = await self.forget()
            except XinglinError as error:
                log.warning("old messages stay for now", reason=error.english)
            else:
                if forgotten:
                    log.info("old messages forgotten", messages=forgotten)
            await asyncio.sleep(_EVERY_SECONDS)

    async def forget(self) -> int:
        """Forget all whose time is over, a piece a transaction; returns how many."""
        before, total = self._clock.now() - self._kept, 0
        while True:
            async with self._database.transaction() as connection:
                piece = await retention.forget(connection, before, _PIECE_MESSAGES)
            total += piece
            if piece < _PIECE_MESSAGES:
                return total
            await asyncio.sleep(_BREATH_SECONDS)
