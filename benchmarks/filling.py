"""Fills a node's database at once: real index entries, but written past the store, by COPY as the owner, without
events and history, and with every index made afterwards."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from population import Population, read_templates
from table_files import TABLES, Files
from xinglin.data_platform.fhir import instant
from xinglin.data_platform.search import index

PROCESSES = 2
_ROWS_PER_COPY = 4000
_KEYS_PER_PORTION = 10_000  # more than a portion has resources, and what the store's sequence goes by
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS place,
    k.conname IS NOT NULL AS is_constraint,
    CASE WHEN k.conname IS NULL THEN pg_get_indexdef(i.indexrelid)
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %s %s', i.indrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
    END AS definition
FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid
WHERE i.indrelid = ANY($1::regclass[])
ORDER BY pg_relation_size(i.indexrelid)
"""


async def fill(owner_url: str, synthea: Path, observations: int) -> dict[str, float]:
    """Fill the database; the seconds that rows, indexes and statistics took, and how many resources there are."""
    began = time.perf_counter()
    connection = await _connect(owner_url)
    found = await connection.fetch(_INDEXES, list(TABLES))
    for one in found:
        drop = f"ALTER TABLE {one['place']} DROP CONSTRAINT" if one["is_constraint"] else "DROP INDEX"
        await connection.execute(f"{drop} {one['name']}")
    portions = await asyncio.to_thread(_work, owner_url, synthea, observations)
    await connection.execute("SELECT setval('resource_key', $1)", (portions + 1) * _KEYS_PER_PORTION + 1)
    written = time.perf_counter()
    await asyncio.gather(*(_make(owner_url, [one["definition"] for one in found][place::2]) for place in range(2)))
    indexed = time.perf_counter()
    await connection.execute("VACUUM (ANALYZE)")
    many = await connection.fetchval("SELECT count(*) FROM resource")
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return {
        "resources": many,
        "database_gb": round(size / 1e9, 2),
        "rows_seconds": round(written - began, 1),
        "indexes_seconds": round(indexed - written, 1),
        "statistics_seconds": round(time.perf_counter() - indexed, 1),
    }


async def _connect(owner_url: str) -> Any:
    settings = {"xinglin.tenant": "1", "maintenance_work_mem": "1GB", "synchronous_commit": "off"}
    return await asyncpg.connect(owner_url, server_settings=settings)


async def _make(owner_url: str, definitions: list[str]) -> None:
    connection = await _connect(owner_url)
    for definition in definitions:
        await connection.execute(definition)
    await connection.close()


def _work(owner_url: str, synthea: Path, observations: int) -> int:
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
    return Population(read_templates(synthea), observations).portions


def _write_share(owner_url: str, synthea: Path, observations: int, place: int) -> None:
    population = Population(read_templates(synthea), observations)
    asyncio.run(_write(owner_url, population, range(place, population.portions, PROCESSES)))


async def _write(owner_url: str, population: Population, portions: range) -> None:
    connection = await _connect(owner_url)
    now = datetime.now(UTC)
    meta = {"versionId": "1", "lastUpdated": instant(now)}
    files = Files(now)
    for number in portions:
        for place, resource in enumerate(population.portion(number)):
            whole = {"resourceType": resource["resourceType"], "id": resource["id"], **resource, "meta": meta}
            key = (number + 1) * _KEYS_PER_PORTION + place
            files.add(key, whole["resourceType"], whole["id"], orjson.dumps(whole), index(whole))
        if files.rows >= _ROWS_PER_COPY:
            await _copy(connection, files)
            files = Files(now)
    await _copy(connection, files)
    await connection.close()


async def _copy(connection: Any, files: Files) -> None:
    for table, columns in TABLES.items():
        await connection.copy_to_table(table, source=files.file(table), columns=columns, format="binary")
