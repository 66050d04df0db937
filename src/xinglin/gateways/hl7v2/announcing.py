"""Tells the bus what was received, apart from the commit that senders wait for."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import Ids

from . import events, repository

_LOOK_SECONDS = 0.2

log = structlog.get_logger("hl7v2.announcer")


class Announcer:
    """One ``hl7_message.received`` event for all messages of a fifth of a second. How far the bus was told is
    kept with the event in one transaction, so that each message is told once, whatever is killed when."""

    def __init__(self, database: Any, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        """Look and tell for ever; waits while the database is away."""
        while True:
            try:
                await self.announce()
            except XinglinError as error:
                log.warning("the bus was not told of new messages yet", reason=error.english)
            await asyncio.sleep(_LOOK_SECONDS)

    async def announce(self) -> int:
        """Tell of what came since the last time; returns how many messages that were."""
        async with self._database.connection() as connection:
            if not await repository.has_unannounced(connection):
                return 0
        async with self._database.transaction() as connection:
            received = await repository.announce(connection)
            await append(connection, events.received(self._ids, received, self._clock.now()))
        return len(received)
