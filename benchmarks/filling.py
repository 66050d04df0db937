"""Fills a node's database at once: real index entries and the store's own statement, but as the owner, without
events, and with the searching indexes made afterwards."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from population import Population, Resource, read_templates
from xinglin.data_platform.fhir import instant
from xinglin.data_platform.search import index
from xinglin.data_platform.store import repository
from xinglin.data_platform.store.rows import Rows

PROCESSES = 2
_ROWS_PER_WRITE = 2000
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relkind = 'r' AND NOT i.indisunique AND NOT c.relispartition
    AND (c.relname = 'resource' OR c.relname LIKE 'resource\\_%' OR c.relname LIKE 'search\\_%')
ORDER BY pg_relation_size(i.indexrelid)
"""


async def fill(owner_url: str, synthea: Path, observations: int) -> dict[str, float]:
    """Fill the database; the seconds that rows, indexes and statistics took, and how many resources there are."""
    began = time.perf_counter()
    connection = await _connect(owner_url)
    definitions = [(row["name"], row["definition"]) for row in await connection.fetch(_INDEXES)]
    for name, _ in definitions:
        await connection.execute(f"DROP INDEX {name}")
    await asyncio.to_thread(_work, owner_url, synthea, observations)
    written = time.perf_counter()
    await asyncio.gather(*(_make(owner_url, definitions[place::2]) for place in range(2)))
    indexed = time.perf_counter()
    await connection.execute("VACUUM (ANALYZE)")
    many = await connection.fetchval("SELECT count(*) FROM resource")
    await connection.close()
    return {
        "resources": many,
        "rows_seconds": round(written - began, 1),
        "indexes_seconds": round(indexed - written, 1),
        "statistics_seconds": round(time.perf_counter() - indexed, 1),
    }


async def _connect(owner_url: str) -> Any:
    settings = {"xinglin.tenant": "1", "maintenance_work_mem": "512MB", "synchronous_commit": "off"}
    connection = await asyncpg.connect(owner_url, server_settings=settings)
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=lambda text: text, decoder=lambda text: text, format="binary"
    )
    return connection


async def _make(owner_url: str, definitions: list[tuple[str, str]]) -> None:
    connection = await _connect(owner_url)
    for _, definition in definitions:
        await connection.execute(definition)
    await connection.close()


def _work(owner_url: str, synthea: Path, observations: int) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_write_share, args=(owner_url, synthea, observations, place))
        for place in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit("filling failed")


def _write_share(owner_url: str, synthea: Path, observations: int, place: int) -> None:
    population = Population(read_templates(synthea), observations)
    asyncio.run(_write(owner_url, population, range(place, population.portions, PROCESSES)))


async def _write(owner_url: str, population: Population, portions: range) -> None:
    connection = await _connect(owner_url)
    now = datetime.now(UTC)
    keys = _Keys(connection)
    rows = Rows()
    for number in portions:
        for resource in population.portion(number):
            _add(rows, await keys.next(), resource, instant(now))
            if rows.many_created >= _ROWS_PER_WRITE:
                await repository.write(connection, now, rows)
                rows = Rows()
    if not rows.empty:
        await repository.write(connection, now, rows)
    await connection.close()


def _add(rows: Rows, key: int, resource: Resource, updated: str) -> None:
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    whole = {
        "resourceType": resource["resourceType"],
        "id": resource["id"],
        "meta": {"versionId": "1", "lastUpdated": updated},
        **rest,
    }
    rows.create(key, whole["resourceType"], whole["id"], 1, "PUT", orjson.dumps(whole), index(whole))


class _Keys:
    """Keys from the store's sequence, a block at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._left: Iterator[int] = iter(())

    async def next(self) -> int:
        found = next(self._left, None)
        if found is None:
            self._left = iter(await repository.reserve_keys(self._connection))
            found = next(self._left)
        return found
