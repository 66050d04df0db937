"""A web process's application over a filled database, and a caller for every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from asking import Caller
from hospitals import people, populate
from nats.aio.client import Client

from xinglin.business_platform.access import Guard, Policies
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database, DatabaseSettings, open_database
from xinglin.foundation.http import Principal
from xinglin.server.assembly import Node, assemble
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder
from xinglin.server.web import make_application


class _Doors:
    """In place of sign-in: whoever names an account is it."""

    def __init__(self) -> None:
        self.people: dict[str, Principal] = {}

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        return self.people.get(secret)


@dataclass(frozen=True, slots=True)
class Process:
    """One web process: its application, its rules, and callers by role."""

    node: Node
    application: Any
    policies: Policies
    doors: _Doors

    def caller(self, principal: Principal) -> Caller:
        self.doors.people[principal.session_id] = principal
        return Caller(self.application, principal.session_id)


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


async def started(database: Database, client: Client, folder: DataFolder, fill: bool) -> Process:
    """A process with doors that let in whoever is named."""
    node = assemble(read_settings(Path("absent.toml")), folder, database, client)
    doors = _Doors()
    node = replace(node, guard=Guard(doors, node.policies))  # type: ignore[arg-type]  # sign-in is not what is tried
    if fill:
        await populate(database, node.resources, node.policies)
    return Process(node, make_application(node), node.policies, doors)


@pytest.fixture(params=list(people()))
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)
