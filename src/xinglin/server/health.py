"""What runs, since when, and what to do when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from nats.aio.client import Client
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from xinglin.foundation import bus
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, free_bytes
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import needs
from xinglin.foundation.module import PUBLIC, Module, Route

from .supervisor import DataFolder

_PATIENCE_SECONDS = 2.0
_STALE_SECONDS = 10.0
_LOW_RESERVES = 4
_MIB = 2**20


class Part(BaseModel):
    """One part of the node; ``status`` is ok, starting, restarting, degraded, stopped or down."""

    name: str
    status: str
    since: datetime | None = None
    detail: str = ""
    figures: dict[str, Any] = {}


class Health(BaseModel):
    """``status`` is ok when every part is, down when the truth cannot be read, degraded otherwise."""

    status: str
    as_of: datetime
    parts: list[Part]


class Checkup:
    """Asks each part how it is; never waits longer than two seconds for any."""

    def __init__(
        self, database: Database, client: Client, folder: DataFolder, reserve_mib: int, modules: Sequence[Module]
    ) -> None:
        self._database = database
        self._client = client
        self._folder = folder
        self._reserve_mib = reserve_mib
        self._modules = modules

    async def examine(self, now: datetime) -> Health:
        children = self._children(now)
        asked = await asyncio.gather(
            self._truth(),
            self._events(),
            *(self._room(module) for module in self._modules if module.health is not None),
        )
        parts = [*await self._told_of(children), self._disk(), *asked]
        status = "ok" if all(part.status == "ok" for part in parts) else "degraded"
        if asked[0].status == "down":
            status = "down"
        return Health(status=status, as_of=now, parts=parts)

    def _children(self, now: datetime) -> list[Part]:
        told = self._folder.read_states()
        if told is None:
            return []
        written_at, states = told
        if (now - written_at).total_seconds() > _STALE_SECONDS:
            return [Part(name="supervisor", status="down", since=written_at, detail="no sign of life")]
        return [
            Part(
                name=name,
                status=state.status,
                since=state.since,
                figures={"process_id": state.process_id, "restarts": state.restarts},
            )
            for name, state in states.items()
        ]

    async def _told_of(self, children: list[Part]) -> list[Part]:
        """``children`` with the figures that rooms tell of them; a room that cannot tell leaves them as they are."""
        questions = {name: ask for module in self._modules for name, ask in module.processes.items()}
        parts = {part.name: part for part in children}
        for part in await asyncio.gather(*(_asked(name, questions[name]()) for name in questions if name in parts)):
            parts[part.name].figures |= part.figures
        return list(parts.values())

    def _disk(self) -> Part:
        """Down where writes are refused, degraded where that is near."""
        free_mib = free_bytes(str(self._folder.path)) // _MIB
        status, detail = "ok", ""
        if free_mib < self._reserve_mib:
            status, detail = "down", "full: nothing is written until there is room"
        elif free_mib < self._reserve_mib * _LOW_RESERVES:
            status, detail = "degraded", "nearly full"
        return Part(name="disk", status=status, detail=detail, figures={"free_mib": free_mib})

    async def _truth(self) -> Part:
        async def look() -> dict[str, Any]:
            async with self._database.connection() as connection:
                backlog = await bus.backlog(connection)
            return {"events_waiting": backlog}

        return await _asked("database", look())

    async def _events(self) -> Part:
        if not self._client.is_connected:
            return Part(name="bus", status="degraded", detail="not connected; events wait in the database")

        async def look() -> dict[str, Any]:
            stream = await self._client.jetstream(timeout=_PATIENCE_SECONDS).stream_info(bus.STREAM)
            return {"events_kept": stream.state.messages, "bytes": stream.state.bytes}

        return await _asked("bus", look())

    async def _room(self, module: Module) -> Part:
        assert module.health is not None
        return await _asked(module.name, module.health())


async def _asked(name: str, question: Any) -> Part:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return Part(name=name, status="ok", figures=await question)
    except XinglinError as error:
        return Part(name=name, status="down", detail=error.english)
    except Exception as error:  # whatever a part answers, the page must still be shown
        return Part(name=name, status="down", detail=type(error).__name__)


def module(
    database: Database, client: Client, folder: DataFolder, clock: Clock, reserve_mib: int, modules: Sequence[Module]
) -> Module:
    """``/health`` for machines that watch, ``/api/health`` for people. Under ``reserve_mib`` the disk is full."""
    checkup = Checkup(database, client, folder, reserve_mib, modules)
    api = APIRouter(prefix="/api", tags=["health"])

    @api.get("/health", openapi_extra=needs("health.read"))
    async def examine() -> Health:
        return await checkup.examine(clock.now())

    async def alive(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Module(
        name="health",
        routes=(Route("/health", ("GET",), alive, PUBLIC),),
        api=api,
        permissions=("health.read",),
    )
