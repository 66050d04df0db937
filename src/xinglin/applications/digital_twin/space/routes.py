"""Buildings over HTTP, under ``/api/space``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import needs, principal_of, read_body

from .model import Building, Repair
from .service import Buildings

READ, BUILD = "space.read", "space.build"
_FILE_BYTES = 96 * 2**20


class BuildingNamed(BaseModel):
    building: str
    name: str
    name_en: str
    imported_at: datetime


class Imported(BaseModel):
    """How an import stands; ``share`` is how much of it is done, 0 to 1. Words only once it ended."""

    id: str
    file_name: str
    stage: Literal["waiting", "reading", "shapes", "joining", "keeping", "done", "failed"]
    share: float
    building: str | None
    english: str
    chinese: str


class Repairing(BaseModel):
    """A way between two rooms, through ``door`` where it is one that the building has."""

    one: str = Field(max_length=100)
    other: str = Field(max_length=100)
    door: str | None = Field(default=None, max_length=100)


class Repairs(BaseModel):
    repairs: list[Repairing] = Field(min_length=1, max_length=2000)


class Suggested(Repairing):
    """``metres`` lie between the rooms, -1 where nobody knows; ``parted`` rooms would be reached by it."""

    reason: Literal["door", "open", "near", "above"]
    metres: float
    parted: int


class Kept(Repairing):
    id: str


class Report(BaseModel):
    """What hangs together: ``reached`` rooms of ``rooms``, suggestions for the others, repairs made."""

    rooms: int
    reached: int
    parts: int
    doors: int
    joined_doors: int
    suggestions: list[Suggested]
    repairs: list[Kept]
    notes: list[tuple[str, str]]


class Shutting(BaseModel):
    place: str = Field(max_length=100)
    reason: str = Field(default="", max_length=200)


def router(buildings: Buildings) -> APIRouter:
    """The operations."""
    api = APIRouter(prefix="/api/space", tags=["space"])
    _reading(api, buildings)
    _building(api, buildings)
    return api


def _reading(api: APIRouter, buildings: Buildings) -> None:
    @api.get("/buildings", openapi_extra=needs(READ))
    async def list_buildings() -> list[BuildingNamed]:
        """The node's buildings."""
        return [BuildingNamed(**dict(row)) for row in await buildings.all()]

    @api.get("/buildings/{building}", openapi_extra=needs(READ), response_model=dict[str, Any])
    async def read_building(building: str, request: Request) -> Response:
        """Storeys, rooms with outlines in metres, doors and links, with repairs made; 304 by its ETag."""
        found = await buildings.standing(building)
        headers = {"ETag": f'"{found.tag}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        principal = principal_of(request)
        only_patient = principal.roles <= {"patient"} and principal.kind == "user"
        content = msgspec.json.encode(_open_part(found.building)) if only_patient else found.document
        return Response(content, media_type="application/json", headers=headers)


def _open_part(building: Building) -> Building:
    """What patients see of a building: rooms that are no one else's lose their use and name."""
    rooms = tuple(
        room
        if room.public
        else msgspec.structs.replace(room, name="", name_en="", number="", category="other", location=None)
        for room in building.rooms
    )
    return msgspec.structs.replace(building, rooms=rooms, notes=())


def _building(api: APIRouter, buildings: Buildings) -> None:
    @api.post("/imports", openapi_extra=needs(BUILD), status_code=202)
    async def import_building(
        request: Request,
        file_name: Annotated[str, Query(max_length=600)] = "building",
        unit: Annotated[
            str | None, Query(max_length=20, description="The right length unit, where the file's is wrong")
        ] = None,
        location_system: Annotated[
            str | None, Query(max_length=200, description="Identifier system of room numbers")
        ] = None,
    ) -> Imported:
        """Import an IFC file or COBie workbook (the body); ask for its course by the id."""
        content = await read_body(request, _FILE_BYTES)
        if not content:
            raise XinglinError(Reason.INVALID, "the file is empty", "文件为空")
        by = principal_of(request).id
        return await _imported(buildings, await buildings.ask(unquote(file_name), content, unit, location_system, by))

    @api.get("/imports/{id}", openapi_extra=needs(BUILD))
    async def read_import(id: str) -> Imported:
        """How an import stands."""
        return await _imported(buildings, id)

    @api.get("/buildings/{building}/report", openapi_extra=needs(BUILD))
    async def read_report(building: str) -> Report:
        """Rooms that cannot be reached, and what would mend it."""
        return await _report(buildings, building)

    @api.post("/buildings/{building}/repairs", openapi_extra=needs(BUILD))
    async def make_repairs(building: str, asked: Repairs, request: Request) -> Report:
        """Keep ways that the file lacks; they outlive its next import."""
        made = [Repair((one.one, one.other), one.door) for one in asked.repairs]
        await buildings.repair(building, made, principal_of(request).id)
        return await _report(buildings, building)

    @api.delete("/buildings/{building}/repairs/{repair}", openapi_extra=needs(BUILD))
    async def undo_repair(building: str, repair: str) -> Report:
        """Take a repair back."""
        await buildings.undo(building, repair)
        return await _report(buildings, building)

    @api.post("/buildings/{building}/closures", openapi_extra=needs(BUILD), status_code=204)
    async def shut_place(building: str, asked: Shutting, request: Request) -> None:
        """Shut a room or door: nobody is led through it."""
        await buildings.shut(building, asked.place, asked.reason, principal_of(request).id)

    @api.delete("/buildings/{building}/closures/{place}", openapi_extra=needs(BUILD), status_code=204)
    async def open_place(building: str, place: str) -> None:
        """Open it again."""
        await buildings.open_again(building, place)


async def _imported(buildings: Buildings, id_: str) -> Imported:
    row = dict(await buildings.imported(id_))
    row.pop("asked_at")
    return Imported(id=row.pop("import"), **row)


async def _report(buildings: Buildings, id_: str) -> Report:
    found, parts, offered = await buildings.report(id_)
    doors = found.building.doors
    return Report(
        rooms=len(found.building.rooms),
        reached=len(parts[0]) if parts else 0,
        parts=len(parts),
        doors=len(doors),
        joined_doors=sum(len(door.rooms) == 2 for door in doors),
        suggestions=[
            Suggested(
                one=one.repair.rooms[0], other=one.repair.rooms[1], door=one.repair.door,
                reason=one.reason, metres=one.metres, parted=one.parted,
            )
            for one in offered
        ],
        repairs=[
            Kept(id=id_, one=one.rooms[0], other=one.rooms[1], door=one.door) for id_, one in found.repairs.items()
        ],
        notes=list(found.building.notes),
    )  # fmt: skip
