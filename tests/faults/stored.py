"""What a node's tables hold, read past its own code, and what must be true of them whatever was killed when."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from faults.bundles import MARK, PARTS, POOL, Ledger, Place
from xinglin.data_platform.search import INDEX_REVISION
from xinglin.data_platform.store.defining import Reindexer
from xinglin.foundation.database import Database, DatabaseSettings

_BACK_SECONDS = 60
_VERSIONS = "SELECT type, id, version, content::text FROM resource"
_OLD_VERSIONS = "SELECT type, id, version, content::text FROM resource_history"
_INDEX_TABLES = """
SELECT table_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'key' AND (table_name LIKE 'search\\_%' OR table_name = 'resource_token')
"""


@dataclass
class Stored:
    """Every version of every resource, and every change that the event log tells."""

    versions: dict[Place, dict[str, Any] | None] = field(default_factory=dict)
    told: Counter[Place] = field(default_factory=Counter)

    @classmethod
    async def of(cls, settings: DatabaseSettings) -> Stored:
        found = cls()
        connection = await _connected(settings)
        try:
            async with connection.transaction(isolation="repeatable_read"):
                for row in await connection.fetch(f"{_VERSIONS} UNION ALL {_OLD_VERSIONS}"):
                    place = row["type"], row["id"], row["version"]
                    assert place not in found.versions, f"{place} is there twice"
                    found.versions[place] = None if row["content"] is None else json.loads(row["content"])
                for row in await connection.fetch("SELECT body::text FROM event WHERE name = 'resource.changed'"):
                    for change in json.loads(row["body"])["changes"]:
                        found.told[change["type"], change["id"], change["version"]] += 1
        finally:
            await connection.close()
        return found

    def check(self, ledger: Ledger) -> None:
        """Acknowledged = present, nothing half, no gap in a history, nobody made twice, every change told once."""
        parts: defaultdict[str, list[Place]] = defaultdict(list)
        pooled: defaultdict[str, set[str]] = defaultdict(set)
        for place, resource in self.versions.items():
            for identifier in (resource or {}).get("identifier", ()):
                if identifier["system"] == MARK:
                    parts[identifier["value"]].append(place)
                elif identifier["system"] == POOL:
                    pooled[identifier["value"]].add(place[1])
        lost = {mark: places for mark, places in ledger.acknowledged().items() if sorted(parts[mark]) != sorted(places)}
        half = {mark: places for mark, places in parts.items() if places and _kinds(places) != PARTS}
        assert not lost, f"acknowledged, but not there as told: {lost}"
        assert not half, f"written by half: {half}"
        assert parts.keys() <= ledger.sent.keys()
        assert all(len(ids) == 1 for ids in pooled.values()), f"made more than once: {pooled}"
        assert self.told == Counter(self.versions.keys()), "the event log and the rows differ"
        self.check_histories()

    def check_histories(self) -> None:
        numbers: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for type_, id_, version in self.versions:
            numbers[type_, id_].append(version)
        gaps = {place: found for place, found in numbers.items() if sorted(found) != list(range(1, len(found) + 1))}
        assert not gaps, f"versions with gaps: {gaps}"


async def _connected(settings: DatabaseSettings) -> asyncpg.Connection:
    """A session of a server that may be starting: those of a killed one finish what they were told meanwhile, so that
    an acknowledgement does not show that it is back."""
    async with asyncio.timeout(_BACK_SECONDS):
        while True:
            try:
                return await asyncpg.connect(settings.owner_url)
            except (asyncpg.CannotConnectNowError, OSError):
                await asyncio.sleep(0.1)


def _kinds(places: list[Place]) -> dict[str, int]:
    return dict(sorted(Counter(type_ for type_, _, _ in places).items()))


async def check_index(database: Database, settings: DatabaseSettings) -> None:
    """Every index entry is what indexing the current rows anew makes, and none belongs to a row that is not there.

    The node must not be written to meanwhile.
    """
    before = await _index_entries(settings)
    async with database.transaction() as connection:
        await connection.execute("UPDATE store_index SET revision = $1, reached = 0", INDEX_REVISION - 1)
    reindexer = Reindexer(database)
    while await reindexer.step():
        pass
    assert await _index_entries(settings) == before


async def _index_entries(settings: DatabaseSettings) -> Counter[str]:
    connection = await asyncpg.connect(settings.owner_url)
    try:
        tables = [row["table_name"] for row in await connection.fetch(_INDEX_TABLES)]
        assert {"resource_token", "search_date", "search_string", "search_quantity"} <= set(tables)
        entries: Counter[str] = Counter()
        for table in tables:
            entries.update(row[0] for row in await connection.fetch(f"SELECT '{table} ' || one::text FROM {table} one"))
            stray = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE key NOT IN (SELECT key FROM resource)"
            )
            assert stray == 0, f"{table} holds {stray} entries of rows that are not there"
    finally:
        await connection.close()
    return entries
