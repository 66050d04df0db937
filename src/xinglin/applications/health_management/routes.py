"""Results in plain words over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of

from .explaining import Explained
from .service import Results

OWN = "health_management.own"


def router(results: Results) -> APIRouter:
    """The operations under ``/api/my-results``."""
    api = APIRouter(prefix="/api/my-results", tags=["my-results"])

    @api.get("", openapi_extra=needs(OWN))
    async def read_my_results(
        request: Request, patient: Annotated[str, Query(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
    ) -> list[Explained]:
        """The newest results of the caller, or of somebody for whom they act, explained."""
        if patient not in principal_of(request).patients:
            raise XinglinError(Category.NOT_FOUND, f"Patient/{patient} is not yours", "没有该就诊人")
        found = await results.of(patient)
        touched_of(request.scope).add((one.reference for one in found), [patient])
        return found

    return api
