"""What happens now, as server-sent events, for screens that stay open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from xinglin.foundation.bus import Event

from .assembly import Node

_SILENCE_SECONDS = 15.0

# What screens need of a body to know whether they are concerned. The rest (reasons, names, amounts, answers) is for
# the rooms on the bus: whoever may see it reads it by its own route, where the rules and the audit stand.
_TOLD = frozenset({"ids", "units"})


class Change(msgspec.Struct, frozen=True):
    """What a screen is told of an event: that it happened, to what, and of the body ``ids`` and ``units`` alone."""

    name: str
    key: str
    recorded_at: str
    body: dict[str, object]


def live_route(node: Node) -> Route:
    """``GET /api/live``: ``change`` events, ``lost`` when some were missed, a comment in silence."""

    async def live(request: Request) -> StreamingResponse:
        return StreamingResponse(_stream(node), media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    return Route("/api/live", live, methods=["GET"])


async def _stream(node: Node) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n: connected\n\n"
    async with aclosing(node.live.listen()) as events:
        waiting = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=_SILENCE_SECONDS)
                if not done:
                    yield b": still here\n\n"
                    continue
                yield _message(waiting.result())
                waiting = asyncio.ensure_future(anext(events))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


def _message(event: Event | None) -> bytes:
    if event is None:
        return b"event: lost\ndata: {}\n\n"
    body = {field: value for field, value in event.body.items() if field in _TOLD}
    change = Change(event.name, event.key, event.recorded_at.isoformat(), body)
    return b"event: change\nid: " + event.id.encode() + b"\ndata: " + msgspec.json.encode(change) + b"\n\n"
