"""Works the inbox off, batch after batch: one transaction each, with a fixed number of SQL statements."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from xinglin.data_platform.store import Store
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import repository
from .batch import Batch, Remembered
from .events import dead_lettered
from .intake import Transactions
from .model import Outcome, Waiting
from .settings import Hl7v2Settings

_IDLE_SECONDS = 0.02
_STANDBY_SECONDS = 1.0
_PAUSE_SECONDS = 0.5
_TRIES = 3
_PASSING = (Category.UNAVAILABLE, Category.STORAGE_FULL, Category.BUSY)

log = structlog.get_logger("hl7v2.consumer")


class Consumer:
    """One at a time over all processes, by an advisory lock that lives with each batch's transaction.

    A batch either takes effect as a whole, with its notes in the inbox and its events in the outbox, or not
    at all; it may be killed at any point. A message that cannot be mapped or written is a dead letter by
    itself; a batch that fails is halved until that message is found.
    """

    def __init__(self, database: Transactions, store: Store, settings: Hl7v2Settings, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._remembered = Remembered()
        self.processed = 0
        self.dead = 0

    async def run(self) -> None:
        """Work for ever; waits while the database is away."""
        while True:
            try:
                done = await self.step()
            except XinglinError as error:
                log.warning("the inbox waits", reason=error.english)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if done == 0:
                await asyncio.sleep(_IDLE_SECONDS)
            elif done < 0:
                await asyncio.sleep(_STANDBY_SECONDS)

    async def step(self) -> int:
        """Work off one batch; returns how many messages it had, or -1 when another process leads."""
        async with self._database.connection() as connection:
            messages = await repository.waiting(connection, self._settings.batch_messages)
        return await self._work(messages) if messages else 0

    async def _work(self, messages: Sequence[Waiting], tries: int = 1) -> int:
        try:
            return await self._commit(messages)
        except XinglinError as error:
            if error.category in _PASSING:
                raise
            if error.category is Category.CONFLICT and tries < _TRIES:
                return await self._work(messages, tries + 1)
            return await self._divide(messages, error)
        except Exception as error:
            log.exception("a batch failed", messages=len(messages))
            return await self._divide(messages, error)

    async def _commit(self, messages: Sequence[Waiting]) -> int:
        async with self._database.transaction() as connection:
            if not await repository.lead(connection):
                return -1
            mine = await repository.still_waiting(connection, [message.id for message in messages])
            batch = Batch(self._store, self._settings, self._clock, self._ids, self._remembered)
            outcomes = await batch.apply(connection, [message for message in messages if message.id in mine])
        batch.remember()
        self._count(outcomes)
        return len(messages)

    async def _divide(self, messages: Sequence[Waiting], error: Exception) -> int:
        if len(messages) == 1:
            return await self._bury(messages[0], error)
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            if await self._work(half) < 0:
                return -1
        return len(messages)

    async def _bury(self, message: Waiting, error: Exception) -> int:
        english = getattr(error, "english", None) or f"could not be written: {type(error).__name__}"
        chinese = getattr(error, "chinese", None) or f"无法写入：{type(error).__name__}"
        outcome = Outcome(message.id, "dead", english, chinese, None, None)
        now = self._clock.now()
        async with self._database.transaction() as connection:
            if not await repository.lead(connection):
                return -1
            await repository.finish(connection, [outcome], now)
            await append(connection, dead_lettered(self._ids, [message.id], now))
        self._count([outcome])
        return 1

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        dead = sum(outcome.state == "dead" for outcome in outcomes)
        self.dead += dead
        self.processed += len(outcomes) - dead
