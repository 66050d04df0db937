"""Ways into a running node's rooms for commands typed beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xinglin.business_platform.access import Access, Accounts, Changes, make_access
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import open_database
from xinglin.foundation.ids import SystemIds

from .settings import located, read_settings
from .supervisor import DataFolder


@asynccontextmanager
async def open_access(folder: DataFolder) -> AsyncIterator[Access]:
    """The access service of the node that runs from ``folder``; UNAVAILABLE when none does."""
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    database = await open_database(settings.database, role="command")
    try:
        yield make_access(database, SystemClock(), SystemIds(), settings.access)
    finally:
        await database.close()


@asynccontextmanager
async def open_accounts(folder: DataFolder) -> AsyncIterator[Accounts]:
    """The accounts of the node that runs from ``folder``; UNAVAILABLE when none does."""
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    database = await open_database(settings.database, role="command")
    clock, ids, changes = SystemClock(), SystemIds(), Changes(database)
    try:
        access = make_access(database, clock, ids, settings.access, changes)
        yield Accounts(database, clock, ids, settings.access, access, changes)
    finally:
        await database.close()
