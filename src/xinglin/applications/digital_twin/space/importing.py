"""Imports, one after another, in the worker: read apart, keep the document, write the Locations."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Protocol

import msgspec

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from . import repository
from .location import Resource, building_id, location_id, locations
from .model import Building, encode, tag
from .reading import read_apart

_PAUSE_SECONDS = 1.0
_LIMIT_SECONDS = 600.0
_MOST_ATTEMPTS = 2
_BATCH = 500


class Row(Protocol):
    """A row by the names of its columns."""

    def __getitem__(self, name: str) -> Any: ...


class Importing:
    """Takes what waits. A worker that dies in the middle leaves the file; the next takes it once more."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not await self.next():
                await asyncio.sleep(_PAUSE_SECONDS)

    async def next(self) -> bool:
        """Import the file that waits longest; whether there was one."""
        async with self._database.transaction() as connection:
            row = await repository.take(connection)
        if row is None:
            return False
        try:
            if row["attempts"] > _MOST_ATTEMPTS:
                raise XinglinError(Reason.INVALID, "reading this file ended the worker", "读取该文件导致进程中止")
            building = await self._read(row)
            english, chinese = await self._keep(building, row)
        except XinglinError as error:
            async with self._database.transaction() as connection:
                await repository.end(connection, row["import"], "failed", None, error.english, error.chinese)
            return True
        async with self._database.transaction() as connection:
            await repository.end(connection, row["import"], "done", building_id(building), english, chinese)
        return True

    async def _read(self, row: Row) -> Building:
        async def progress(stage: str, share: float) -> None:
            async with self._database.transaction() as connection:
                await repository.tell(connection, row["import"], stage, share)

        with tempfile.TemporaryDirectory(prefix="xinglin-building-") as folder:
            file = Path(folder) / "building"
            await asyncio.to_thread(file.write_bytes, row["content"])
            return await read_apart(file, row["unit"], progress, _LIMIT_SECONDS)

    async def _keep(self, building: Building, row: Row) -> tuple[str, str]:
        """Document and Locations in one transaction; a second import of the same file changes nothing."""
        async with self._database.transaction() as connection:
            await repository.tell(connection, row["import"], "keeping", 0.9)
            known = await self._known(connection, building, row["location_system"])
            joined = msgspec.structs.replace(
                building,
                rooms=tuple(
                    msgspec.structs.replace(
                        room, location=_location_of(building, known, room.id), unit=_unit_of(known.get(room.id, {}))
                    )
                    for room in building.rooms
                ),
            )
            document = encode(joined)
            await repository.put_building(
                connection, building_id(building), tag(document), building.name or building.name_en,
                building.name_en, self._clock.now(), document,
            )  # fmt: skip
            drafts = list(locations(building, known))
            for start in range(0, len(drafts), _BATCH):
                cause = Cause(agent=row["asked_by"], correlation_id=row["import"])
                await self._store.put_all(connection, drafts[start : start + _BATCH], cause)
        rooms, own = len(building.rooms), len(known)
        return (
            f"{rooms} rooms, {own} of them known to the hospital before",
            f"{rooms} 个房间，其中 {own} 个与医院已有位置对应",
        )

    async def _known(self, connection: Any, building: Building, system: str | None) -> dict[str, Resource]:
        """Locations that the hospital has, by room: those whose identifier in ``system`` is the room's number."""
        if not system:
            return {}
        asked = {("Location", system, room.number): room.id for room in building.rooms if room.number}
        ids = await self._store.find(connection, asked)
        held = await self._store.fetch(connection, [("Location", id_) for id_ in ids.values()])
        return {asked[token]: held["Location", id_] for token, id_ in ids.items() if ("Location", id_) in held}


def _location_of(building: Building, known: dict[str, Resource], room: str) -> str:
    return str(known[room]["id"]) if room in known else location_id(building, room)


def _unit_of(location: Resource) -> str | None:
    return str(location.get("partOf", {}).get("reference", "")).partition("/")[2] or None
