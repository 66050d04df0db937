"""A building brought into a running node by a command typed beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from xinglin.applications.digital_twin import Buildings
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import open_database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

from .settings import located, read_settings
from .supervisor import DataFolder

_PAUSE_SECONDS = 0.3


async def import_file(
    file: Path, data: Path, unit: str | None, location_system: str | None, say: Callable[[str], None]
) -> str:
    """Have the node's worker import ``file`` and wait for it; what came of it. INVALID where it cannot be read."""
    folder = DataFolder(data)
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise XinglinError(
            Category.INVALID, f"{file}: cannot be read: {error}", f"{file}：无法读取：{error}"
        ) from error
    database = await open_database(settings.database, role="command")
    try:
        buildings = Buildings(database, SystemClock(), SystemIds())
        id_ = await buildings.ask(file.name, content, unit, location_system, "command")
        last = ""
        while (row := await buildings.imported(id_))["stage"] not in ("done", "failed"):
            now = f"{row['stage']} {row['share']:.0%}"
            if now != last:
                say(last := now)
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await database.close()
    if row["stage"] == "failed":
        raise XinglinError(Category.INVALID, row["english"], row["chinese"])
    return f"{row['building']}: {row['english']} {row['chinese']}"
