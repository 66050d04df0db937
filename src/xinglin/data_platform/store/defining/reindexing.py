"""Index entries made anew while the node works: after a release that makes them otherwise, and for the node's own
search parameters."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError

from ...fhir import parse
from ...search import INDEX_REVISION, contained_token, index, marks_of
from .. import repository as resources
from ..model import Noticed, Watcher
from ..rows import Rows
from . import repository
from .own_parameters import DEFINING, Defining, refresh
from .repository import Walk

_AT_ONCE = 500
_PAUSE_SECONDS = 0.02
_LOOK_SECONDS = 1.0

log = structlog.get_logger("store.reindexing")


class Reindexer:
    """Goes through current resources of all tenants in the order of their keys. How far it came is kept with each step,
    so it may be killed at any point; searches meanwhile miss what only new entries would find.

    A walk begins when every transaction that may have written by older definitions has ended, so that it misses nothing
    that others write meanwhile. ``tell`` is told of each resource as of one that was written, so that what other rooms
    make of resources is made anew too.
    """

    def __init__(self, database: Database, tell: Watcher | None = None) -> None:
        self._database = database
        self._tell = tell
        self._defining = Defining()

    async def run(self) -> None:
        """Make anew what is to be, for ever."""
        while True:
            done = await self.step()
            await asyncio.sleep(_PAUSE_SECONDS if done else _LOOK_SECONDS)

    async def step(self) -> int:
        """Make the entries of the next resources anew; how many those were, 0 when there is nothing more to do now."""
        async with self._database.connection() as connection:
            if not await repository.has_work(connection, INDEX_REVISION):
                return 0
        async with self._database.transaction() as connection:
            return await self._release_step(connection)

    async def _release_step(self, connection: Any) -> int:
        """Of all types, where an older release made the entries."""
        revision, reached = await repository.release_index(connection)
        if revision >= INDEX_REVISION:
            return await self._type_step(connection)
        places = await repository.places_of_all(connection, reached, _AT_ONCE)
        if not places:
            await repository.note_release_index(connection, INDEX_REVISION, 0)
            log.info("index entries made anew", revision=INDEX_REVISION)
            return 0
        await self._anew(connection, places)
        await repository.note_release_index(connection, revision, places[-1][0])
        return len(places)

    async def _type_step(self, connection: Any) -> int:
        walk = await repository.next_walk(connection)
        if walk is None:
            return 0
        if walk.seen_at is None:
            await repository.begin(connection, walk.type)
            return 1
        holding = contained_token(walk.type)
        if walk.expected is None:
            if await repository.others_since(connection, walk.seen_at):
                return 1
            await repository.expect(connection, walk.type, holding)
        return await self._walk(connection, walk, holding)

    async def _walk(self, connection: Any, walk: Walk, holding: int) -> int:
        places = await repository.places(connection, walk.type, holding, walk.reached, _AT_ONCE)
        if places:
            await self._anew(connection, places)
            await repository.advance(connection, walk.type, len(places), places[-1][0])
            return len(places)
        await repository.conclude(connection, walk.type)
        await repository.next_revision(connection)
        log.info("index entries made anew", type=walk.type, resources=walk.done)
        return 1

    async def _anew(self, connection: Any, places: Sequence[tuple[int, int]]) -> None:
        await refresh(connection)
        of_tenant: dict[int, list[int]] = defaultdict(list)
        for key, tenant in places:
            of_tenant[tenant].append(key)
        for tenant, keys in of_tenant.items():
            await repository.become(connection, tenant)
            rows = Rows()
            definitions, noticed = [], []
            for key, version in await repository.contents(connection, keys):
                resource = parse(version.content or b"")
                rows.index_anew(key, version, index(resource))
                noticed.append(Noticed(version.type, version.id, resource, marks_of(resource), 0))
                if version.type == DEFINING:
                    definitions.append(resource)
            await resources.index_anew(connection, rows)
            if self._tell is not None:
                await self._tell(connection, noticed)
            await self._adopt(connection, definitions)

    async def _adopt(self, connection: Any, stored: Sequence[dict[str, Any]]) -> None:
        """Let what was stored before definitions were understood define, where it can."""
        for resource in stored:
            try:
                await self._defining.note(connection, [(resource["id"], resource)])
            except XinglinError as error:
                log.warning("a search parameter cannot be used", id=resource["id"], reason=error.english)
