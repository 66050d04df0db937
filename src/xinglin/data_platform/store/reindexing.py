"""Index entries made anew while the node works, after a release that makes them otherwise."""

from __future__ import annotations

import asyncio

import structlog

from xinglin.foundation.database import Database

from ..fhir import parse
from ..search import INDEX_REVISION, index
from . import repository
from .rows import Rows

_AT_ONCE = 500
_PAUSE_SECONDS = 0.02

log = structlog.get_logger("store.reindexing")


class Reindexer:
    """Goes through all current resources in the order of their keys. How far it came is kept with each step, so it
    may be killed at any point; searches meanwhile miss what only new entries would find."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Make what is old anew, and then wait for ever."""
        total = 0
        while done := await self.step():
            total += done
            await asyncio.sleep(_PAUSE_SECONDS)
        if total:
            log.info("index entries made anew", resources=total, revision=INDEX_REVISION)
        await asyncio.Event().wait()

    async def step(self) -> int:
        """Make the entries of the next resources anew; how many those were, 0 when all are new."""
        async with self._database.transaction() as connection:
            revision, reached = await repository.stored_index(connection)
            if revision >= INDEX_REVISION:
                return 0
            found = await repository.contents_after(connection, reached, _AT_ONCE)
            if not found:
                await repository.note_index(connection, INDEX_REVISION, 0)
                return 0
            rows = Rows()
            for key, content in found:
                rows.index_anew(key, index(parse(content)))
            await repository.index_anew(connection, rows)
            await repository.note_index(connection, revision, found[-1][0])
            return len(found)
