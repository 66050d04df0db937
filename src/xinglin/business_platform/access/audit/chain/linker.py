"""Takes entries out of the intake, in the order of their commits, and links each to the one before it."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from .. import repository
from ..intake import taken_out
from ..model import Digest
from .digest import GENESIS, canonical_of_entry, linked

_PAUSE_SECONDS = 0.25
_GROUPS = 200


class Transactions(Protocol):
    """What the chain needs of a database; ``foundation.database.Database`` is one."""

    def transaction(self) -> AbstractAsyncContextManager[Any]: ...

    def connection(self) -> AbstractAsyncContextManager[Any]: ...


class Linker:
    """One per node. An entry is in the chain and can be searched for within a second of its answer; one that is killed
    in between leaves the intake as it was."""

    def __init__(self, database: Transactions, digest: Digest) -> None:
        self._database = database
        self._digest: Digest = digest

    async def run(self) -> None:
        """Link for ever; raises when the database fails, to be started again."""
        while True:
            if await self.link() < _GROUPS:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def link(self) -> int:
        """Link the oldest entries that wait; returns how many."""
        async with self._database.connection() as connection:
            if not await repository.waits(connection):
                return 0
        async with self._database.transaction() as connection:
            sequence, previous = await repository.head(connection) or (0, GENESIS)
            entries = await taken_out(connection, _GROUPS)
            hashes: list[bytes] = []
            for place, entry in enumerate(entries, sequence + 1):
                previous = linked(previous, canonical_of_entry(entry, place), self._digest)
                hashes.append(previous)
            await repository.append(connection, sequence + 1, entries, hashes, self._digest)
        return len(entries)
