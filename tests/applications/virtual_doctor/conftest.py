"""A clinic over the wire, as the consulting room's tests have it, for tests before the doctor."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database

sys.path.insert(0, str(Path(__file__).parent.parent / "internet_hospital"))

from clinic import Clinic as WholeClinic
from clinic import opened


@pytest.fixture(scope="module")
async def house(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WholeClinic]:
    bus = await open_bus(bus_settings, name="web")
    async with opened(database, bus, tmp_path_factory.mktemp("house")) as running:
        yield running
    await bus.close()
