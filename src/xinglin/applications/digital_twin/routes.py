"""The twin over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from xinglin.foundation.http import needs, principal_of

from .watch import AlarmShown, Showing, TwinShown, WaitsShown
from .whatif import Asked, PlanShown, TriedShown, WhatIf

READ = "digital_twin.read"
ACT = "digital_twin.act"
TRY = "digital_twin.try"

_Moment = Annotated[datetime | None, Query(description="As the house was then; with an offset. Now where it is absent")]
_Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
_Weekday = Annotated[int | None, Query(ge=1, le=7, description="1 is Monday; today where it is absent")]


def router(showing: Showing, whatif: WhatIf) -> APIRouter:
    """The operations under ``/api/twin``."""
    api = APIRouter(prefix="/api/twin", tags=["digital_twin"])

    @api.get("", openapi_extra=needs(READ))
    async def read_twin(at: _Moment = None) -> TwinShown:
        """Clinics, wards and alarms with what is foreseen, now or as they were; and how true foresight came."""
        return await showing.house(at.astimezone() if at is not None and at.tzinfo is None else at)

    @api.get("/services/{service}", openapi_extra=needs(READ))
    async def read_waits(service: _Id) -> WaitsShown:
        """Everybody who waits in a clinic, by number, with the minutes until they are called."""
        return await showing.waits(service)

    @api.post("/alarms/{alarm}/acknowledge", openapi_extra=needs(ACT))
    async def acknowledge_alarm(alarm: _Id, request: Request) -> AlarmShown:
        """Say that somebody sees to it."""
        return await showing.acknowledge(alarm, principal_of(request).name)

    @api.get("/what-if/{service}", openapi_extra=needs(TRY))
    async def read_plan(service: _Id, weekday: _Weekday = None) -> PlanShown:
        """The plan of a clinic's day as it stands: who sits when, with which slots; today's where none is named."""
        return await whatif.plan(service, weekday)

    @api.post("/what-if", openapi_extra=needs(TRY))
    async def try_plan(body: Asked) -> TriedShown:
        """Waits, overtime, idle time and cost of a change beside the plan as it is; nothing is changed in the house."""
        return await whatif.ask(body)

    return api
