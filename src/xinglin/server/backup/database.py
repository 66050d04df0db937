"""Which database a backup is of, the folder's own or the external one that its settings name, and how it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from xinglin.foundation.database import Spoken

from ..settings import read_settings
from ..supervisor import DataFolder, Postgres
from ..supervisor.postgres import OWNER_ROLE
from .fingerprint import TEXT_FORM

_RESTART_SECONDS = 30.0


def external_owner_url(folder: DataFolder) -> str | None:
    """The owner's address of the external database; None when the node has its own."""
    database = read_settings(folder.settings_file).database
    return (database.owner_url or database.url) if database.url else None


@asynccontextmanager
async def resting_database(folder: DataFolder) -> AsyncIterator[str]:
    """Start the folder's PostgreSQL for as long as the block lasts; the caller holds the folder's lock."""
    server = Postgres(folder)
    await server.start()
    try:
        yield server.url(OWNER_ROLE)
    finally:
        await server.stop()


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Any]:
    """A connection that reads rows as fingerprints want them. A server that is just starting again, as the one of a
    running node after a full disk, is waited for. Raises UNAVAILABLE when it does not come, or goes in the middle."""
    with Spoken():
        connection = await _connected(url)
        try:
            yield connection
        finally:
            await connection.close()


async def _connected(url: str) -> Any:
    async with asyncio.timeout(_RESTART_SECONDS):
        while True:
            try:
                return await asyncpg.connect(url, server_settings=TEXT_FORM)
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
                await asyncio.sleep(0.2)
