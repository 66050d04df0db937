"""Which database a backup is of: the folder's own, or the external one that its settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..settings import read_settings
from ..supervisor import DataFolder, Postgres
from ..supervisor.postgres import OWNER_ROLE


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
