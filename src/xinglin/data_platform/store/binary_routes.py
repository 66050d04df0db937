"""The endpoints of Binary resources, spoken in other forms than JSON too (hl7.org/fhir/R4/binary.html#rest)."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from xinglin.foundation.database import Database
from xinglin.foundation.module import Route

from .binary import BINARY, asks_for_content, content_of, native
from .interaction import Interactions
from .negotiation import condition_of
from .reading import Reading
from .settings import StoreSettings
from .shortening import WHOLE
from .speaking import base_of, cause_of, held_by, part_asked, respond, unchanged


@dataclass(frozen=True, slots=True)
class BinaryRest:
    """Must stand before the routes of all types, which answer what is not here."""

    database: Database
    reading: Reading
    interactions: Interactions
    settings: StoreSettings

    def routes(self, read: str, write: str) -> list[Route]:
        """The routes, with the permissions that they need."""
        one = "/fhir/Binary/{id}"
        return [
            Route("/fhir/Binary", ("POST",), self.create, write),
            Route(one, ("PUT",), self.update, write),
            Route(one, ("GET", "HEAD"), self.read, read),
            Route(f"{one}/_history/{{version}}", ("GET", "HEAD"), self.read, read),
        ]

    async def create(self, request: Request) -> Response:
        text, condition = await content_of(request, self.settings.max_resource_bytes), condition_of(request)
        answer = await self.interactions.create(BINARY, text, condition, base_of(request), cause_of(request))
        return respond(request, answer)

    async def update(self, request: Request) -> Response:
        id_, match = request.path_params["id"], request.headers.get("if-match")
        text = await content_of(request, self.settings.max_resource_bytes, id_)
        return respond(request, await self.interactions.update(BINARY, id_, text, match, cause_of(request)))

    async def read(self, request: Request) -> Response:
        """A read or vread."""
        asked, as_content = request.path_params, asks_for_content(request)
        part = WHOLE if as_content else part_asked(request)
        async with self.database.connection() as connection:
            if "version" in asked:
                answer = await self.reading.vread(connection, BINARY, asked["id"], asked["version"], part)
            else:
                answer = await self.reading.read(connection, BINARY, asked["id"], part)
        if held_by(request).is_current(answer):
            return unchanged(request, answer)
        spoken = respond(request, answer)
        content = native(request, answer, answer.headers(base_of(request))) if as_content else None
        return spoken if content is None else content
