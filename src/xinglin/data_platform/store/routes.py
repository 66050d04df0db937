"""The FHIR REST interface over HTTP (hl7.org/fhir/R4/http.html), JSON only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from xinglin import __version__
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import read_body
from xinglin.foundation.module import PUBLIC, Route

from ..fhir import instant
from ..search import in_use
from .answer import Answer
from .bundle import Bundles
from .capability import capability
from .defining import freshen, progress, start
from .gathering import GatheredReads
from .history import history
from .interaction import Interactions
from .known import known
from .negotiation import (
    condition_of,
    media_type_of,
    preferences_of,
    refuse_other_bodies,
    refuse_other_forms,
)
from .openapi import document
from .operations import Operations
from .patching import Patch, read_patch
from .reading import Reading, of_version
from .settings import StoreSettings
from .speaking import base_of, cause_of, held_by, part_asked, respond, unchanged

READ, WRITE, EXPUNGE, REINDEX = "store.read", "store.write", "store.expunge", "store.reindex"
_FORM = "application/x-www-form-urlencoded"
Handler = Callable[[Request], Awaitable[Response]]
Paths = dict[str, dict[str, tuple[Handler, str]]]


@dataclass(frozen=True, slots=True)
class Rest:
    """The endpoints. Expected failures are raised; the application speaks them as OperationOutcomes."""

    database: Database
    reads: GatheredReads
    reading: Reading
    interactions: Interactions
    bundles: Bundles
    operations: Operations
    settings: StoreSettings
    clock: Clock
    started: datetime

    def routes(self) -> list[Route]:
        """Every route with its permission; a method that a path does not have is refused in FHIR's form."""
        found = []
        for path, methods in {**self._system(), **self._operations(), **self._resources()}.items():
            for method, (handler, permission) in methods.items():
                found.append(Route(path, _words(method), _in_json(handler), permission))
        return found

    def _system(self) -> Paths:
        return {
            "/fhir": {"GET": (self.search_everywhere, READ), "POST": (self.bundle, WRITE)},
            "/fhir/": {"GET": (self.search_everywhere, READ), "POST": (self.bundle, WRITE)},
            "/fhir/_search": {"POST": (self.search_everywhere_by_form, READ)},
            "/fhir/metadata": {"GET": (self.metadata, PUBLIC)},
            "/fhir/openapi.json": {"GET": (self.openapi, PUBLIC)},
            "/fhir/_history": {"GET": (self.history, READ)},
            "/fhir/$reindex": {"GET": (self.progress, READ), "POST": (self.reindex, REINDEX)},
        }

    def _operations(self) -> Paths:
        one, version = "/fhir/{type}/{id}", "/fhir/{type}/{id}/_history/{version}"
        return {
            "/fhir/$meta": {"GET": (self.meta_in_use, READ), "POST": (self.meta_in_use, READ)},
            "/fhir/{type}/$meta": {"GET": (self.meta_in_use, READ), "POST": (self.meta_in_use, READ)},
            "/fhir/{type}/$validate": {"POST": (self.validate, READ)},
            f"{one}/$validate": {"GET": (self.validate, READ), "POST": (self.validate, READ)},
            f"{one}/$everything": {"GET": (self.get, READ), "POST": (self.everything, READ)},
            f"{one}/$meta": {"GET": (self.meta, READ), "POST": (self.meta, READ)},
            f"{one}/$meta-add": {"POST": (self.meta_add, WRITE)},
            f"{one}/$meta-delete": {"POST": (self.meta_delete, WRITE)},
            f"{version}/$meta": {"GET": (self.meta, READ), "POST": (self.meta, READ)},
            f"{version}/$meta-add": {"POST": (self.meta_add, WRITE)},
            f"{version}/$meta-delete": {"POST": (self.meta_delete, WRITE)},
            f"{one}/$expunge": {"POST": (self.expunge, EXPUNGE)},
        }

    def _resources(self) -> Paths:
        return {
            "/fhir/{type}": {
                "GET": (self.search, READ),
                "POST": (self.create, WRITE),
                "PUT": (self.update_matching, WRITE),
                "PATCH": (self.patch_matching, WRITE),
                "DELETE": (self.delete_matching, WRITE),
            },
            "/fhir/{type}/_search": {"POST": (self.search_by_form, READ)},
            "/fhir/{type}/_history": {"GET": (self.history, READ)},
            "/fhir/{type}/{id}": {
                "GET": (self.read, READ),
                "PUT": (self.update, WRITE),
                "PATCH": (self.patch, WRITE),
                "DELETE": (self.delete, WRITE),
            },
            "/fhir/{type}/{id}/_history": {"GET": (self.history, READ)},
            "/fhir/{type}/{id}/_history/{version}": {"GET": (self.vread, READ)},
            "/fhir/{focus}/{id}/{type}": {"GET": (self.search_within, READ)},
            "/fhir/{focus}/{id}/{type}/_search": {"POST": (self.search_within_by_form, READ)},
        }

    async def metadata(self, request: Request) -> Response:
        """The CapabilityStatement; open to all, as clients read it before they sign in."""
        revision = await self._revision()
        content = capability(base_of(request), __version__, instant(self.started), self.settings, revision)
        tag = f'W/"{__version__}-{self.started:%Y%m%d%H%M%S}-{revision}"'
        part = part_asked(request)
        return respond(request, Answer(HTTPStatus.OK, part.of("CapabilityStatement", content)), {"ETag": tag})

    async def openapi(self, request: Request) -> Response:
        """This interface as an OpenAPI document, for tools; open to all, as it says nothing of anybody."""
        content = document(base_of(request), __version__, await self._revision())
        return Response(content, media_type="application/json")

    async def _revision(self) -> int:
        """That of the own search parameters in use; while the database is away, those last known."""
        with suppress(XinglinError):
            async with self.database.connection() as connection:
                await freshen(connection)
        return in_use().revision

    async def read(self, request: Request) -> Response:
        asked, part = request.path_params, part_asked(request)
        answer = of_version(await self.reads.read(asked["type"], asked["id"]), part)
        if held_by(request).is_current(answer):
            return unchanged(request, answer)
        return respond(request, answer)

    async def vread(self, request: Request) -> Response:
        asked, part = request.path_params, part_asked(request)
        async with self.database.connection() as connection:
            answer = await self.reading.vread(connection, asked["type"], asked["id"], asked["version"], part)
        return respond(request, answer)

    async def history(self, request: Request) -> Response:
        asked, parameters = request.path_params, request.query_params.multi_items()
        type_, id_ = asked.get("type"), asked.get("id")
        async with self.database.connection() as connection:
            return respond(request, await history(connection, type_, id_, parameters, base_of(request)))

    async def get(self, request: Request) -> Response:
        """What is read the same way inside a Bundle."""
        url = f"{request.url.path.removeprefix('/fhir')}?{request.url.query}"
        async with self.database.connection() as connection:
            return respond(request, await self.reading.get(connection, url, base_of(request)))

    async def search(self, request: Request) -> Response:
        return await self._search(request, request.query_params.multi_items())

    async def search_by_form(self, request: Request) -> Response:
        return await self._search(request, await self._form(request))

    async def search_within(self, request: Request) -> Response:
        return await self._search_within(request, request.query_params.multi_items())

    async def search_within_by_form(self, request: Request) -> Response:
        return await self._search_within(request, await self._form(request))

    async def search_everywhere(self, request: Request) -> Response:
        return await self._search_everywhere(request, request.query_params.multi_items())

    async def search_everywhere_by_form(self, request: Request) -> Response:
        return await self._search_everywhere(request, await self._form(request))

    async def create(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        type_, condition = request.path_params["type"], condition_of(request)
        answer = await self.interactions.create(type_, text, condition, base_of(request), cause_of(request))
        return respond(request, answer)

    async def update(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        asked, match = request.path_params, request.headers.get("if-match")
        answer = await self.interactions.update(asked["type"], asked["id"], text, match, cause_of(request))
        return respond(request, answer)

    async def update_matching(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        type_, query, match = request.path_params["type"], request.url.query, request.headers.get("if-match")
        base, cause = base_of(request), cause_of(request)
        return respond(request, await self.interactions.update_matching(type_, query, text, match, base, cause))

    async def patch(self, request: Request) -> Response:
        patch, asked, match = await self._patch(request), request.path_params, request.headers.get("if-match")
        answer = await self.interactions.patch(asked["type"], asked["id"], patch, match, cause_of(request))
        return respond(request, answer)

    async def patch_matching(self, request: Request) -> Response:
        patch, type_, match = await self._patch(request), request.path_params["type"], request.headers.get("if-match")
        base, cause = base_of(request), cause_of(request)
        answer = await self.interactions.patch_matching(type_, request.url.query, patch, match, base, cause)
        return respond(request, answer)

    async def delete(self, request: Request) -> Response:
        asked, match = request.path_params, request.headers.get("if-match")
        answer = await self.interactions.delete(asked["type"], asked["id"], match, cause_of(request))
        return respond(request, answer)

    async def delete_matching(self, request: Request) -> Response:
        type_, query, match = request.path_params["type"], request.url.query, request.headers.get("if-match")
        answer = await self.interactions.delete_matching(type_, query, match, base_of(request), cause_of(request))
        return respond(request, answer)

    async def bundle(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_bundle_bytes)
        returned = preferences_of(request).returned
        return respond(request, await self.bundles.carry_out(text, base_of(request), cause_of(request), returned))

    async def validate(self, request: Request) -> Response:
        text = None
        if request.method == "POST":
            text = await self._body(request, self.settings.max_resource_bytes)
        asked = request.path_params
        answer = await self.operations.validate(
            asked["type"], asked.get("id"), text, request.query_params.multi_items()
        )
        return respond(request, answer)

    async def everything(self, request: Request) -> Response:
        """By POST the parameters come in a Parameters resource."""
        text = await self._body(request, self.settings.max_resource_bytes)
        asked = request.path_params
        given = [*request.query_params.multi_items(), *self.operations.parameters_in(text)]
        return respond(request, await self.operations.everything(asked["type"], asked["id"], given, base_of(request)))

    async def meta(self, request: Request) -> Response:
        asked = request.path_params
        return respond(request, await self.operations.meta(asked["type"], asked["id"], asked.get("version")))

    async def meta_in_use(self, request: Request) -> Response:
        return respond(request, await self.operations.meta_in_use(request.path_params.get("type")))

    async def meta_add(self, request: Request) -> Response:
        return await self._relabel(request, add=True)

    async def meta_delete(self, request: Request) -> Response:
        return await self._relabel(request, add=False)

    async def progress(self, request: Request) -> Response:
        """How far the index is that own search parameters need."""
        async with self.database.connection() as connection:
            return respond(request, await progress(connection))

    async def reindex(self, request: Request) -> Response:
        """Index the types that ``type`` names anew."""
        types = [one for value in request.query_params.getlist("type") for one in value.split(",")]
        async with self.database.transaction() as connection:
            return respond(request, await start(connection, types))

    async def expunge(self, request: Request) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        asked = request.path_params
        return respond(request, await self.operations.expunge(asked["type"], asked["id"], text, cause_of(request)))

    async def _relabel(self, request: Request, add: bool) -> Response:
        text = await self._body(request, self.settings.max_resource_bytes)
        asked, cause = request.path_params, cause_of(request)
        answer = await self.operations.relabel(asked["type"], asked["id"], asked.get("version"), text, add, cause)
        return respond(request, answer)

    async def _search(self, request: Request, parameters: list[tuple[str, str]]) -> Response:
        type_, base, strict = request.path_params["type"], base_of(request), preferences_of(request).strict
        async with self.database.connection() as connection:
            answer = await self.reading.search(connection, type_, parameters, base, strict)
        return respond(request, answer)

    async def _search_within(self, request: Request, parameters: list[tuple[str, str]]) -> Response:
        asked, base, strict = request.path_params, base_of(request), preferences_of(request).strict
        async with self.database.connection() as connection:
            answer = await self.reading.search_within(
                connection, asked["focus"], asked["id"], asked["type"], parameters, base, strict
            )
        return respond(request, answer)

    async def _search_everywhere(self, request: Request, parameters: list[tuple[str, str]]) -> Response:
        base, strict = base_of(request), preferences_of(request).strict
        async with self.database.connection() as connection:
            return respond(request, await self.reading.search_everywhere(connection, parameters, base, strict))

    async def _form(self, request: Request) -> list[tuple[str, str]]:
        """POST _search: parameters in the form and the URL count together (http.html#search)."""
        kind = media_type_of(request, _FORM)
        if kind != _FORM:
            raise XinglinError(Category.UNSUPPORTED_MEDIA, f"send the search as {_FORM}", f"请以 {_FORM} 提交检索")
        body = await read_body(request, self.settings.max_resource_bytes)
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return [*request.query_params.multi_items(), *form]

    async def _patch(self, request: Request) -> Patch:
        known(request.path_params["type"])
        kind = media_type_of(request)
        return read_patch(kind, await read_body(request, self.settings.max_resource_bytes))

    async def _body(self, request: Request, limit_bytes: int) -> bytes:
        refuse_other_bodies(request)
        return await read_body(request, limit_bytes)


def _in_json(handler: Handler) -> Handler:
    """``handler`` for callers that take JSON; others are refused before anything is done."""

    async def endpoint(request: Request) -> Response:
        refuse_other_forms(request)
        return await handler(request)

    return endpoint


def _words(method: str) -> tuple[str, ...]:
    return (method, "HEAD") if method == "GET" else (method,)
