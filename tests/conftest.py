"""Real servers for the tests: one embedded PostgreSQL and one NATS a run, a fresh database a module."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

import external
from nodes import RunningNode, started_node
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database, DatabaseSettings, migrate, open_database
from xinglin.server.assembly import MIGRATIONS
from xinglin.server.supervisor import DataFolder, NatsServer, Postgres
from xinglin.server.supervisor.postgres import APP_ROLE, OWNER_ROLE

SHARED = Path(os.environ.get("XINGLIN_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Data made by others; tests that need it are skipped where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"the shared data folder {folder} is absent; set XINGLIN_SHARED to where it lies")
    return folder


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres | None]:
    """A running embedded PostgreSQL for the whole run; none where the environment names a server."""
    if external.DATABASE_URL:
        yield None
        await external.drop_databases()
        return
    folder = DataFolder(tmp_path_factory.mktemp("postgres"))
    folder.create()
    server = Postgres(folder)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def new_database(postgres: Postgres | None) -> Callable[[], Awaitable[DatabaseSettings]]:
    """Makes an empty database with its two roles, on the server that the environment may name."""

    async def make() -> DatabaseSettings:
        name = f"test_{uuid.uuid4().hex[:12]}"
        if postgres is None:
            return await external.prepared_database(external.DATABASE_URL, name)
        await postgres.create_database(name)
        return DatabaseSettings(url=postgres.url(APP_ROLE, name), owner_url=postgres.url(OWNER_ROLE, name))

    return make


@pytest.fixture(scope="module")
async def database_settings(new_database: Callable[[], Awaitable[DatabaseSettings]]) -> DatabaseSettings:
    """A freshly made database with every room's migrations."""
    settings = await new_database()
    await asyncio.to_thread(migrate, settings.owner_url, MIGRATIONS)
    return settings


@pytest.fixture(scope="module")
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A pool as the node's own role on that database."""
    pool = await open_database(database_settings, role="test")
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
async def bus_settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BusSettings]:
    """A running NATS server for the whole run, or the one that the environment names."""
    if external.BUS_URL:
        yield BusSettings(url=external.next_bus_url())
        return
    folder = DataFolder(tmp_path_factory.mktemp("nats"))
    folder.create()
    server = NatsServer(folder)
    await server.start()
    yield BusSettings(url=server.url, token=server.token)
    await server.stop()


@pytest.fixture
async def bus(bus_settings: BusSettings) -> AsyncIterator[Client]:
    """A client of that NATS server."""
    client = await open_bus(bus_settings, name="test")
    yield client
    await client.close()


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """A whole empty node for the run; tests keep out of each other's way by fresh identifiers."""
    with started_node(tmp_path_factory.mktemp("node") / "data") as running:
        yield running
