"""Online visits over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from xinglin.foundation.http import needs, principal_of, read_body, touched_of

from ..visit.model import Id
from .calling import CHANGED, Calls
from .messaging import Messages
from .model import (
    AskAsked,
    Delivery,
    IceServer,
    Key,
    OneShown,
    OnlineShown,
    OptionsShown,
    ReadAsked,
    SayAsked,
    SignalsAsked,
)
from .photo import CONTENT_TYPE
from .service import OnlineVisits

ASK = "internet_hospital.ask"
ONLINE = "internet_hospital.online"
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def router(visits: OnlineVisits, messages: Messages, calls: Calls, photo_bytes: int) -> APIRouter:
    """The operations under ``/api/online-visits``; a photo has at most ``photo_bytes``."""
    api = APIRouter(prefix="/api/online-visits", tags=["online-visits"])
    _add_asking(api, visits)
    _add_visit(api, visits, calls)
    _add_messages(api, messages, photo_bytes)
    _add_call(api, visits, calls)
    return api


def _add_asking(api: APIRouter, visits: OnlineVisits) -> None:
    @api.get("/options", openapi_extra=needs(ASK))
    async def read_options(request: Request, patient: Annotated[Id, Query()]) -> OptionsShown:
        """In which departments the patient may be seen online, and the text to agree to."""
        touched_of(request.scope).add([f"Patient/{patient}"], [patient])
        return await visits.options(patient, principal_of(request))

    @api.post("", openapi_extra=needs(ASK))
    async def ask(request: Request, body: AskAsked) -> OnlineShown:
        """Ask to be seen online: refused for emergencies, first visits and small children alone, with what to do."""
        return _touched(request, await visits.ask(body, principal_of(request)))

    @api.get("", openapi_extra=needs(ASK))
    async def read_mine(request: Request) -> list[OneShown]:
        """My and my family's online visits of the last 30 days."""
        found = await visits.mine(principal_of(request))
        touched_of(request.scope).add((f"Encounter/{one.encounter}" for one in found), (one.patient for one in found))
        return found


def _add_visit(api: APIRouter, visits: OnlineVisits, calls: Calls) -> None:
    @api.get("/{encounter}", openapi_extra=needs(ONLINE))
    async def read_visit(request: Request, encounter: Id) -> OnlineShown:
        """The visit with its messages in order."""
        return _touched(request, await visits.read(encounter, principal_of(request)))

    @api.put("/{encounter}/delivery", openapi_extra=needs(ONLINE))
    async def deliver(request: Request, encounter: Id, body: Delivery) -> OnlineShown:
        """Say whether the drugs of this visit are collected or sent, and where to."""
        return _touched(request, await visits.deliver(encounter, body, principal_of(request)))

    @api.post("/{encounter}/end", openapi_extra=needs(ONLINE))
    async def end(request: Request, encounter: Id) -> OnlineShown:
        """End the visit, or leave its line."""
        ended = await visits.end(encounter, principal_of(request))
        await calls.say(encounter, CHANGED)
        return _touched(request, ended)


def _add_messages(api: APIRouter, messages: Messages, photo_bytes: int) -> None:
    @api.post("/{encounter}/messages", openapi_extra=needs(ONLINE))
    async def say(request: Request, encounter: Id, body: SayAsked) -> OnlineShown:
        """Send a message; the same key again changes nothing."""
        return _touched(request, await messages.say(encounter, body.key, body.text, principal_of(request)))

    @api.post("/{encounter}/photos", openapi_extra=needs(ONLINE) | _BODY)
    async def show(request: Request, encounter: Id, key: Annotated[Key, Query()]) -> OnlineShown:
        """Send a photo (JPEG, PNG, WebP); it is written anew without place and camera before it is kept."""
        content = await read_body(request, photo_bytes)
        return _touched(request, await messages.show(encounter, key, content, principal_of(request)))

    @api.get("/{encounter}/photos/{media}", openapi_extra=needs(ONLINE), responses=_PICTURE, response_class=Response)
    async def read_photo(request: Request, encounter: Id, media: Id) -> Response:
        """A photo of this visit."""
        touched_of(request.scope).add([f"Encounter/{encounter}", f"Media/{media}"])
        content = await messages.photo(encounter, media, principal_of(request))
        return Response(content, media_type=CONTENT_TYPE, headers={"content-disposition": "inline"})

    @api.post("/{encounter}/read", openapi_extra=needs(ONLINE))
    async def mark_read(request: Request, encounter: Id, body: ReadAsked) -> OnlineShown:
        """Note what the caller has read of the other side."""
        return _touched(request, await messages.mark_read(encounter, body.up_to, principal_of(request)))


def _add_call(api: APIRouter, visits: OnlineVisits, calls: Calls) -> None:
    @api.get("/{encounter}/live", openapi_extra=needs(ONLINE), response_class=StreamingResponse)
    async def live(request: Request, encounter: Id, seat: Annotated[Id, Query()]) -> StreamingResponse:
        """The visit's live line, as server-sent events: who is here, what changed, and signals for this tab."""
        member, _ = await visits.member(encounter, principal_of(request))
        touched_of(request.scope).add([f"Encounter/{encounter}"], [member.patient])
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(calls.line(member, seat), media_type="text/event-stream", headers=headers)

    @api.post("/{encounter}/signals", openapi_extra=needs(ONLINE), status_code=204)
    async def signal(request: Request, encounter: Id, body: SignalsAsked) -> None:
        """Pass on how two browsers may meet; nothing of it is kept."""
        member, _ = await visits.member(encounter, principal_of(request))
        await visits.check_open(encounter)
        touched_of(request.scope).add([f"Encounter/{encounter}"], [member.patient])
        await calls.signal(member, body)

    @api.get("/{encounter}/ice", openapi_extra=needs(ONLINE))
    async def read_ice(request: Request, encounter: Id) -> list[IceServer]:
        """By what the two browsers find each other outside of one network."""
        member, _ = await visits.member(encounter, principal_of(request))
        return calls.ice_servers(member)


def _touched(request: Request, shown: OnlineShown) -> OnlineShown:
    references = [f"Encounter/{shown.encounter}", *(f"Communication/{one.id}" for one in shown.messages)]
    touched_of(request.scope).add(references, [shown.patient])
    return shown
