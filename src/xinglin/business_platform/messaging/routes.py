"""A patient's notices over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of

from .bell import Bell
from .model import Id, NoticesShown, ReadAsked, Unread
from .reading import Reading

OWN = "messaging.own"
_After = Annotated[str | None, Query(max_length=400)]


def router(reading: Reading, bell: Bell) -> APIRouter:
    """The operations under ``/api/notices``."""
    api = APIRouter(prefix="/api/notices", tags=["notices"])

    @api.get("", openapi_extra=needs(OWN))
    async def read_notices(request: Request, patient: Id | None = None, after: _After = None) -> NoticesShown:
        """What the caller and those for whom they act were told, or one of them; the newest first."""
        own = principal_of(request).patients
        if patient is not None and patient not in own:
            raise XinglinError(Category.NOT_FOUND, f"Patient/{patient} is not yours", "没有该就诊人")
        found = await reading.page([patient] if patient else own, after)
        touched_of(request.scope).add(
            (f"Communication/{one.id}" for one in found.notices), (one.patient for one in found.notices)
        )
        return found

    @api.get("/unread", openapi_extra=needs(OWN))
    async def count_unread(request: Request) -> Unread:
        """How many notices wait."""
        return Unread(unread=await reading.unread(principal_of(request).patients))

    @api.post("/read", openapi_extra=needs(OWN))
    async def note_read(request: Request, body: ReadAsked) -> Unread:
        """These were read."""
        left = await reading.read(body.ids, principal_of(request))
        touched_of(request.scope).add(f"Communication/{one}" for one in body.ids)
        return Unread(unread=left)

    @api.get("/live", openapi_extra=needs(OWN), response_class=StreamingResponse)
    async def listen(request: Request) -> StreamingResponse:
        """Server-sent events: ``bell`` when notices came or were read."""
        headers = {"x-accel-buffering": "no", "cache-control": "no-store"}
        line = bell.line(principal_of(request).patients)
        return StreamingResponse(line, media_type="text/event-stream", headers=headers)

    return api
