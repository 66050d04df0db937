"""The Board over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from xinglin.foundation.http import needs, touched_of

from .model import Board, UnitBoard
from .service import BoardKeeper

READ = "command_centre.read"


def router(board: BoardKeeper) -> APIRouter:
    """The operations under ``/api/board``."""
    api = APIRouter(prefix="/api/board", tags=["board"])

    @api.get("", openapi_extra=needs(READ))
    async def read_board() -> Board:
        """Every ward, the emergency department and every clinic with its counts."""
        return await board.overview()

    @api.get("/units/{unit_id}", openapi_extra=needs(READ))
    async def read_unit(request: Request, unit_id: str) -> UnitBoard:
        """Who is in one unit since when, with the abnormal results of the last 24 hours."""
        shown = await board.unit(unit_id)
        encounters = (f"Encounter/{stay.encounter_id}" for stay in shown.stays)
        touched_of(request.scope).add(encounters, (stay.patient_id for stay in shown.stays))
        return shown

    return api
