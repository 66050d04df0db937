"""Group commit of entries: requests that end while a commit is under way share the next one."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import structlog

from xinglin.foundation.errors import Category, XinglinError

from . import intake
from .model import Entry

_GROUP_ENTRIES = 500
_GATHER_SECONDS = 0.002
_LINGER_SECONDS = 0.05
_HOLD_SECONDS = 1.0

_Waiting = list[tuple[Entry, asyncio.Future[None]]]

log = structlog.get_logger("audit")


class Recording(Protocol):
    """What the trail needs of a database; ``foundation.database.Database`` is one."""

    def recording(self) -> AbstractAsyncContextManager[Any]: ...


class Trail:
    """The way into the audit trail; ``record`` returns once the entry is on disk.

    A lone entry is committed at once. Where other requests are under way (``began``), a group waits for theirs, two
    milliseconds at most, since a commit costs the same for one as for many.
    """

    def __init__(self, database: Recording) -> None:
        self._database = database
        self._waiting: _Waiting = []
        self._under_way = 0
        self._enough: asyncio.Future[None] | None = None
        self._draining: asyncio.Task[None] | None = None
        self.recorded = 0
        self.groups = 0
        self.failed = 0

    def began(self) -> None:
        """A request began that will be recorded or ``left``."""
        self._under_way += 1

    def left(self) -> None:
        """A request that ``began`` will not be recorded, or has been."""
        self._under_way -= 1
        if self._is_enough():
            self._wake()

    async def record(self, entry: Entry) -> None:
        """Commit ``entry`` together with what others bring. Raises UNAVAILABLE or STORAGE_FULL when the database did
        not take it: what it tells of must not be answered then."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._is_enough():
            self._wake()
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        await done

    def _is_enough(self) -> bool:
        return bool(self._waiting) and (len(self._waiting) >= self._under_way or len(self._waiting) >= _GROUP_ENTRIES)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._with_connection()
        finally:
            self._draining = None
            _fail(self._waiting, _unavailable())
            self._waiting = []

    async def _with_connection(self) -> None:
        """Commit group after group on one connection, for a second at most; getting one costs more than a commit."""
        loop = asyncio.get_running_loop()
        group: _Waiting = []
        try:
            async with self._database.recording() as connection:
                until = loop.time() + _HOLD_SECONDS
                while loop.time() < until and await self._gathered():
                    group, self._waiting = self._waiting[:_GROUP_ENTRIES], self._waiting[_GROUP_ENTRIES:]
                    await intake.take_in(connection, [entry for entry, _ in group])
                    self._settle(group)
                    group = []
        except XinglinError as error:
            self._refuse(group, error)
        except Exception:
            log.exception("accesses could not be noted")
            self._refuse(group, _unavailable())

    async def _gathered(self) -> bool:
        """Whether there is a group to commit, once it is as large as it will be, or nothing came for a while."""
        if not self._waiting:
            await self._wait(_LINGER_SECONDS)
        if self._waiting and not self._is_enough():
            await self._wait(_GATHER_SECONDS)
        return bool(self._waiting)

    async def _wait(self, seconds: float) -> None:
        """Until there is enough, or so long. (A timer and a future: ``asyncio.timeout`` around an event cost more than
        the entry itself.)"""
        loop = asyncio.get_running_loop()
        self._enough = loop.create_future()
        timer = loop.call_later(seconds, self._wake)
        await self._enough
        timer.cancel()
        self._enough = None

    def _wake(self) -> None:
        if self._enough is not None and not self._enough.done():
            self._enough.set_result(None)

    def _settle(self, group: _Waiting) -> None:
        self.groups += 1
        self.recorded += len(group)
        for _, done in group:
            if not done.done():
                done.set_result(None)

    def _refuse(self, group: _Waiting, error: XinglinError) -> None:
        """Fail ``group``, or all who wait where there was no connection."""
        if not group:
            group, self._waiting = self._waiting, []
        self.failed += len(group)
        log.warning("accesses were refused: they could not be noted", entries=len(group), reason=error.english)
        _fail(group, error)


def _fail(group: _Waiting, error: XinglinError) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(error)


def _unavailable() -> XinglinError:
    return XinglinError(
        Category.UNAVAILABLE,
        "The access could not be noted in the audit trail, and therefore is not answered; try again in a moment.",
        "无法写入审计记录，因此本次访问不予应答，请稍后再试。",
        retry_after_seconds=2,
    )
