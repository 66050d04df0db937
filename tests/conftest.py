"""Real servers for the tests: one embedded PostgreSQL and one NATS a run, a fresh database a module."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from nats.aio.client import Client

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
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A running embedded PostgreSQL for the whole run."""
    folder = DataFolder(tmp_path_factory.mktemp("postgres"))
    folder.create()
    server = Postgres(folder)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def nats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NatsServer]:
    """A running NATS server for the whole run."""
    folder = DataFolder(tmp_path_factory.mktemp("nats"))
    folder.create()
    server = NatsServer(folder)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="module")
async def database_settings(postgres: Postgres) -> DatabaseSettings:
    """A freshly made database with every room's migrations, or one on the server that the environment names."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    external = os.environ.get("XINGLIN_TEST_DATABASE_URL")
    if external:
        settings = await _external_database(external, name)
    else:
        await postgres.create_database(name)
        settings = DatabaseSettings(url=postgres.url(APP_ROLE, name), owner_url=postgres.url(OWNER_ROLE, name))
    await asyncio.to_thread(migrate, settings.owner_url, MIGRATIONS)
    return settings


@pytest.fixture(scope="module")
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A pool as the node's own role on that database."""
    pool = await open_database(database_settings, role="test")
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def bus_settings(nats: NatsServer) -> BusSettings:
    """The NATS server of the run."""
    return BusSettings(url=nats.url, token=nats.token)


@pytest.fixture
async def bus(bus_settings: BusSettings) -> AsyncIterator[Client]:
    """A client of that NATS server."""
    client = await open_bus(bus_settings, name="test")
    yield client
    await client.close()


async def _external_database(url: str, name: str) -> DatabaseSettings:
    import asyncpg

    server = await asyncpg.connect(url)
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await server.close()
    inside = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    connection = await asyncpg.connect(inside)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await connection.close()
    return DatabaseSettings(url=inside, owner_url=inside)


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A whole node started as its users start it."""

    url: str
    mllp_host: str
    mllp_port: int
    token: str
    sign_in_url: str
    folder: Path
    process_id: int

    def link(self) -> str:
        """A fresh one-time sign-in link."""
        return command("link", "--data", str(self.folder))


def command(*words: str) -> str:
    """What ``xinglin`` with these words prints; fails the test when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def started_node(folder: Path, *words: str, patience_seconds: float = 120) -> Iterator[RunningNode]:
    """``xinglin up`` (or the command in ``words``) on ``folder`` until the block ends."""
    output = folder.with_suffix(".console")
    with output.open("w") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "xinglin.server.cli", *(words or ("up",)), "--data", str(folder)],
            stdout=console,
            stderr=console,
        )
    try:
        deadline = time.monotonic() + patience_seconds
        while not (found := re.search(r"https?://\S+/sign-in#\S+", output.read_text())):
            assert process.poll() is None and time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        run = json.loads((folder / "run.json").read_text())
        yield RunningNode(
            url=run["web_url"],
            mllp_host=run["mllp_host"],
            mllp_port=run["mllp_port"],
            token=command("token", "--name", "tests", "--data", str(folder)),
            sign_in_url=found.group(0),
            folder=folder,
            process_id=process.pid,
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """A whole empty node for the run; tests keep out of each other's way by fresh identifiers."""
    with started_node(tmp_path_factory.mktemp("node") / "data") as running:
        yield running
