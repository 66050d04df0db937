"""The consultation over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from xinglin.foundation.http import needs, principal_of
from xinglin.foundation.module import PUBLIC

from .keeping import Keeper
from .model import Consultation, Keeping, Kept, Turn
from .service import turn

KEEP = "virtual_doctor.keep"


def router(keeper: Keeper) -> APIRouter:
    """The operations under ``/api/virtual-doctor``."""
    api = APIRouter(prefix="/api/virtual-doctor", tags=["virtual-doctor"])

    @api.post("/consultation", openapi_extra=needs(PUBLIC))
    def consult(consultation: Consultation) -> Turn:
        """What the words and answers so far come to: the next question, how urgent it is, where to go, and why.

        Open to everybody; nothing is stored.
        """
        return turn(consultation)

    @api.post("/kept", openapi_extra=needs(KEEP))
    async def keep(request: Request, keeping: Keeping) -> Kept:
        """Keep a consultation in the patient's record, for the doctor to read; ask for a call back."""
        return await keeper.keep(keeping, principal_of(request))

    return api
