"""The price list: one ChargeItemDefinition a price."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database

from .loading import Loaded, prices
from .model import Price, definition, price_id, price_of

_STARTER = Path(__file__).parent / "starter.csv"
_BATCH_ROWS = 500
_CAUSE = Cause(agent="settlement")


class Prices:
    """What things cost on this node today."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    async def of(self, connection: Any, asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Price]:
        """The prices of these (kind, code), in one statement; what the list does not know is left out."""
        ids = [("ChargeItemDefinition", price_id(kind, code)) for kind, code in asked]
        found = [price_of(one) for one in (await self._store.fetch(connection, ids)).values()]
        return {(one.kind, one.code): one for one in found if one is not None}

    async def load(self, path: Path) -> Loaded:
        """Take a price list in, 500 rows a transaction; the same again changes nothing. Bills that are paid keep what
        they were paid at. Raises NOT_FOUND without the file, INVALID for one that is no such table."""
        loaded = Loaded()
        rows = prices(path, loaded)
        while batch := list(islice(rows, _BATCH_ROWS)):
            with seeing(None):  # a price list is nobody's record
                async with self._database.transaction() as connection:
                    await self._store.put_all(connection, [definition(one) for one in batch], _CAUSE)
            loaded.taken += len(batch)
        return loaded

    async def keep_started(self) -> None:
        """Load the starter list where the node has no price of a visit, and wait until cancelled."""
        async with self._database.connection() as connection:
            known = await self.of(connection, [("visit", "AMB")])
        if not known:
            await self.load(_STARTER)
        await asyncio.Event().wait()
