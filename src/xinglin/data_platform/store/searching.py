"""Searches carried out: chains first, then the page, then what is included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xinglin.foundation.clock import Clock

from .. import search
from ..fhir import parse, parse_exactly
from ..search import Chain, Has, Include, SearchRequest
from . import repository

MAX_CHAINED = 10_000
MAX_INCLUDED = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of a page as its exact text."""

    type: str
    id: str
    content: bytes


@dataclass(slots=True)
class SearchPage:
    """One page of a search. ``total`` is known when asked for, or when this page is the whole answer;
    ``next`` is the cursor of the page after, None for the last."""

    request: SearchRequest
    matches: list[Found] = field(default_factory=list)
    included: list[Found] = field(default_factory=list)
    total: int | None = None
    next: str | None = None

    def resources(self) -> list[dict[str, Any]]:
        """The matches, with the digits of every number kept."""
        return [parse_exactly(found.content) for found in self.matches]


class Searcher:
    """Runs requests on the caller's connection. ``own_base`` is this server's FHIR URL."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, connection: Any, request: SearchRequest, own_base: str) -> SearchPage:
        """The page that ``request`` asks for. Raises INVALID for what cannot be searched, too-costly for a chain
        that leads to more than 10,000 resources."""
        now = self._clock.now()
        resolved = {
            criterion: await self._resolve(connection, request.type, criterion, own_base)
            for criterion in request.criteria
            if isinstance(criterion, Chain | Has)
        }
        found = SearchPage(request)
        if request.only_count or request.total in ("accurate", "estimate"):
            counted = search.count(request, resolved, own_base, now)
            found.total = int(await repository.value(connection, counted))
        if request.only_count:
            return found
        rows = await repository.rows(connection, search.page(request, resolved, own_base, now))
        if len(rows) > request.count:
            rows = rows[: request.count]
            found.next = search.cursor_of(search.cursor_values(rows[-1], request))
        elif request.after is None:
            found.total = len(rows)
        found.matches = [_found(row) for row in rows]
        if request.includes and rows:
            found.included = await self._include(connection, request.includes, found.matches)
        return found

    async def matching_ids(self, connection: Any, request: SearchRequest, own_base: str) -> list[str]:
        """Up to two ids that match, for conditional interactions, where two are one too many."""
        request.count, request.includes, request.summary = 1, [], "false"
        page = await self.run(connection, request, own_base)
        return [found.id for found in page.matches] + ([""] if page.next else [])

    async def _resolve(self, connection: Any, type_: str, criterion: Chain | Has, own_base: str) -> list[str]:
        now, limit = self._clock.now(), MAX_CHAINED + 1
        found: list[str] = []
        if isinstance(criterion, Chain):
            for target, inner in criterion.targets:
                statement = search.matching(target, inner, own_base, now, limit)
                found += [f"{target}/{row['id']}" for row in await repository.rows(connection, statement)]
        else:
            statement = search.matching(criterion.type, criterion.criterion, own_base, now, limit)
            paths = {path.number for path in criterion.parameter.paths}
            for row in await repository.rows(connection, statement):
                found += [
                    reference.partition("/")[2]
                    for path, reference in search.index(parse(row["content"])).references
                    if path in paths and reference.startswith(f"{type_}/")
                ]
        if len(found) > MAX_CHAINED:
            raise search.unfit(
                criterion.name,
                f"this leads to more than {MAX_CHAINED} resources; narrow it",
                f"该条件涉及超过 {MAX_CHAINED} 个资源，请缩小范围",
                "too-costly",
            )
        return list(dict.fromkeys(found))

    async def _include(self, connection: Any, includes: Sequence[Include], matches: Sequence[Found]) -> list[Found]:
        there = {(match.type, match.id) for match in matches}
        wanted: dict[tuple[str, str], None] = {}
        for match in matches:
            found = search.index(parse(match.content)).references
            for include in includes:
                if not include.reverse:
                    wanted.update(dict.fromkeys(_targets(include, found)))
        asked = [one for one in wanted if one not in there][:MAX_INCLUDED]
        included = [Found(*row) for row in await repository.contents(connection, asked)] if asked else []
        for include in includes:
            if include.reverse:
                targets = [f"{match.type}/{match.id}" for match in matches]
                statement = search.referring(include.type, include.parameter, targets, MAX_INCLUDED)
                included += [_found(row) for row in await repository.rows(connection, statement)]
        return list({(one.type, one.id): one for one in included if (one.type, one.id) not in there}.values())


def _targets(include: Include, references: Sequence[tuple[int, str]]) -> list[tuple[str, str]]:
    paths = {path.number: path.target for path in include.parameter.paths}
    found = []
    for number, reference in references:
        type_, slash, id_ = reference.partition("/")
        wanted = include.target or paths.get(number)
        if number in paths and slash and "/" not in id_ and wanted in (None, type_):
            found.append((type_, id_))
    return found


def _found(row: Any) -> Found:
    return Found(row["type"], row["id"], row["content"])
