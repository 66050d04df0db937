"""OAuth's own endpoints, as its standards name them."""

from __future__ import annotations

from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import principal_of, read_body, wants_chinese
from xinglin.foundation.module import PUBLIC, Route

from ..oauth.address import Addresses
from ..oauth.authorization import Authorization, Refused
from ..oauth.model import Answer
from ..oauth.provider import Provider
from ..oauth.signing import SigningKeys

_LONGEST_FORM_BYTES = 64 * 1024
_FORM = "application/x-www-form-urlencoded"
_SHARED = {"Cache-Control": "public, max-age=300"}


class Endpoints:
    """The authorization server as programs and browsers reach it."""

    def __init__(
        self, authorization: Authorization, provider: Provider, keys: SigningKeys, addresses: Addresses
    ) -> None:
        self._authorization = authorization
        self._provider = provider
        self._keys = keys
        self._addresses = addresses

    def routes(self) -> list[Route]:
        """Open to all but one: who calls proves itself by what it sends."""
        return [
            Route("/oauth/authorize", ("GET",), self.authorize, PUBLIC),
            Route("/oauth/token", ("POST",), self.token, PUBLIC),
            Route("/oauth/revoke", ("POST",), self.revoke, PUBLIC),
            Route("/oauth/introspect", ("POST",), self.introspect, PUBLIC),
            Route("/oauth/jwks", ("GET",), self.jwks, PUBLIC),
            Route("/oauth/userinfo", ("GET", "POST"), self.userinfo, "access.userinfo"),
            Route("/.well-known/openid-configuration", ("GET",), self.openid_configuration, PUBLIC),
            Route("/fhir/.well-known/smart-configuration", ("GET",), self.smart_configuration, PUBLIC),
        ]

    async def authorize(self, request: Request) -> Response:
        """Examines a request before anybody is asked. The page that asks is of this origin, so that it has the session
        that a browser does not send along from elsewhere."""
        query = request.url.query
        try:
            await self._authorization.examine(query)
        except Refused as refused:
            return RedirectResponse(refused.location, 303, {"Cache-Control": "no-store"})
        except XinglinError as error:
            if error.category is not Category.INVALID:
                raise
            return _page(request, error)
        return RedirectResponse(self._authorization.page(query), 303, {"Cache-Control": "no-store"})

    async def token(self, request: Request) -> Response:
        return _said(await self._provider.token(await _form(request)))

    async def revoke(self, request: Request) -> Response:
        return _said(await self._provider.revoke(await _form(request)))

    async def introspect(self, request: Request) -> Response:
        return _said(await self._provider.introspect(await _form(request)))

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(await self._keys.public(), headers=_SHARED)

    async def userinfo(self, request: Request) -> Response:
        principal = principal_of(request)
        if "openid" not in (principal.scopes or ()):
            raise XinglinError(
                Category.FORBIDDEN,
                "This token was given without the scope openid.",
                "该令牌未包含 openid 范围",
                challenge='Bearer error="insufficient_scope", scope="openid"',
            )
        return JSONResponse(self._provider.userinfo(principal), headers={"Cache-Control": "no-store"})

    async def openid_configuration(self, _: Request) -> Response:
        return JSONResponse(self._addresses.openid_configuration(), headers=_SHARED)

    async def smart_configuration(self, _: Request) -> Response:
        return JSONResponse(self._addresses.smart_configuration(), headers=_SHARED)


async def _form(request: Request) -> str:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise XinglinError(Category.UNSUPPORTED_MEDIA, f"Send {_FORM}.", f"请使用 {_FORM}")
    return (await read_body(request, _LONGEST_FORM_BYTES)).decode("utf-8", "replace")


def _said(answer: Answer) -> Response:
    body: Any = answer.body
    return JSONResponse(body, answer.status, answer.headers)


def _page(request: Request, error: XinglinError) -> Response:
    """For somebody in a browser whose request leads nowhere."""
    language, text = ("zh-CN", error.chinese) if wants_chinese(request) else ("en", error.english)
    return HTMLResponse(
        f"<!doctype html><html lang={language}><meta charset=utf-8><title>Xinglin 杏林</title>"
        f'<meta name=viewport content="width=device-width"><h1>Xinglin 杏林</h1><p>{escape(text)}</p>',
        400,
    )
