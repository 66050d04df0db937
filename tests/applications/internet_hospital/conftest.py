"""A clinic for the tests of this room, and the words for its prescriptions beside them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database

sys.path.insert(0, str(Path(__file__).parent))

from clinic import Clinic, opened


@pytest.fixture(scope="module")
async def clinic(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Clinic]:
    bus = await open_bus(bus_settings, name="web")
    async with opened(database, bus, tmp_path_factory.mktemp("clinic")) as running:
        yield running
    await bus.close()


@pytest.fixture
def wang(clinic: Clinic) -> dict[str, str]:
    return clinic.let_in("王建国", "physician", practitioner="wang", units=("cardiology",))
