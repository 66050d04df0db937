"""Sessions: opened by a link, listed, and ended; links for further devices and for guests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, needs, principal_of
from xinglin.foundation.module import PUBLIC

from ..guard import COOKIE
from ..identity.guests import PREFIX, Guests
from ..model import Session
from ..service import Access
from .answers import LinkShown, NodeFacts, SessionShown, caller_of, give_cookie, link_shown, session_shown


class SignIn(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=2000)]


class NewLink(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]


class NewGuest(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    path: Annotated[str, Field(min_length=1, max_length=500)]
    methods: list[str] = ["GET"]
    minutes: int = 30


class SessionRow(BaseModel):
    id: str
    name: str
    kind: str
    created_at: datetime
    seen_at: datetime
    current: bool
    agent: str
    methods: list[str]


class Sessions(BaseModel):
    sessions: list[SessionRow]


class Ended(BaseModel):
    ended: int


def router(access: Access, guests: Guests, node: NodeFacts) -> APIRouter:
    """The operations under ``/api`` that open, show and end sessions."""
    api = APIRouter(prefix="/api", tags=["access"])

    @api.post("/session", openapi_extra=needs(PUBLIC))
    async def sign_in(request: Request, response: Response, body: SignIn) -> SessionShown:
        agent = caller_of(request).agent
        by_guest = body.token.startswith(PREFIX)
        session, issued = await (guests.enter if by_guest else access.sign_in)(body.token, agent)
        give_cookie(request, response, issued)
        principal = await opened(access, session, issued.secret)
        request.scope["xinglin.principal"] = principal  # the audit trail says who came in
        return session_shown(node, session, principal)

    @api.get("/session", openapi_extra=needs("access.self"))
    async def who_am_i(request: Request) -> SessionShown:
        principal = principal_of(request)
        return session_shown(node, await access.session(principal.session_id), principal)

    @api.delete("/session", status_code=204, openapi_extra=needs("access.self"))
    async def sign_out(request: Request, response: Response) -> None:
        await access.revoke(principal_of(request).session_id)
        response.delete_cookie(COOKIE, path="/")

    @api.post("/access/links", openapi_extra=needs("access.link"))
    async def add_device(request: Request, body: NewLink) -> LinkShown:
        return link_shown(node, await access.make_link(body.name, "device", principal_of(request)))

    @api.post("/access/guests", openapi_extra=needs("access.guest"))
    async def invite_guest(request: Request, body: NewGuest) -> LinkShown:
        return link_shown(node, guests.invite(principal_of(request), body.name, body.path, body.methods, body.minutes))

    @api.get("/access/sessions", openapi_extra=needs("access.session"))
    async def sessions(request: Request) -> Sessions:
        principal = principal_of(request)
        found = await access.sessions(_reach(principal))
        return Sessions(sessions=[_row(each, principal.session_id) for each in found])

    @api.delete("/access/sessions", openapi_extra=needs("access.session"))
    async def revoke_others(request: Request) -> Ended:
        principal = principal_of(request)
        return Ended(ended=await access.revoke_all(principal.id, but=principal.session_id))

    @api.delete("/access/sessions/{session_id}", status_code=204, openapi_extra=needs("access.session"))
    async def revoke(request: Request, session_id: str) -> None:
        reach = _reach(principal_of(request))
        if reach is not None and (await access.session(session_id)).account != reach:
            raise XinglinError(Category.NOT_FOUND, "There is no such open session.", "没有这个会话")
        await access.revoke(session_id)

    return api


async def opened(access: Access, session: Session, secret: str) -> Principal:
    """Who a session just opened is; a guest's is told from its session alone."""
    found = await access.principal_of(secret)
    return found or Principal(session.account, session.name, session.kind, session.id)


def _reach(principal: Principal) -> str | None:
    """Whose sessions ``principal`` sees and may end: its own, or everybody's (None) for who keeps the accounts."""
    return None if "security_administrator" in principal.roles else principal.id


def _row(session: Session, current: str) -> SessionRow:
    return SessionRow(
        id=session.id,
        name=session.name,
        kind=session.kind,
        created_at=session.created_at,
        seen_at=session.seen_at,
        current=session.id == current,
        agent=session.agent,
        methods=list(session.methods),
    )
