"""What the room's routes answer about a session, and what they read of a request."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..guard import COOKIE
from ..identity.passkey import Site
from ..identity.signing_in import Caller
from ..model import Issued, Session
from ..roles import ROLES


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
    units: list[str]
    methods: list[str]
    authenticated_at: datetime | None


class LinkShown(BaseModel):
    url: str
    qr_svg: str
    expires_at: datetime


def node_shown(node: NodeFacts) -> NodeShown:
    return NodeShown(name=node.name, path=node.path, zone=node.zone, version=node.version)


def session_shown(node: NodeFacts, session: Session, principal: Principal) -> SessionShown:
    """The session of ``principal`` as pages see it."""
    return SessionShown(
        session_id=session.id,
        name=principal.name,
        kind=session.kind,
        expires_at=session.expires_at,
        node=node_shown(node),
        account_id=principal.id,
        roles=sorted(principal.roles),
        patients=list(principal.patients),
        units=list(principal.units),
        methods=sorted(principal.methods),
        authenticated_at=principal.authenticated_at,
    )


def link_shown(node: NodeFacts, issued: Issued) -> LinkShown:
    """A link's address, with the code that a phone reads."""
    url = f"{node.public_url()}/sign-in#{issued.secret}"
    return LinkShown(url=url, qr_svg=qr_svg(url), expires_at=issued.expires_at)


def give_cookie(request: Request, response: Response, issued: Issued) -> None:
    """Let the browser keep a session's secret where no script reads it."""
    response.set_cookie(
        COOKIE,
        issued.secret,
        expires=issued.expires_at,
        path="/",
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )


def site_of(request: Request) -> Site:
    """The host whose passkeys count here, and the origin of its pages."""
    return Site(request.url.hostname or "", f"{request.url.scheme}://{request.url.netloc}")


def caller_of(request: Request) -> Caller:
    """Where the request comes from."""
    return Caller(request.client.host if request.client else "", request.headers.get("user-agent", "")[:200])


def require_role(principal: Principal, *roles: str) -> None:
    """Raises FORBIDDEN unless ``principal`` has one of ``roles``, acting without a program between."""
    if principal.scopes is None and principal.kind in ("user", "device") and principal.roles.intersection(roles):
        return
    english, chinese = zip(*(ROLES[role] for role in roles), strict=True)
    raise XinglinError(
        Category.FORBIDDEN,
        f"Only this role may do that: {', '.join(english)}.",
        f"仅以下角色可执行此操作：{'、'.join(chinese)}",
    )


def qr_svg(text: str) -> str:
    """``text`` as a QR code in SVG."""
    import segno  # drawn rarely; loading it would slow every start

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()
