"""Works the inbox off, batch after batch: one transaction each, with a fixed number of SQL statements."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
_TRIES_ALONE = 20
_APART_SECONDS = 0.02
_COLLECT_AT_REST_MESSAGES = 20_000
_COLLECT_AT_LAST_MESSAGES = 200_000
_PASSING = (Category.UNAVAILABLE, Category.STORAGE_FULL, Category.BUSY)
_OVERTAKEN = (Category.CONFLICT, Category.PRECONDITION)

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
        ahead: Batch | None = None
        uncollected = 0
        while True:
            try:
                done, ahead = await self._turn(ahead)
            except XinglinError as error:
                log.warning("the inbox waits", reason=error.english)
                ahead = None
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            uncollected += max(done, 0)
            if uncollected > (_COLLECT_AT_LAST_MESSAGES if done else _COLLECT_AT_REST_MESSAGES):
                _collect()
                uncollected = 0
            if done < 0:
                await asyncio.sleep(_STANDBY_SECONDS)
            elif done == 0:
                await asyncio.sleep(_IDLE_SECONDS)

    async def drain(self) -> int:
        """Work until no message waits; returns how many there were."""
        total, ahead = 0, None
        while True:
            done, ahead = await self._turn(ahead)
            if done <= 0:
                return total
            total += done

    async def _turn(self, batch: Batch | None) -> tuple[int, Batch | None]:
        """Write ``batch`` and meanwhile map the next one on top of it, since writing is mostly waiting.

        Returns how many messages were worked off (-1: another process leads) and the next batch; that one
        is dropped whenever what it rests on was not written as it was.
        """
        batch = batch or await self._prepare(None)
        if batch is None:
            return 0, None
        with _no_collection():
            return await self._write_and_map(batch)

    async def _write_and_map(self, batch: Batch) -> tuple[int, Batch | None]:
        following = asyncio.create_task(self._prepare(batch))
        try:
            done = await self._commit(batch)
        except Exception as error:
            await _dropped(following)
            return await self._recover(batch.messages, error), None
        except asyncio.CancelledError:
            await _dropped(following)
            raise
        if done <= 0:
            await _dropped(following)
            return done, None
        return done, await following

    async def _prepare(self, after: Batch | None, messages: Sequence[Waiting] | None = None) -> Batch | None:
        async with self._database.connection() as connection:
            if messages is None:
                newest = after.messages[-1].id if after else 0
                messages = await repository.waiting(connection, newest, self._settings.batch_messages)
            if not messages:
                return None
            batch = Batch(self._store, self._settings, self._clock, self._ids, self._remembered)
            await batch.prepare(connection, messages, after)
            return batch

    async def _commit(self, batch: Batch) -> int:
        async with self._database.transaction() as connection:
            if not await repository.lead(connection):
                return -1
            waiting = await repository.still_waiting(connection, [message.id for message in batch.messages])
            if len(waiting) < len(batch.messages):
                return 0
            outcomes = await batch.write(connection)
        batch.remember()
        self._count(outcomes)
        return len(batch.messages)

    async def _recover(self, messages: Sequence[Waiting], error: Exception, tries: int = 1) -> int:
        """After ``messages`` could not be written together: wait, try again, or find the one at fault."""
        if isinstance(error, XinglinError) and error.category in _PASSING:
            raise error
        if isinstance(error, XinglinError) and error.category in _OVERTAKEN and tries < _tries_of(messages):
            if tries >= _TRIES:  # others change the same resources again and again: come between them
                await asyncio.sleep(random.uniform(0, _APART_SECONDS * tries))  # noqa: S311 - no secret
            return await self._work(messages, tries + 1)
        if not isinstance(error, XinglinError):
            log.error("a batch failed", messages=len(messages), exc_info=error)
        return await self._divide(messages, error)

    async def _work(self, messages: Sequence[Waiting], tries: int = 1) -> int:
        try:
            batch = await self._prepare(None, messages)
            return await self._commit(batch) if batch else 0
        except Exception as error:
            return await self._recover(messages, error, tries)

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


def _tries_of(messages: Sequence[Waiting]) -> int:
    """A message by itself is not at fault when others come first; for all that, those behind it must not wait long."""
    return _TRIES if len(messages) > 1 else _TRIES_ALONE


@contextmanager
def _no_collection() -> Iterator[None]:
    """A batch makes a hundred thousand objects and no circles: looking for some took a sixth of the time. What is
    left of it is not looked through either before ``_collect``, which waits for an empty inbox."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _collect() -> None:
    """Look for circles in all that was made since the process started."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def _dropped(task: asyncio.Task[Batch | None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
