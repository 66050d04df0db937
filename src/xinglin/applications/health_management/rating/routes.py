"""Ratings over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from xinglin.foundation.http import needs, principal_of, touched_of

from .model import Id, Rating, RatingShown
from .service import Ratings


def router(ratings: Ratings, own: str) -> APIRouter:
    """The operations under ``/api/visit-ratings``, opened by the permission ``own``."""
    api = APIRouter(prefix="/api/visit-ratings", tags=["visit-ratings"])

    @api.get("/{encounter}", openapi_extra=needs(own))
    async def read_rating(request: Request, encounter: Id) -> RatingShown:
        """Whether one's visit can be rated, and how it was."""
        return _touched(request, await ratings.read(encounter, principal_of(request)))

    @api.put("/{encounter}", openapi_extra=needs(own))
    async def rate(request: Request, encounter: Id, body: Rating) -> RatingShown:
        """Rate one's visit; the first time counts."""
        return _touched(request, await ratings.rate(encounter, body, principal_of(request)))

    return api


def _touched(request: Request, shown: RatingShown) -> RatingShown:
    touched_of(request.scope).add([f"Encounter/{shown.encounter}"], [shown.patient])
    return shown
