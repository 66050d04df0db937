"""The shared timeline over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request

from xinglin.foundation.http import needs, touched_of

from .model import Kind, TimelineShown
from .reading import Timelines

TIMELINE = "health_management.timeline"
_Patient = Annotated[str, Query(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]


def router(timelines: Timelines) -> APIRouter:
    """The operation ``/api/timeline``."""
    api = APIRouter(prefix="/api/timeline", tags=["timeline"])

    @api.get("", openapi_extra=needs(TIMELINE))
    async def read_timeline(
        request: Request,
        patient: _Patient,
        kind: Annotated[list[Kind] | None, Query()] = None,
        before: datetime | None = None,
    ) -> TimelineShown:
        """What happened, the newest first: all kinds where none is named."""
        kinds = kind or list(get_args(Kind))
        found = await timelines.page(patient, list(dict.fromkeys(kinds)), before)
        touched_of(request.scope).add((one.reference for one in found.entries), [patient])
        return found

    return api
