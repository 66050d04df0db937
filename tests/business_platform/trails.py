"""What the audit trail of a running node holds, read as its database's owner."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import orjson

from nodes import RunningNode


async def chained(connection: Any, patience_seconds: float = 5) -> None:
    """Wait until everything that was noted is in the chain."""
    async with asyncio.timeout(patience_seconds):
        while await connection.fetchval("SELECT EXISTS (SELECT FROM audit_intake)"):
            await asyncio.sleep(0.02)


async def entries_of(node: RunningNode, correlation: str) -> list[dict[str, Any]]:
    """The entries of the requests that carried this ``X-Request-Id``, oldest first, with their detail read."""
    connection = await asyncpg.connect(node.servers()[0].owner_url)
    try:
        await chained(connection)
        rows = await connection.fetch(
            "SELECT * FROM audit_entry WHERE detail ->> 'correlation' = $1 ORDER BY sequence", correlation
        )
    finally:
        await connection.close()
    return [{**dict(row), "detail": orjson.loads(row["detail"])} for row in rows]
