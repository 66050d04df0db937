"""Signing in and out, and links for further devices."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from xinglin.foundation.http import Principal, needs, principal_of
from xinglin.foundation.module import PUBLIC

from .guard import COOKIE
from .model import Session
from .service import Access


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What a page shows of the node; ``public_url`` is where further devices reach it."""

    name: str
    path: str
    zone: str
    version: str
    public_url: Callable[[], str]


class NodeShown(BaseModel):
    name: str
    path: str
    zone: str
    version: str


class SessionShown(BaseModel):
    session_id: str
    name: str
    kind: str
    expires_at: datetime
    node: NodeShown
    account_id: str
    roles: list[str]
    patients: list[str]


class SignIn(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=200)]


class NewLink(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]


class LinkShown(BaseModel):
    url: str
    qr_svg: str
    expires_at: datetime


class SessionRow(BaseModel):
    id: str
    name: str
    kind: str
    created_at: datetime
    seen_at: datetime
    current: bool


class Sessions(BaseModel):
    sessions: list[SessionRow]


def router(access: Access, node: NodeFacts) -> APIRouter:
    """The operations under ``/api``."""
    api = APIRouter(prefix="/api", tags=["access"])
    shown_node = NodeShown(name=node.name, path=node.path, zone=node.zone, version=node.version)

    def shown(session: Session, principal: Principal) -> SessionShown:
        return SessionShown(
            session_id=session.id,
            name=principal.name,
            kind=session.kind,
            expires_at=session.expires_at,
            node=shown_node,
            account_id=principal.id,
            roles=sorted(principal.roles),
            patients=list(principal.patients),
        )

    @api.post("/session", openapi_extra=needs(PUBLIC))
    async def sign_in(request: Request, response: Response, body: SignIn) -> SessionShown:
        session, issued = await access.sign_in(body.token)
        response.set_cookie(
            COOKIE,
            issued.secret,
            expires=issued.expires_at,
            path="/",
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="strict",
        )
        principal = await access.principal_of(issued.secret, request.method, request.url.path)
        assert principal is not None, "a session that was opened now is somebody's"
        return shown(session, principal)

    @api.get("/session", openapi_extra=needs("access.self"))
    async def who_am_i(request: Request) -> SessionShown:
        principal = principal_of(request)
        session = next(each for each in await access.sessions() if each.id == principal.session_id)
        return shown(session, principal)

    @api.delete("/session", status_code=204, openapi_extra=needs("access.self"))
    async def sign_out(request: Request, response: Response) -> None:
        await access.revoke(principal_of(request).session_id)
        response.delete_cookie(COOKIE, path="/")

    @api.post("/access/links", openapi_extra=needs("access.link"))
    async def add_device(body: NewLink) -> LinkShown:
        issued = await access.make_link(body.name, "device")
        url = f"{node.public_url()}/sign-in#{issued.secret}"
        return LinkShown(url=url, qr_svg=_qr_svg(url), expires_at=issued.expires_at)

    @api.get("/access/sessions", openapi_extra=needs("access.session"))
    async def sessions(request: Request) -> Sessions:
        current = principal_of(request).session_id
        return Sessions(
            sessions=[
                SessionRow(
                    id=each.id,
                    name=each.name,
                    kind=each.kind,
                    created_at=each.created_at,
                    seen_at=each.seen_at,
                    current=each.id == current,
                )
                for each in await access.sessions()
            ]
        )

    @api.delete("/access/sessions/{session_id}", status_code=204, openapi_extra=needs("access.session"))
    async def revoke(session_id: str) -> None:
        await access.revoke(session_id)

    return api


def _qr_svg(text: str) -> str:
    import segno  # drawn rarely; loading it would slow every start

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()
