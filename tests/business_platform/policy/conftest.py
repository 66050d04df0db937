"""A web process's application over a filled database, and a caller for every role."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hospitals import people
from web_process import Process, started

from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import DatabaseSettings, open_database
from xinglin.server.supervisor import DataFolder


@pytest.fixture(scope="module")
async def hospitals(
    database_settings: DatabaseSettings, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """Both hospitals, filled, behind one process."""
    database = await open_database(database_settings, role="web")
    client = await open_bus(bus_settings, name="web")
    folder = DataFolder(tmp_path_factory.mktemp("web"))
    yield await started(database, client, folder, fill=True)
    await client.close()
    await database.close()


@pytest.fixture(params=list(people()))
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)
