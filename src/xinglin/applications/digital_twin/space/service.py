"""Buildings as they are kept: asked to be imported, read with their repairs, repaired, shut and opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import Ids, derived

from . import repository
from .joining import Suggestion, components, repaired, suggestions
from .model import Building, Repair, decode, encode, tag

_MOST_WAITING = 8
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Closure:
    """A room or door that nobody may pass, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A building as it stands: repairs made, and what is shut. ``tag`` changes with either."""

    id: str
    building: Building
    repairs: dict[str, Repair]
    closures: tuple[Closure, ...]
    tag: str
    document: bytes


class Buildings:
    """The node's buildings. Documents are kept in memory by their tag; every read asks the database for it."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._held: dict[str, Standing] = {}

    async def ask(self, file_name: str, content: bytes, unit: str | None, system: str | None, by: str) -> str:
        """Have a file imported; the id by which its course is asked. BUSY where many wait."""
        id_ = self._ids.new()
        async with self._database.transaction() as connection:
            if await repository.waiting_count(connection) >= _MOST_WAITING:
                raise XinglinError(
                    Reason.UNAVAILABLE,
                    "Other buildings are being imported; send again in a minute.",
                    "其他建筑正在导入，请稍后再传。",
                    retry_after_seconds=60,
                )
            now = self._clock.now()
            await repository.ask(connection, id_, file_name[:200], content, unit, system, by, now)
        return id_

    async def imported(self, id_: str) -> Any:
        """How an import stands. NOT_FOUND where there is none."""
        async with self._database.connection() as connection:
            row = await repository.imported(connection, id_)
        if row is None:
            raise XinglinError(Reason.NOT_FOUND, "there is no such import", "没有这次导入")
        return row

    async def all(self) -> list[Any]:
        """Every building, the oldest first."""
        async with self._database.connection() as connection:
            return await repository.buildings(connection)

    async def standing(self, id_: str) -> Standing:
        """A building as it stands now. NOT_FOUND where there is none."""
        async with self._database.connection() as connection:
            state = await repository.state(connection, id_)
            if state is None:
                raise XinglinError(Reason.NOT_FOUND, "there is no such building", "没有这座建筑")
            own, repairs, closures = state
            shut = tuple(Closure(row["place"], row["reason"]) for row in closures)
            now = tag(repr((own, [row["repair"] for row in repairs], shut)).encode())
            held = self._held.get(id_)
            if held is not None and held.tag == now:
                return held
            document = await repository.document(connection, id_)
        made = {row["repair"]: Repair((row["one"], row["other"]), row["door"]) for row in repairs}
        building = repaired(decode(document or b""), made.values())
        found = Standing(id_, building, made, shut, now, encode(building))
        if len(self._held) >= _KEPT:
            self._held.pop(next(iter(self._held)))
        self._held[id_] = found
        return found

    async def report(self, id_: str) -> tuple[Standing, list[list[str]], list[Suggestion]]:
        """A building, its sets of rooms that hang together, and what would join them."""
        found = await self.standing(id_)
        return found, components(found.building), suggestions(found.building)

    async def repair(self, id_: str, repairs: list[Repair], by: str) -> None:
        """Keep repairs. INVALID where one names a room or door that the building lacks."""
        found = await self.standing(id_)
        rooms, doors = {room.id for room in found.building.rooms}, {door.id for door in found.building.doors}
        for repair in repairs:
            if len({*repair.rooms}) != 2 or not {*repair.rooms} <= rooms or repair.door not in {None, *doors}:
                raise XinglinError(
                    Reason.INVALID, "a repair joins two rooms of the building", "修复须连接该建筑的两个房间"
                )  # fmt: skip
        now: datetime = self._clock.now()
        async with self._database.transaction() as connection:
            for one, other, door in ((*repair.rooms, repair.door) for repair in repairs):
                key = derived("repair", id_, one, other, door or "")
                await repository.put_repair(connection, id_, key, one, other, door, by, now)

    async def undo(self, id_: str, repair: str) -> None:
        """Take a repair back. NOT_FOUND where there is none."""
        async with self._database.transaction() as connection:
            if not await repository.drop_repair(connection, id_, repair):
                raise XinglinError(Reason.NOT_FOUND, "there is no such repair", "没有这条修复记录")

    async def shut(self, id_: str, place: str, reason: str, by: str) -> None:
        """Let nobody be led through a room or door until it is opened. INVALID where the building lacks it."""
        building = (await self.standing(id_)).building
        if place not in {*(room.id for room in building.rooms), *(door.id for door in building.doors)}:
            raise XinglinError(Reason.INVALID, "the building has no such room or door", "该建筑没有此房间或门")
        async with self._database.transaction() as connection:
            await repository.shut(connection, id_, place, reason, by, self._clock.now())

    async def open_again(self, id_: str, place: str) -> None:
        """Undo ``shut``. NOT_FOUND where it was not shut."""
        async with self._database.transaction() as connection:
            if not await repository.open_again(connection, id_, place):
                raise XinglinError(Reason.NOT_FOUND, "it is not shut", "此处并未关闭")
