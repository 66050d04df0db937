"""A process that loads portions: most of a load is reading, checking and indexing, which wants every core."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import DatabaseSettings, open_database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

from ..service import Store
from ..settings import StoreSettings
from .model import Outcome, Portion
from .writing import Loading

_STATEMENT_SECONDS = 300.0  # a large Bundle is one transaction


@dataclass(frozen=True, slots=True)
class Target:
    """The node that is loaded into. ``base`` is its FHIR URL; ``join`` has other rooms told of what is written; it is
    a function that another process can import."""

    database: DatabaseSettings
    store: StoreSettings
    base: str
    join: Callable[[Store], None] | None = None


class Worker:
    """Such a process as its parent sees it; it ends with its parent, whose pipe closes then."""

    def __init__(self, target: Target) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, target), daemon=True)
        self._process.start()
        theirs.close()

    async def load(self, portion: Portion) -> Outcome:
        """As ``Loading.load``; UNAVAILABLE where the process was ended."""
        return await asyncio.to_thread(self._exchange, portion)

    def _exchange(self, portion: Portion) -> Outcome:
        try:
            self._pipe.send(portion)
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise XinglinError(
                Category.UNAVAILABLE,
                "a loading process was ended; start the load again, it goes on where it was",
                "导入进程被终止，重新运行即可从中断处继续",
            ) from error
        if isinstance(answer, Outcome):
            return answer
        category, english, chinese = answer
        raise XinglinError(Category[category], english, chinese)

    def stop(self) -> None:
        """End the process once it has finished its portion."""
        self._pipe.close()
        self._process.join()


def _work(pipe: Connection, target: Target) -> None:
    try:
        asyncio.run(_serve(pipe, target))
    except KeyboardInterrupt:
        return


async def _serve(pipe: Connection, target: Target) -> None:
    settings = msgspec.structs.replace(target.database, pool_size=1, statement_timeout_seconds=_STATEMENT_SECONDS)
    database = await open_database(settings, role="loader")
    ids = SystemIds()
    store = Store(SystemClock(), ids)
    if target.join is not None:
        target.join(store)
    loading = Loading(database, store, ids, target.store, target.base)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what a portion makes is in no circle
    try:
        while True:
            try:
                portion = pipe.recv()
                pipe.send(await _answer(loading, portion))
            except (EOFError, OSError):  # the parent has ended, or given up
                return
    finally:
        await database.close()


async def _answer(loading: Loading, portion: Portion) -> Any:
    try:
        return await loading.load(portion)
    except XinglinError as error:
        return error.category.name, error.english, error.chinese
