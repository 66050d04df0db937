"""Ends online visits whose time is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from . import repository
from .calling import CHANGED, Calls
from .service import Online, OnlineVisits

_LOOKS_EVERY_SECONDS = 60.0
_AT_ONCE = 100

log = structlog.get_logger("online_visit")


class Closing:
    """May be killed at any point and started again; what one visit lacks stops no other."""

    def __init__(self, database: Database, visits: OnlineVisits, calls: Calls, online: Online, clock: Clock) -> None:
        self._database = database
        self._visits = visits
        self._calls = calls
        self._online = online
        self._clock = clock

    async def watch(self) -> None:
        """Close what is overdue, for ever."""
        while True:
            await self.close_overdue()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    async def close_overdue(self) -> int:
        """End every visit that was asked for longer ago than the setting allows; returns how many."""
        before = self._clock.now() - timedelta(hours=self._online.settings.online_hours)
        async with self._database.connection() as connection:
            overdue = await repository.overdue(connection, before, _AT_ONCE)
        closed = 0
        for one in overdue:
            try:
                await self._visits.finish(await self._online.queue.entry(one.encounter))
            except XinglinError as error:
                if error.category not in (Category.CONFLICT, Category.NOT_FOUND):
                    raise
                log.warning("online visit not closed", encounter=one.encounter, reason=error.english)
                continue
            await self._calls.say(one.encounter, CHANGED)
            closed += 1
        return closed
