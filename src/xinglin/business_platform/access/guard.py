"""The one place before every route: who asks, and whether they may."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.module import PUBLIC

from .model import Session
from .roles import CONSOLE, PROGRAM
from .service import Access

COOKIE = "xinglin_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PROGRAMS_MAY_NOT = frozenset({"access.link", "access.session"})


class Guard:
    """Wraps routes. Raises UNAUTHENTICATED without a valid secret and FORBIDDEN where ``decide`` says no."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def protect(self, route: ASGIApp, permission: str) -> ASGIApp:
        """``route`` behind this guard; with the permission ``PUBLIC`` it is left open."""
        if permission == PUBLIC:
            return route

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            headers = Headers(scope=scope)
            session, by_cookie = await self._session(headers)
            if session is None:
                raise XinglinError(
                    Category.UNAUTHENTICATED,
                    "Sign in first: open a sign-in link, or send a token as Authorization: Bearer.",
                    "请先登录：打开登录链接，或以 Authorization: Bearer 提供令牌",
                )
            if by_cookie and scope["method"] not in _SAFE_METHODS and not _from_own_page(headers):
                raise XinglinError(
                    Category.FORBIDDEN,
                    "Changes must come from this node's own pages.",
                    "修改操作只能从本节点的页面发起",
                )
            if not decide(session, permission):
                raise XinglinError(
                    Category.FORBIDDEN, f"'{permission}' is not permitted here.", f"没有“{permission}”权限"
                )
            scope["xinglin.principal"] = _principal(session)
            await route(scope, receive, send)

        return guarded

    async def _session(self, headers: Headers) -> tuple[Session | None, bool]:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return await self._access.session_of(token.strip()), False
        secret = _cookie(headers.get("cookie", ""))
        if secret:
            return await self._access.session_of(secret), True
        return None, False


def _principal(session: Session) -> Principal:
    roles = PROGRAM if session.kind == "program" else CONSOLE
    return Principal(session.id, session.name, session.kind, session.id, roles=roles)


def decide(session: Session, permission: str) -> bool:
    """Whether ``session`` holds ``permission``. Roles and policies will stand here."""
    return session.kind != "program" or permission not in _PROGRAMS_MAY_NOT


def _cookie(header: str) -> str | None:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _from_own_page(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
