"""The Board over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from xinglin.foundation.http import needs

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
    async def read_unit(unit_id: str) -> UnitBoard:
        """Who is in one unit since when, with the abnormal results of the last 24 hours."""
        return await board.unit(unit_id)

    return api
