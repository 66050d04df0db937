"""Brings the building to the node, once."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Protocol

from .. import identity
from .writing import write_hospital


class Desk(Protocol):
    """The business interface as this needs it."""

    async def get(self, path: str) -> Any: ...

    async def send(self, path: str, content: bytes) -> Any: ...


async def bring_building(desk: Desk, seed: int) -> bool:
    """Write the building and have the node import it, unless it has one; whether it was brought. The work is done in
    a process of its own, so that the day goes on."""
    if await desk.get("/space/buildings"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hospital.ifc"
        await _write_apart(seed, file)
        await desk.send(f"/space/imports?file_name=hospital.ifc&location_system={identity.LOCATION}", file.read_bytes())
    return True


async def _write_apart(seed: int, file: Path) -> None:
    await asyncio.to_thread(write_hospital, seed, file)
