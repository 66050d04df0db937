"""Looking up diagnoses and drugs over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from xinglin.foundation.http import needs

from .model import Diagnosis, Drug
from .service import Catalogues

READ = "terminology.read"

Written = Annotated[str, Query(max_length=100)]


def router(catalogues: Catalogues) -> APIRouter:
    """The operations under ``/api/terminology``."""
    api = APIRouter(prefix="/api/terminology", tags=["terminology"])

    @api.get("/diagnoses", openapi_extra=needs(READ))
    async def find_diagnoses(q: Written = "") -> list[Diagnosis]:
        """Diagnoses by code, characters, pinyin, its initials or English; at most twelve."""
        return await catalogues.find_diagnoses(q)

    @api.get("/drugs", openapi_extra=needs(READ))
    async def find_drugs(q: Written = "") -> list[Drug]:
        """Drugs by code, characters, pinyin, its initials or English; at most twelve."""
        return await catalogues.find_drugs(q)

    return api
