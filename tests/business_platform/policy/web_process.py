"""One web process of a node, in this process: its application, its rules, and callers by role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asking import Caller
from hospitals import populate
from nats.aio.client import Client

from xinglin.business_platform.access import AccessSettings, Guard, Policies, ProtectionSettings, make_access
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds
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


async def started(database: Database, client: Client, folder: DataFolder, fill: bool) -> Process:
    """A process with doors that let in whoever is named."""
    unhurried = ProtectionSettings(0, 0, 0)  # a matrix asks more in a minute than anybody may
    settings = replace(read_settings(Path("absent.toml")), protection=unhurried)
    node = assemble(settings, folder, database, client)
    doors = _Doors()
    prove = make_access(database, SystemClock(), SystemIds(), AccessSettings()).require_recent
    node = replace(node, guard=Guard(doors, node.policies, prove))  # type: ignore[arg-type]  # sign-in is not tried here
    if fill:
        await populate(database, node.resources, node.policies)
    return Process(node, make_application(node), node.policies, doors)
