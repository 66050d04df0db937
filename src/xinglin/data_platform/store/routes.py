"""The FHIR REST interface over HTTP (hl7.org/fhir/R4/http.html), JSON only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from xinglin import __version__
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import principal_of, read_body
from xinglin.foundation.module import PUBLIC, Route

from ..fhir import instant
from .answer import Answer, information
from .bundle import Bundles
from .capability import capability
from .interaction import Interactions
from .model import Cause
from .reading import Reading
from .settings import StoreSettings

MEDIA_TYPE = "application/fhir+json"
_JSON_TYPES = frozenset({"application/fhir+json", "application/json", "text/json", "application/json+fhir"})
_FORMS = frozenset({"json", *_JSON_TYPES})
_ANY = frozenset({"*/*", "application/*", "text/*", ""})
READ, WRITE = "store.read", "store.write"
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Rest:
    """The endpoints. Expected failures are raised; the application speaks them as OperationOutcomes."""

    database: Database
    reading: Reading
    interactions: Interactions
    bundles: Bundles
    settings: StoreSettings
    clock: Clock
    started: datetime

    def routes(self) -> list[Route]:
        """Every route with its permission; a method that a path does not have is refused in FHIR's form."""
        paths: dict[str, dict[str, tuple[Handler, str]]] = {
            "/fhir": {"POST": (self.bundle, WRITE)},
            "/fhir/": {"POST": (self.bundle, WRITE)},
            "/fhir/metadata": {"GET": (self.metadata, PUBLIC)},
            "/fhir/_history": {"GET": (self.history, READ)},
            "/fhir/{type}": {
                "GET": (self.search, READ),
                "POST": (self.create, WRITE),
                "PUT": (self.update_matching, WRITE),
                "DELETE": (self.delete_matching, WRITE),
            },
            "/fhir/{type}/_search": {"POST": (self.search_by_form, READ)},
            "/fhir/{type}/_history": {"GET": (self.history, READ)},
            "/fhir/{type}/{id}": {
                "GET": (self.read, READ),
                "PUT": (self.update, WRITE),
                "DELETE": (self.delete, WRITE),
            },
            "/fhir/{type}/{id}/_history": {"GET": (self.history, READ)},
            "/fhir/{type}/{id}/_history/{version}": {"GET": (self.vread, READ)},
        }
        found = []
        for path, methods in paths.items():
            for method, (handler, permission) in methods.items():
                words = (method, "HEAD") if method == "GET" else (method,)
                found.append(Route(path, words, _in_json(handler), permission))
        return found

    async def metadata(self, request: Request) -> Response:
        """The CapabilityStatement; open to all, as clients read it before they sign in."""
        content = capability(_base(request), __version__, instant(self.started))
        return Response(content, media_type=MEDIA_TYPE)

    async def read(self, request: Request) -> Response:
        async with self.database.connection() as connection:
            answer = await self.reading.read(connection, request.path_params["type"], request.path_params["id"])
        if _not_modified(request, answer):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=answer.headers(_base(request)))
        return _respond(request, answer)

    async def vread(self, request: Request) -> Response:
        asked = request.path_params
        async with self.database.connection() as connection:
            return _respond(request, await self.reading.vread(connection, asked["type"], asked["id"], asked["version"]))

    async def history(self, request: Request) -> Response:
        asked, parameters = request.path_params, request.query_params.multi_items()
        type_, id_ = asked.get("type"), asked.get("id")
        async with self.database.connection() as connection:
            return _respond(request, await self.reading.history(connection, type_, id_, parameters, _base(request)))

    async def search(self, request: Request) -> Response:
        return await self._search(request, request.query_params.multi_items())

    async def search_by_form(self, request: Request) -> Response:
        """POST _search: parameters in the form and the URL count together (http.html#search)."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/x-www-form-urlencoded", ""):
            raise XinglinError(
                Category.UNSUPPORTED_MEDIA,
                "send the search as application/x-www-form-urlencoded",
                "请以 application/x-www-form-urlencoded 提交检索",
            )
        body = await read_body(request, self.settings.max_resource_bytes)
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return await self._search(request, [*request.query_params.multi_items(), *form])

    async def create(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        type_, condition = request.path_params["type"], request.headers.get("if-none-exist")
        answer = await self.interactions.create(type_, text, condition, _base(request), _cause(request))
        return _respond(request, answer)

    async def update(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        asked, match = request.path_params, request.headers.get("if-match")
        answer = await self.interactions.update(asked["type"], asked["id"], text, match, _cause(request))
        return _respond(request, answer)

    async def update_matching(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        type_, base = request.path_params["type"], _base(request)
        answer = await self.interactions.update_matching(type_, request.url.query, text, base, _cause(request))
        return _respond(request, answer)

    async def delete(self, request: Request) -> Response:
        asked, match = request.path_params, request.headers.get("if-match")
        answer = await self.interactions.delete(asked["type"], asked["id"], match, _cause(request))
        return _respond(request, answer)

    async def delete_matching(self, request: Request) -> Response:
        type_, query = request.path_params["type"], request.url.query
        answer = await self.interactions.delete_matching(type_, query, _base(request), _cause(request))
        return _respond(request, answer)

    async def bundle(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_bundle_bytes)
        with_resources = _preferred(request, "return") == "representation"
        content = await self.bundles.carry_out(text, _base(request), _cause(request), with_resources)
        return Response(content, media_type=MEDIA_TYPE)

    async def _search(self, request: Request, parameters: list[tuple[str, str]]) -> Response:
        strict = _preferred(request, "handling") == "strict"
        async with self.database.connection() as connection:
            type_, base = request.path_params["type"], _base(request)
            answer = await self.reading.search(connection, type_, parameters, base, strict)
        return _respond(request, answer)

    async def _body(self, request: Request, limit_bytes: int) -> bytes:
        kind = request.headers.get("content-type", "application/fhir+json").partition(";")[0].strip().lower()
        if kind not in _JSON_TYPES:
            raise XinglinError(
                Category.UNSUPPORTED_MEDIA,
                f"send {MEDIA_TYPE}; '{kind[:100]}' is not read",
                f"请以 {MEDIA_TYPE} 提交，不支持“{kind[:100]}”",
            )
        return await read_body(request, limit_bytes)


def _in_json(handler: Handler) -> Handler:
    """``handler`` for callers that take JSON; others are refused before anything is done."""

    async def endpoint(request: Request) -> Response:
        wanted = request.query_params.get("_format")
        kinds = [wanted] if wanted else request.headers.get("accept", "").split(",")
        plain = [kind.partition(";")[0].strip().lower() for kind in kinds]
        accepted = _FORMS if wanted else _FORMS | _ANY
        if not any(kind in accepted for kind in plain):
            raise XinglinError(
                Category.NOT_ACCEPTABLE,
                f"only JSON is spoken here: accept {MEDIA_TYPE}",
                f"此处仅支持 JSON，请接受 {MEDIA_TYPE}",
            )
        return await handler(request)

    return endpoint


def _respond(request: Request, answer: Answer) -> Response:
    headers = answer.headers(_base(request))
    content = answer.content or b""
    if request.method in ("POST", "PUT") and answer.place is not None:
        wanted = _preferred(request, "return")
        if wanted == "minimal":
            content = b""
        elif wanted == "OperationOutcome":
            content = information("written", "已写入")
    return Response(content, answer.status, headers, media_type=MEDIA_TYPE)


def _not_modified(request: Request, answer: Answer) -> bool:
    """Conditional read (http.html#cread): If-None-Match goes before If-Modified-Since."""
    tag = request.headers.get("if-none-match")
    if tag is not None:
        return tag.strip() in (f'W/"{answer.version}"', f'"{answer.version}"', "*")
    since = request.headers.get("if-modified-since")
    if since is None or answer.updated is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    return answer.updated < moment.replace(tzinfo=moment.tzinfo or UTC) + timedelta(seconds=1)


def _preferred(request: Request, name: str) -> str | None:
    """The value of one preference (RFC 7240)."""
    for header in request.headers.getlist("prefer"):
        for part in header.replace(";", ",").split(","):
            key, _, value = part.partition("=")
            if key.strip().lower() == name:
                return value.strip().strip('"')
    return None


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/fhir"


def _cause(request: Request) -> Cause:
    return Cause(agent=principal_of(request).id, correlation_id=request.headers.get("x-request-id"))
