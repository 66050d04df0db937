"""What the command ``xinglin demo`` adds to a node: the made-up hospital beside it, and people to sign in as."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from xinglin.business_platform.access import Membership, NewAccount

from .entry import open_accounts
from .supervisor import Child, DataFolder

_DRIVER = (sys.executable, "-m", "xinglin_demo.cli")


class _Part(msgspec.Struct, frozen=True):
    """Somebody of the made-up hospital whom a visitor may be, as ``xinglin-demo cast`` tells."""

    login: str
    part: str
    name: str
    role: str
    unit: str = ""
    practitioner: str | None = None
    patient: str | None = None


def driver_of(folder: DataFolder, token: str, speed: float, seed: int, people: int) -> Child:
    """The demo hospital as a process of its own that holds nothing but a token and some addresses."""
    endpoints = folder.endpoints()
    secure = endpoints.web_url.startswith("https")
    return Child(
        name="demo-hospital",
        command=[
            *(*_DRIVER, "play"),
            *("--fhir", f"{endpoints.web_url}/fhir", "--api", f"{endpoints.web_url}/api"),
            *("--mllp", f"{endpoints.mllp_host}:{endpoints.mllp_port}"),
            *("--speed", str(speed), "--seed", str(seed), "--people", str(people)),
            *("--state", str(folder.path / "demo-hospital.json")),
            *(("--ca", str(folder.certificate / "ca.pem")) if secure else ()),
        ],
        log_file=folder.logs / "demo-hospital.log",
        environment={**os.environ, "XINGLIN_TOKEN": token},
    )


async def follow(log_file: Path, start_byte: int, say: Callable[[str], None]) -> None:
    """``say`` what the demo hospital says from ``start_byte`` of its log on."""
    with log_file.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(start_byte)
        while True:
            line = lines.readline()
            if line:
                say(line.rstrip())
            else:
                await asyncio.sleep(0.5)


async def cast_links(folder: DataFolder, seed: int, people: int) -> list[tuple[str, str]]:
    """Who a visitor may be, each with a one-time link; accounts are made where they are not there."""
    asked = await asyncio.create_subprocess_exec(
        *(*_DRIVER, "cast", "--seed", str(seed), "--people", str(people)), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asked.communicate()
    if asked.returncode != 0:
        return []
    found = []
    async with open_accounts(folder) as accounts:
        for one in msgspec.json.decode(told, type=list[_Part]):
            memberships = (Membership(one.role, one.unit),)
            new = NewAccount(one.name, one.login, None, one.practitioner, memberships, one.patient)
            link = await accounts.link_without_proof(new)
            found.append((one.part, f"{folder.endpoints().web_url}/sign-in#{link.secret}"))
    return found
