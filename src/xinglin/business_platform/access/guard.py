"""The one place before every route: who asks, and whether they may."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from xinglin.data_platform.search import seeing
from xinglin.foundation.database import session as used_as
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, touched_of
from xinglin.foundation.module import PUBLIC

from .policy import Policies, Sees
from .service import Access

COOKIE = "xinglin_session"
_FOR_EVER = frozenset({"store.expunge"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Wraps routes. Raises UNAUTHENTICATED without a valid secret and FORBIDDEN where no
    rule permits. What is inside uses the database as the caller, and sees what the caller may see.

    What removes for ever is done for people only who have just proved again who they are: ``prove`` raises where
    somebody has not. A program proves itself with every token.
    """

    def __init__(self, access: Access, policies: Policies, prove: Callable[[Principal], None]) -> None:
        self._access = access
        self._policies = policies
        self._prove = prove

    def protect(self, route: ASGIApp, permission: str) -> ASGIApp:
        """``route`` behind this guard; with the permission ``PUBLIC`` it is left open."""
        if permission == PUBLIC:
            return route

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            headers = Headers(scope=scope)
            principal, by_cookie = await self._principal(headers, scope["method"], scope["path"])
            scope["xinglin.principal"] = principal
            if by_cookie and scope["method"] not in _SAFE_METHODS and not _from_own_page(headers):
                touched_of(scope).refused = "own-page"
                raise XinglinError(
                    Category.FORBIDDEN,
                    "Changes must come from this node's own pages.",
                    "修改操作只能从本节点的页面发起",
                )
            await self._permit(scope, principal, permission)
            if permission in _FOR_EVER and principal.kind != "program":
                self._prove(principal)
            sees = await self._policies.sees(principal)
            with used_as(sees.session), seeing(sees.sight):
                await route(scope, receive, send)

        return guarded

    async def again(self, scope: Scope, permission: str) -> Sees:
        """What the caller of ``scope``, who was let in some time ago, sees now: for answers that go on for long.
        Raises as at the door, where the session ended or the rules changed since."""
        principal, _ = await self._principal(Headers(scope=scope), scope["method"], scope["path"])
        await self._permit(scope, principal, permission)
        return await self._policies.sees(principal)

    async def _permit(self, scope: Scope, principal: Principal, permission: str) -> None:
        decision = await self._policies.of_service(principal, permission)
        if not decision.allowed:
            touched_of(scope).refused = ", ".join(decision.rules) or permission
            raise XinglinError(
                Category.FORBIDDEN,
                f"no rule lets your role use '{permission}'; ask the security administrator if your work needs it",
                f"您的角色没有“{permission}”权限；如工作需要，请联系安全管理员",
            )

    async def _principal(self, headers: Headers, method: str, path: str) -> tuple[Principal, bool]:
        """Who asks, and whether a cookie says so. Raises UNAUTHENTICATED."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        by_cookie = not (scheme.lower() == "bearer" and token)
        secret = _cookie(headers.get("cookie", "")) if by_cookie else token.strip()
        principal = await self._access.principal_of(secret, method, path) if secret else None
        if principal is None:
            raise XinglinError(
                Category.UNAUTHENTICATED,
                "Sign in first: open a sign-in link, or send a token as Authorization: Bearer.",
                "请先登录：打开登录链接，或以 Authorization: Bearer 提供令牌",
            )
        return principal, by_cookie


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
