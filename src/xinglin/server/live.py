"""What happens now, as server-sent events, for screens that stay open."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from xinglin.business_platform.access import Sees
from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import Event
from xinglin.foundation.database import session as used_as
from xinglin.foundation.errors import Category, XinglinError

from .assembly import Node

LIVE_PATH, LIVE_PERMISSION = "/api/live", "node.live"
_SILENCE_SECONDS = 15.0
_MOST_FOLLOWED = 20
_PATIENT = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")

# What screens need of a body to know whether they are concerned, and of whom: of places, not of people. The rest
# (whose it is, reasons, names, amounts, answers) is for the rooms on the bus: whoever may see it reads it by its own
# route, where the rules and the audit stand.
_TOLD = frozenset({"ids", "units"})
_OF_A_PLACE = "HealthcareService/"


class Change(msgspec.Struct, frozen=True):
    """What every screen is told of an event: that it happened, in which clinic where that is all it is about, and of
    the body ``ids`` and ``units`` alone."""

    name: str
    key: str | None
    recorded_at: str
    body: dict[str, object]


class Record(msgspec.Struct, frozen=True):
    """What those who follow a patient are told of an event of theirs, and nobody else."""

    key: str


def live_route(node: Node) -> Route:
    """``GET /api/live?follow=Patient/1``: ``change`` events for all; ``record`` for the patients followed, while the
    rules let the caller see them; ``lost`` when some were missed, a comment in silence. One that follows begins with
    what happened in the last seconds, so that nothing falls between reading a record and following it. Ends when
    the caller may not listen any more. Raises INVALID where ``follow`` names no patient, or more than 20."""

    async def live(request: Request) -> StreamingResponse:
        followed = _followed(request.query_params.getlist("follow"))
        stream = _stream(node, request.scope, followed)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    return Route(LIVE_PATH, live, methods=["GET"])


def _followed(asked: list[str]) -> frozenset[str]:
    if len(asked) > _MOST_FOLLOWED or not all(map(_PATIENT.fullmatch, asked)):
        raise XinglinError(
            Category.INVALID,
            f"follow names up to {_MOST_FOLLOWED} patients, each as Patient/id",
            f"follow 最多可写 {_MOST_FOLLOWED} 位患者，每位写作 Patient/id",
            expression="follow",
        )
    return frozenset(asked)


async def _stream(node: Node, scope: Scope, followed: frozenset[str]) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n: connected\n\n"
    async with aclosing(node.live.listen(recent=bool(followed))) as events:
        waiting = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=_SILENCE_SECONDS)
                try:
                    sees = await node.guard.again(scope, LIVE_PERMISSION)
                    told = await _told(node, sees, followed, waiting.result()) if done else b": still here\n\n"
                except XinglinError:
                    return
                yield told
                if done:
                    waiting = asyncio.ensure_future(anext(events))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def _told(node: Node, sees: Sees, followed: frozenset[str], event: Event | None) -> bytes:
    """What the caller is told of ``event``; None says that some were lost."""
    if event is None:
        return b"event: lost\ndata: {}\n\n"
    if event.key in followed and await _is_seen(node, sees, event.key):
        return _change(event) + _message("record", Record(event.key))
    return _change(event)


async def _is_seen(node: Node, sees: Sees, patient: str) -> bool:
    """Asked with every event: a consent may have been withdrawn since the last."""
    type_, _, id_ = patient.partition("/")
    with used_as(sees.session), seeing(sees.sight):
        async with node.database.connection() as connection:
            return bool(await node.resources.fetch(connection, [(type_, id_)]))


def _change(event: Event) -> bytes:
    key = event.key if event.key.startswith(_OF_A_PLACE) else None
    body = {field: value for field, value in event.body.items() if field in _TOLD}
    return _message("change", Change(event.name, key, event.recorded_at.isoformat(), body))


def _message(kind: str, told: msgspec.Struct) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(told) + b"\n\n"
