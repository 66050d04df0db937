"""The consulting room over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from xinglin.foundation.http import needs, principal_of, touched_of

from ..safety import Finding
from .choosing import options
from .model import (
    CheckAsked,
    Draft,
    Id,
    Options,
    ReturnedShown,
    RoomShown,
    SaveAsked,
    SignAsked,
    Signed,
    UnsignedShown,
    Verified,
)
from .service import Rooms

CONSULT = "internet_hospital.consult"


def router(rooms: Rooms) -> APIRouter:
    """The operations under ``/api/rooms``."""
    api = APIRouter(prefix="/api/rooms", tags=["rooms"])
    _add_reading(api, rooms)
    _add_writing(api, rooms)
    return api


def _add_reading(api: APIRouter, rooms: Rooms) -> None:
    @api.get("", openapi_extra=needs(CONSULT))
    async def read_unsigned(request: Request) -> list[UnsignedShown]:
        """My visits in which something is not signed."""
        found = await rooms.unsigned(principal_of(request))
        touched_of(request.scope).add((f"Encounter/{one.encounter}" for one in found), (one.patient for one in found))
        return found

    @api.get("/options", openapi_extra=needs(CONSULT))
    async def read_options() -> Options:
        """Templates of notes, and tests that can be ordered."""
        return options()

    @api.get("/returned", openapi_extra=needs(CONSULT))
    async def read_returned(request: Request) -> list[ReturnedShown]:
        """My prescriptions that a pharmacist sent back and that are not written anew."""
        found = await rooms.returned(principal_of(request))
        touched_of(request.scope).add((f"Encounter/{one.encounter}" for one in found), (one.patient for one in found))
        return found

    @api.get("/{encounter}", openapi_extra=needs(CONSULT))
    async def read_room(request: Request, encounter: Id) -> RoomShown:
        """A visit: what the patient told before, what is written, what stands against it, what is signed."""
        shown = await rooms.read(encounter, principal_of(request))
        touched_of(request.scope).add([f"Encounter/{encounter}"], [shown.patient])
        return shown

    @api.get("/{encounter}/signatures", openapi_extra=needs(CONSULT))
    async def read_signatures(request: Request, encounter: Id) -> list[Verified]:
        """The signatures of a visit, checked now."""
        touched_of(request.scope).add([f"Encounter/{encounter}"])
        return await rooms.signatures(encounter)


def _add_writing(api: APIRouter, rooms: Rooms) -> None:
    @api.put("/{encounter}/draft", openapi_extra=needs(CONSULT))
    async def save_draft(request: Request, encounter: Id, body: SaveAsked) -> Draft:
        """Keep what is written; 412 where another tab has saved meanwhile, 409 where a colleague writes."""
        draft = await rooms.save(encounter, body, principal_of(request))
        touched_of(request.scope).add([f"Encounter/{encounter}"], [draft.patient])
        return draft

    @api.post("/{encounter}/check", openapi_extra=needs(CONSULT))
    async def check_drugs(request: Request, encounter: Id, body: CheckAsked) -> list[Finding]:
        """What stands against these drugs."""
        touched_of(request.scope).add([f"Encounter/{encounter}"])
        return await rooms.check(encounter, body.drugs)

    @api.post("/{encounter}/sign", openapi_extra=needs(CONSULT))
    async def sign(request: Request, encounter: Id, body: SignAsked) -> Signed:
        """Sign all that is written, in one transaction."""
        signed = await rooms.sign(encounter, body, principal_of(request))
        touched_of(request.scope).add([f"Encounter/{encounter}", *signed.references], [body.patient])
        return signed

    @api.post("/{encounter}/take-over", openapi_extra=needs(CONSULT))
    async def take_over(request: Request, encounter: Id) -> RoomShown:
        """Go on where a colleague left."""
        shown = await rooms.take_over(encounter, principal_of(request))
        touched_of(request.scope).add([f"Encounter/{encounter}"], [shown.patient])
        return shown
