"""The ASGI application of a web process: every room's routes behind the guard, live events, the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from xinglin import __version__
from xinglin.business_platform import access
from xinglin.data_platform.search import NOTHING, seeing
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import session
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import note_arrival, problem
from xinglin.foundation.module import PUBLIC

from .assembly import Node
from .bundle import content_policy, device_policy, page_routes
from .cross_origin import HEADERS, allow, is_preflight, shared
from .large_bodies import LargeBodies
from .live import LIVE_PATH, LIVE_PERMISSION, live_route

_FHIR = "/fhir"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-permitted-cross-domain-policies", b"none"),
)
_HTTPS_FROM_NOW_ON = (b"strict-transport-security", b"max-age=31536000")
_UNLESS_TOLD = (
    (b"content-security-policy", content_policy().encode()),
    (b"permissions-policy", device_policy().encode()),
)

log = structlog.get_logger("web")


def make_application(node: Node) -> ASGIApp:
    """The whole application. Raises ``ValueError`` for a route that names no permission of its room."""
    large = LargeBodies(node.settings.web.large_bodies_mib * 2**20)

    def watched(application: ASGIApp) -> ASGIApp:
        slowed = node.throttle.slowing_strangers(application, _spoken)
        return access.Watch(slowed, node.trail, node.clock, _spoken)

    return _Outside(watched(describe(node)), watched(_lean(node)), large, node.clock)


def describe(node: Node) -> FastAPI:
    """Every route behind the guard, as the application that also writes the OpenAPI document."""

    application = FastAPI(
        title="Xinglin",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_id,
    )
    for described in application.router.routes:
        assert isinstance(described, StarletteRoute)
        described.app = access.unnoted(described.app)
    for failure, answer in _ANSWERS.items():
        application.add_exception_handler(failure, answer)
    application.router.routes.extend(route for route in _guarded(node) if not route.path.startswith(_FHIR))
    for module in node.modules:
        if module.api is not None:
            _include(application, node, module.api)
    live = live_route(node)
    live.app = _protected(node, live.app, live.path, LIVE_PERMISSION)
    application.router.routes.append(live)
    for page in page_routes(node.folder.certificate / "ca.pem"):
        page.app = access.unnoted(page.app)
        application.router.routes.append(page)
    return application


def _lean(node: Node) -> ASGIApp:
    """FHIR's routes alone, without what business routes need: they are called a hundred times as often."""
    return _ByShape([route for route in _guarded(node) if route.path.startswith(_FHIR)])


def _guarded(node: Node) -> Iterator[StarletteRoute]:
    for module in node.modules:
        for route in module.routes:
            guarded = StarletteRoute(route.path, route.endpoint, methods=list(route.methods))
            guarded.app = _protected(node, guarded.app, route.path, route.permission)
            yield guarded


def _protected(node: Node, route: ASGIApp, path: str, permission: str) -> ASGIApp:
    """``route`` behind the guard and within its caller's limits, known to the audit trail by its ``path``."""
    guarded = access.named(node.guard.protect(node.throttle.limited(route, path), permission), path)
    return access.unnoted(guarded) if permission == PUBLIC else guarded


def _include(application: FastAPI, node: Node, api: Any) -> None:
    for route in api.routes:
        assert isinstance(route, APIRoute)
        permission = (route.openapi_extra or {}).get("x-permission")
        if permission is None:
            raise ValueError(f"route {route.path} names no permission")
        route.app = _protected(node, route.app, route.path, permission)
        application.router.routes.append(route)


class _ByShape:
    """Routes whose parameters hold no slash. Only those as deep as the path are tried, and those that end in a word of
    FHIR's ($everything, _history) only where the path does: going through forty, one after another, took a tenth of the
    time of a read."""

    def __init__(self, routes: Sequence[StarletteRoute]) -> None:
        self._whole = Starlette(routes=routes, exception_handlers=_ANSWERS)
        self._of_shape: dict[tuple[int, bool], Starlette] = {}
        for depth in {route.path.count("/") for route in routes}:
            as_deep = [route for route in routes if route.path.count("/") == depth]
            self._add(depth, True, as_deep)
            self._add(depth, False, [route for route in as_deep if not _ends_in_word(route.path)])

    def _add(self, depth: int, in_word: bool, routes: Sequence[StarletteRoute]) -> None:
        found = self._of_shape[depth, in_word] = Starlette(routes=routes, exception_handlers=_ANSWERS)
        found.router.default = self._whole.router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        await self._of_shape.get((path.count("/"), _ends_in_word(path)), self._whole)(scope, receive, send)


def _ends_in_word(path: str) -> bool:
    return path[path.rfind("/") + 1 :].startswith(("$", "_"))


class _Outside:
    """Security headers on everything; compression for pages and business answers, never for FHIR's wire; a bound on
    what the bodies of all requests weigh."""

    def __init__(self, application: ASGIApp, lean: ASGIApp, large: LargeBodies, clock: Clock) -> None:
        self._clock = clock
        self._lean = lean
        self._large = large
        self._plain = application
        self._small = GZipMiddleware(application, minimum_size=1000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note_arrival(scope, self._clock.now())
        with session(access.NOBODY), seeing(NOTHING):  # until the guard knows whose the request is
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._plain(scope, receive, send)
            return

        others = shared(scope["path"])
        if others and is_preflight(scope):
            await allow(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS, *(HEADERS if others else ())]
                told = {name for name, _ in message["headers"]}
                message["headers"] += [one for one in _UNLESS_TOLD if one[0] not in told]
                if scope["scheme"] == "https":
                    message["headers"].append(_HTTPS_FROM_NOW_ON)
                if scope["path"].startswith("/api"):
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        path = scope["path"]
        if path.startswith(_FHIR) and self._large.is_small(scope):
            await self._lean(scope, receive, send_with_headers)
        elif path.startswith(_FHIR):
            async with self._large.weighed(scope, receive) as weighing:
                await self._lean(scope, weighing, send_with_headers)
        elif path == LIVE_PATH:
            await self._plain(scope, receive, send_with_headers)
        else:
            await self._small(scope, receive, send_with_headers)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, XinglinError)
    return _spoken(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    category = {404: Category.NOT_FOUND, 405: Category.UNSUPPORTED}.get(error.status_code, Category.INVALID)
    return _spoken(request, XinglinError(category, f"{request.url.path}: {error.detail}"))


async def _unfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"][1:])
    return _spoken(
        request,
        XinglinError(
            Category.INVALID, f"{where}: {first['msg']}", f"参数 {where} 有误：{first['msg']}", expression=where
        ),
    )


async def _defect(request: Request, error: Exception) -> Response:
    log.error("defect", path=request.url.path, method=request.method, exc_info=error)
    return _spoken(
        request,
        XinglinError(
            Category.FAULT,
            "Something is broken on our side; it was noted. Nothing was half-written.",
            "系统内部出错，已记录；没有写入不完整的数据。",
        ),
    )


def _spoken(request: Request, error: XinglinError) -> Response:
    """``error`` in the protocol of the path: OperationOutcome for FHIR, problem details elsewhere."""
    if not request.url.path.startswith(_FHIR):
        return problem(request, error)
    return Response(
        orjson.dumps(error.operation_outcome()),
        error.category.http_status,
        error.headers(),
        media_type="application/fhir+json",
    )


_ANSWERS: dict[Any, Any] = {
    XinglinError: _expected,
    HTTPException: _http,
    RequestValidationError: _unfit,
    Exception: _defect,
}


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0] if route.tags else 'node'}_{route.name}"
