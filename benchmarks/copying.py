"""The limit of any way in: the same rows by binary COPY into the same tables with the same indexes."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import Any

import asyncpg

CONNECTIONS = 2
PORTION = 500
_MOST = 50_000
_TABLES = ("resource", "resource_token", "search_date", "search_string", "search_quantity")


async def copied_per_second(owner_url: str) -> float:
    """Resources a second that COPY brings, over two connections, a portion of 500 with its index entries in one
    transaction each. The rows are those of the store (50,000 resources at most), encoded beforehand, so that no
    client is part of the figure."""
    async with asyncpg.create_pool(owner_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        keys = [row["key"] for row in await pool.fetch("SELECT key FROM resource ORDER BY key LIMIT $1", _MOST)]
        portions = [
            await _encoded(pool, keys[first], keys[min(first + PORTION, len(keys)) - 1]) for first in _firsts(keys)
        ]
        for table in _TABLES:
            await pool.execute(f"DROP TABLE IF EXISTS bench_{table}")
            await pool.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        start = time.perf_counter()
        await asyncio.gather(*(_copy(pool, portions[place::CONNECTIONS]) for place in range(CONNECTIONS)))
        seconds = time.perf_counter() - start
        for table in _TABLES:
            await pool.execute(f"DROP TABLE bench_{table}")
    return len(keys) / seconds


def _firsts(keys: list[int]) -> range:
    return range(0, len(keys), PORTION)


async def _encoded(pool: Any, low: int, high: int) -> dict[str, bytes]:
    found = {}
    for table in _TABLES:
        text = BytesIO()
        query = f"SELECT * FROM {table} WHERE key BETWEEN {low} AND {high}"
        await pool.copy_from_query(query, output=text, format="binary")
        found[table] = text.getvalue()
    return found


async def _copy(pool: Any, portions: list[dict[str, bytes]]) -> None:
    async with pool.acquire() as connection:
        for portion in portions:
            async with connection.transaction():
                for table, text in portion.items():
                    await connection.copy_to_table(f"bench_{table}", source=BytesIO(text), format="binary")
