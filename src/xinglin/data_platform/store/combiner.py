"""Writes that arrive together share a transaction: one statement and one commit for all that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from xinglin.foundation.database import Connection, Database, Session, current_session, session
from xinglin.foundation.errors import Category, XinglinError

from .model import Cause, Draft, Written
from .writer import AT_ONCE, Writer

_TOGETHER = 100
_AT_ONCE = 4
_PATIENCE_SECONDS = 0.025
_ALL_ALIKE = (Category.UNAVAILABLE, Category.STORAGE_FULL)


Opened: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    draft: Draft
    cause: Cause
    shared: Session
    done: asyncio.Future[Written]


class Combiner:
    """Single writes of one process. A write starts at once when no transaction is open; those that come while
    one commits go together in the next. Each is acknowledged only after its commit, and fails alone.

    While one transaction takes long, as where it waits for a row that another holds, others go on beside it.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._waiting: list[_Waiting] = []
        self._running: set[asyncio.Task[None]] = set()
        self._began_at = 0.0
        self._relief: asyncio.TimerHandle | None = None

    async def write(self, draft: Draft, cause: Cause) -> Written:
        """``draft`` written and committed. Raises what ``Writer.write`` raises, for this draft alone."""
        done: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(draft, cause, _shared(), done))
        if not self._running:
            self._start()
        elif self._relief is None:
            self._relief = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._relieve)
        return await done

    def _start(self) -> None:
        self._running.add(asyncio.create_task(self._drain()))

    def _relieve(self) -> None:
        loop, self._relief = asyncio.get_running_loop(), None
        if not self._waiting:
            return
        if loop.time() - self._began_at >= _PATIENCE_SECONDS and len(self._running) < _AT_ONCE:
            self._start()
        self._relief = loop.call_later(_PATIENCE_SECONDS, self._relieve)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._take()
                self._began_at = asyncio.get_running_loop().time()
                try:
                    await self._commit(batch)
                except Exception as error:
                    await self._one_by_one(batch, error)
        finally:
            self._running = {task for task in self._running if task is not asyncio.current_task()}

    def _take(self) -> tuple[list[_Waiting], list[_Waiting]]:
        """The next drafts of one cause and institution, one a resource at most, so that each meets what is current."""
        taken: list[_Waiting] = []
        left: list[_Waiting] = []
        places: set[tuple[str, str]] = set()
        for one in self._waiting:
            place = (one.draft.type, one.draft.id)
            alike = not taken or (one.cause == taken[0].cause and one.shared == taken[0].shared)
            fits = len(taken) < _TOGETHER and place not in places and alike
            (taken if fits else left).append(one)
            places.add(place)
        return taken, left

    async def _commit(self, batch: list[_Waiting]) -> None:
        drafts = [one.draft for one in batch]
        is_one_statement = len(drafts) < AT_ONCE and all(
            one.fresh and not self._writer.needs_transaction(one.type) for one in drafts
        )
        opened = self._database.writing if is_one_statement else self._database.transaction
        with session(batch[0].shared):
            await self._commit_in(opened, batch)

    async def _commit_in(self, opened: Opened, batch: list[_Waiting]) -> None:
        drafts = [one.draft for one in batch]
        async with opened() as connection:
            results = await self._writer.write_each(connection, drafts, batch[0].cause)
        for one, result in zip(batch, results, strict=True):
            if one.done.done():
                continue
            if isinstance(result, XinglinError):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)

    async def _one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        """What failed together is tried apart, so that one bad write does not fail its neighbours; not where the
        database is away, since then all fail alike."""
        apart = len(batch) > 1 and not (isinstance(error, XinglinError) and error.category in _ALL_ALIKE)
        for one in batch:
            if apart:
                try:
                    await self._commit([one])
                    continue
                except Exception as own:
                    error = own
            if not one.done.done():
                one.done.set_exception(error)


def _shared() -> Session:
    """The caller's session, as far as it may carry others' writes too."""
    shared = current_session().shared
    return Session(reading=shared, writing=shared, shared=shared)
