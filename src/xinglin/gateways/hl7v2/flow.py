"""Keeps the inbox a few seconds long: when the consumer falls behind, senders are slowed to its pace."""

from __future__ import annotations

import asyncio
from typing import Any

from xinglin.foundation.errors import XinglinError

from . import repository

_LOOK_SECONDS = 0.25
_LAG_SECONDS = 4.0
_LONGEST_PAUSE_SECONDS = 0.03
_FIRST_GUESS_PER_SECOND = 500.0
_LEAST_PER_SECOND = 50.0
_WEIGHT_OF_NEWEST = 0.15


class Flow:
    """How long a group waits before it is committed, so that what is acknowledged is searchable soon after.

    No group waits longer than 30 ms, whatever the backlog: a consumer that stands still slows senders but
    never stops them. The pace is what the consumer was seen to do, so nothing needs setting.
    """

    def __init__(self, database: Any) -> None:
        self._database = database
        self._waiting = 0.0
        self._per_second = _FIRST_GUESS_PER_SECOND
        self._accepted = 0

    def took(self, messages: int) -> None:
        """Note that ``messages`` more wait."""
        self._accepted += messages

    def pause_seconds(self, messages: int) -> float:
        """How long a group of ``messages`` should wait; zero while the inbox is short."""
        if self._waiting + self._accepted < self._per_second * _LAG_SECONDS:
            return 0.0
        return min(messages / self._per_second, _LONGEST_PAUSE_SECONDS)

    async def watch(self) -> None:
        """Look at the inbox for ever."""
        loop = asyncio.get_running_loop()
        looked_at = loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                async with self._database.connection() as connection:
                    waiting = await repository.waiting_count(connection)
            except XinglinError:  # the database is away: the commit itself will say so
                continue
            now = loop.time()
            self._learn(waiting, now - looked_at)
            looked_at = now

    def _learn(self, waiting: int, seconds: float) -> None:
        worked_off = (self._waiting + self._accepted - waiting) / seconds
        if waiting > self._per_second * _LOOK_SECONDS:  # an idle consumer shows no pace
            newest = max(worked_off, _LEAST_PER_SECOND)
            self._per_second += _WEIGHT_OF_NEWEST * (newest - self._per_second)
        self._waiting, self._accepted = float(waiting), 0
