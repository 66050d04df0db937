"""Reads by id that arrive together share a statement: a round trip to the database costs more than what it finds."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from xinglin.foundation.database import Database, current_session
from xinglin.foundation.errors import Category, XinglinError

from ..search import resource
from . import repository
from .known import known, present
from .model import Version

_TOGETHER = 100

_Kind: TypeAlias = tuple[object, str]
_Waiting: TypeAlias = list[tuple[str, str, asyncio.Future[Version | None]]]


class GatheredReads:
    """Current versions for the requests of one process. A read begins at once when none of its kind is under way; those
    that come meanwhile go together in the next statement. Of one kind are reads by the same caller and by others whom
    the database and the rules tell apart in nothing: what one may not see never travels with another's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[_Kind, _Waiting] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, type_: str, id_: str) -> Version:
        """As ``Store.read_version``."""
        known(type_, id_)
        done: asyncio.Future[Version | None] = asyncio.get_running_loop().create_future()
        kind = (current_session().reading, resource("r", type_))
        under_way = kind in self._waiting
        self._waiting.setdefault(kind, []).append((type_, id_, done))
        if not under_way:
            task = asyncio.create_task(self._drain(kind))  # it asks as the caller that it begins with
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await present(await done, type_, id_)

    async def _drain(self, kind: _Kind) -> None:
        try:
            while waiting := self._waiting[kind]:
                group, self._waiting[kind] = waiting[:_TOGETHER], waiting[_TOGETHER:]
                try:
                    await self._answer(group)
                except Exception as error:
                    _fail(group, error)
        finally:
            _fail(self._waiting.pop(kind), _stopped())

    async def _answer(self, group: _Waiting) -> None:
        asked = list(dict.fromkeys((type_, id_) for type_, id_, _ in group))
        async with self._database.connection() as connection:
            found = await repository.current_of(connection, asked)
        for type_, id_, done in group:
            if not done.done():
                done.set_result(found.get((type_, id_)))


def _fail(group: _Waiting, error: Exception) -> None:
    for _, _, done in group:
        if not done.done():
            done.set_exception(error)


def _stopped() -> XinglinError:
    return XinglinError(Category.UNAVAILABLE, "this server is stopping; try again", "服务器正在停止，请重试")
