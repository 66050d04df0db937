"""Group commit: messages that arrive while a commit is under way share the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import structlog

from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import events, repository
from .announcing import Announcer
from .flow import Flow
from .model import Arrival, Receipt

_GROUP_MESSAGES = 500
_GROUP_BYTES = 32 * 2**20

log = structlog.get_logger("hl7v2.intake")


class Transactions(Protocol):
    """What this room needs of a database; ``foundation.database.Database`` is one."""

    def transaction(self) -> AbstractAsyncContextManager[Any]: ...

    def connection(self) -> AbstractAsyncContextManager[Any]: ...

    def writing(self) -> AbstractAsyncContextManager[Any]: ...


class Intake:
    """The way into the inbox; ``accept`` returns once the message is on disk.

    A lone message is committed at once, and under load a group is as large as what came during the commit
    before it; only when the consumer has fallen behind does a group wait for its pace (``flow``). A group of
    messages never seen before is one statement, which is its own transaction.
    """

    def __init__(self, database: Transactions, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._flow = Flow(database)
        self._queue: list[tuple[Arrival, asyncio.Future[Receipt]]] = []
        self._arrived = asyncio.Event()
        self.accepted = 0
        self.repeated = 0
        self.clashed = 0
        self.groups = 0

    async def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt]:
        """Commit ``arrivals`` together with what others bring. Raises ``XinglinError`` when the database
        did not take them; nothing of the group was written then."""
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in arrivals]
        self._queue.extend(zip(arrivals, futures, strict=True))
        self._arrived.set()
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, Receipt)]

    async def run(self) -> None:
        """Commit group after group, and tell the bus of what came, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._flow.watch())
            tasks.create_task(Announcer(self._database, self._clock, self._ids).run())
            tasks.create_task(self._commit_groups())

    async def _commit_groups(self) -> None:
        while True:
            await self._arrived.wait()
            if pause_seconds := self._flow.pause_seconds(len(self._queue)):
                await asyncio.sleep(pause_seconds)
            group = self._next_group()
            if not self._queue:
                self._arrived.clear()
            try:
                receipts = await self._commit([arrival for arrival, _ in group])
            except asyncio.CancelledError:
                _fail(group, _unavailable())
                raise
            except XinglinError as error:
                log.warning("a group was not committed", messages=len(group), reason=error.english)
                _fail(group, error)
            except Exception:
                log.exception("a group was not committed", messages=len(group))
                _fail(group, _unavailable())
            else:
                for (_, future), receipt in zip(group, receipts, strict=True):
                    if not future.done():
                        future.set_result(receipt)

    def _next_group(self) -> list[tuple[Arrival, asyncio.Future[Receipt]]]:
        size = count = 0
        for arrival, _ in self._queue[:_GROUP_MESSAGES]:
            size += len(arrival.raw)
            if count and size > _GROUP_BYTES:
                break
            count += 1
        group, self._queue = self._queue[:count], self._queue[count:]
        return group

    async def _commit(self, arrivals: list[Arrival]) -> list[Receipt]:
        async with self._database.writing() as connection:
            new = await repository.record_new(connection, arrivals)
        if len(new) == len(arrivals):
            receipts = [Receipt(new[arrival.sender, arrival.control_id], repeated=False) for arrival in arrivals]
        else:
            receipts = await self._commit_rest(arrivals, new)
        self.groups += 1
        self._flow.took(len(new))
        self.accepted += len(receipts)
        self.repeated += sum(receipt.repeated for receipt in receipts)
        self.clashed += sum(bool(receipt.clash) for receipt in receipts)
        return receipts

    async def _commit_rest(self, arrivals: list[Arrival], new: dict[tuple[str, str], int]) -> list[Receipt]:
        async with self._database.transaction() as connection:
            receipts = await repository.record_rest(connection, arrivals, new)
            dead = [receipt.id for receipt in receipts if receipt.clash and not receipt.repeated]
            await append(connection, events.clashed(self._ids, dead, arrivals[0].received_at))
        return receipts


def _fail(group: list[tuple[Arrival, asyncio.Future[Receipt]]], error: XinglinError) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)


def _unavailable() -> XinglinError:
    return XinglinError(
        Category.UNAVAILABLE, "the inbox cannot take messages now; send again", "收件箱暂不可用，请稍后重发"
    )
