"""Ways over HTTP, under ``/api/navigation``."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from xinglin.foundation.http import needs

from ..space import READ
from .service import Guide
from .wording import Step


class Named(BaseModel):
    zh: str
    en: str


class StepShown(BaseModel):
    """One thing to do; ``points`` are metres in the building's axes, on ``storey`` save for lift and stairs."""

    kind: Literal["start", "walk", "lift", "stairs", "arrive"]
    turn: Literal["straight", "left", "right", "back"]
    storey: str
    metres: float
    seconds: float
    points: list[tuple[float, float]]
    zh: str
    en: str


class RouteFound(BaseModel):
    """A way, or, in ``told``, why there is none."""

    state: Literal["found", "same", "closed", "unreachable"]
    start: Named
    goal: Named
    seconds: float
    metres: float
    steps: list[StepShown]
    told: Named


def router(guide: Guide) -> APIRouter:
    """The operations."""
    api = APIRouter(prefix="/api/navigation", tags=["navigation"])

    @api.get("/route", openapi_extra=needs(READ))
    async def find_route(
        to: Annotated[str, Query(max_length=100, description="Room, door, Location/<id> or entrance")],
        start: Annotated[str, Query(alias="from", max_length=100)] = "entrance",
        profile: Annotated[str, Query(max_length=20, description="walking, wheelchair, stretcher, staff")] = "walking",
        building: Annotated[str | None, Query(max_length=64)] = None,
    ) -> RouteFound:
        """The quickest way, step by step; the first building that knows both places where none is named."""
        found = await guide.route(building, start, to, profile)
        return RouteFound(
            state=found.state,
            start=Named(zh=found.start[0], en=found.start[1]),
            goal=Named(zh=found.goal[0], en=found.goal[1]),
            seconds=found.seconds,
            metres=found.metres,
            steps=[_shown(step) for step in found.steps],
            told=Named(zh=found.chinese, en=found.english),
        )

    return api


def _shown(step: Step) -> StepShown:
    return StepShown(
        kind=step.kind, turn=step.turn, storey=step.storey, metres=round(step.metres, 1),
        seconds=round(step.seconds, 1), points=step.points, zh=step.chinese, en=step.english,
    )  # fmt: skip
