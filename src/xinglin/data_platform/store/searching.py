"""Searches carried out: the codings that a terminology knows first, then the page, then what comes along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from xinglin.foundation.clock import Clock

from .. import search
from ..fhir import parse, parse_exactly
from ..search import Circumstances, Codings, Include, NamedQuery, SearchRequest, Terminology
from . import repository
from .touching import patients_in
from .valueset import StoredTerminology

MAX_INCLUDED = 1_000
MAX_ITERATIONS = 8
COUNTED_EXACTLY = 10_000
_STATISTICS_LAST = timedelta(seconds=30)
_MAX_LINKS = 20_000  # looked up for one round of reverse includes


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of a page as its exact text."""

    type: str
    id: str
    content: bytes

    def patients(self) -> Iterable[str]:
        return patients_in(self.type, self.id, self.content)


@dataclass(slots=True)
class SearchPage:
    """One page of a search. ``total`` is known when asked for, or when this page is the whole answer;
    ``next`` is the cursor of the page after, None for the last; ``cut_short`` tells that more than 1,000
    resources would have come along, and only the first did."""

    request: SearchRequest
    matches: list[Found] = field(default_factory=list)
    included: list[Found] = field(default_factory=list)
    total: int | None = None
    next: str | None = None
    cut_short: bool = False

    def resources(self) -> list[dict[str, Any]]:
        """The matches, with the digits of every number kept."""
        return [parse_exactly(found.content) for found in self.matches]


class Searcher:
    """Runs requests on the caller's connection. ``own_base`` is this server's FHIR URL.

    ``terminology`` answers ``:in``, ``:not-in``, ``:above`` and ``:below``; without one, what the store itself
    holds does. ``queries`` may be named by ``_query``, each by type and name.
    """

    def __init__(
        self,
        clock: Clock,
        terminology: Terminology | None = None,
        queries: Mapping[tuple[str, str], NamedQuery] | None = None,
    ) -> None:
        self._clock = clock
        self._terminology = terminology or StoredTerminology()
        self._queries = dict(queries or {})
        self._common: dict[int, float] = {}
        self._common_since: datetime | None = None

    def read(self, type_: str, asked: Sequence[tuple[str, str]]) -> SearchRequest:
        """The request in the parameters ``asked``; see ``search.read``."""
        return search.read(type_, asked, self._queries)

    async def run(self, connection: Any, request: SearchRequest, own_base: str) -> SearchPage:
        """The page that ``request`` asks for. Raises INVALID for what cannot be searched."""
        at = await self._circumstances(connection, request, own_base)
        found = SearchPage(request)
        if request.only_count or request.total == "accurate":
            found.total = await self._count(connection, request, at)
        elif request.total == "estimate":
            found.total = await self._estimate(connection, request, at)
        if request.only_count:
            return found
        rows = await repository.page(connection, search.page(request, at), request.count + 1)
        if len(rows) > request.count:
            rows = rows[: request.count]
            found.next = search.cursor_of(search.cursor_values(rows[-1], request))
        elif request.after is None:
            found.total = len(rows)
        found.matches = [_found(row) for row in rows]
        if request.includes and rows:
            await _Including(connection, request.includes, at, found).run()
        return found

    async def matching_ids(self, connection: Any, request: SearchRequest, own_base: str) -> list[str]:
        """Up to two ids that match, for conditional interactions, where two are one too many."""
        request.count, request.includes, request.summary = 1, [], "false"
        page = await self.run(connection, request, own_base)
        return [found.id for found in page.matches] + ([""] if page.next else [])

    async def _circumstances(self, connection: Any, request: SearchRequest, own_base: str) -> Circumstances:
        terms: dict[search.Criterion, Codings] = {}
        for condition in request.criteria:
            for criterion in search.by_terminology(condition):
                terms[criterion] = await self._codings(connection, criterion)
        now = self._clock.now()
        if self._common_since is None or now - self._common_since > _STATISTICS_LAST:
            self._common, self._common_since = await repository.common_tokens(connection, search.GATHERED), now
        return Circumstances(own_base, now, terms, self._common)

    async def _codings(self, connection: Any, criterion: search.Criterion) -> Codings:
        found: list[tuple[str, str]] = []
        for system, code in criterion.codings():
            if criterion.modifier in ("in", "not-in"):
                found += await self._terminology.expand(connection, code)
            elif criterion.modifier == "below":
                found += await self._terminology.below(connection, system, code)
            else:
                found += await self._terminology.above(connection, system, code)
        return list(dict.fromkeys(found))

    async def _count(self, connection: Any, request: SearchRequest, at: Circumstances) -> int:
        return int(await repository.value(connection, search.count(request, at)))

    async def _estimate(self, connection: Any, request: SearchRequest, at: Circumstances) -> int:
        """What the database expects, or the exact count where that is cheap (search.html#total)."""
        if search.sight() is not None:  # what the database expects counts what the caller may not see
            return await self._count(connection, request, at)
        plan = orjson.loads(await repository.value(connection, search.estimate(request, at)))
        expected = int(plan[0]["Plan"]["Plan Rows"])
        return expected if expected > COUNTED_EXACTLY else await self._count(connection, request, at)


class _Including:
    """Adds to a page what its matches refer to and what refers to them, round by round while something is new
    and an include iterates: at most 8 rounds and 1,000 resources (search.html#include)."""

    def __init__(self, connection: Any, includes: Sequence[Include], at: Circumstances, page: SearchPage) -> None:
        self._connection = connection
        self._includes = includes
        self._at = at
        self._page = page
        self._there = {(match.type, match.id) for match in page.matches}

    async def run(self) -> None:
        newest, includes = self._page.matches, list(self._includes)
        for _ in range(MAX_ITERATIONS):
            if not newest or not includes:
                return
            newest = [*await self._referred(newest, includes), *await self._referring(newest, includes)]
            includes = [one for one in includes if one.iterate]
        self._page.cut_short = self._page.cut_short or bool(newest and includes)

    async def _referred(self, newest: Sequence[Found], includes: Sequence[Include]) -> list[Found]:
        forward = [one for one in includes if not one.reverse]
        if not forward:
            return []
        wanted = {
            target: None for found in newest for target in search.targets(forward, parse(found.content), self._at.bases)
        }
        asked = [one for one in wanted if one not in self._there]
        if not asked:
            return []
        return self._add(Found(*row) for row in await repository.contents(self._connection, asked))

    async def _referring(self, newest: Sequence[Found], includes: Sequence[Include]) -> list[Found]:
        added: list[Found] = []
        for include in includes:
            targets = [f"{one.type}/{one.id}" for one in newest if include.target in (None, one.type)]
            if not include.reverse or not targets:
                continue
            parameters = [one for type_ in include.sources() for one in include.parameters_of(type_)]
            if len(targets) * len(parameters) > _MAX_LINKS:
                raise search.unfit(
                    "_revinclude",
                    "this asks for too many kinds of references at once; name a type, or lower _count",
                    "反向包含的引用种类过多，请指定类型或减小 _count",
                    "too-costly",
                )
            statement = search.referring(parameters, targets, self._at.bases, MAX_INCLUDED + 1)
            added += self._add(_found(row) for row in await repository.rows(self._connection, statement))
        return added

    def _add(self, found: Iterator[Found]) -> list[Found]:
        fresh = list({(one.type, one.id): one for one in found if (one.type, one.id) not in self._there}.values())
        room = MAX_INCLUDED - len(self._page.included)
        self._page.cut_short = self._page.cut_short or len(fresh) > room
        added = list(islice(fresh, max(room, 0)))
        self._there.update((one.type, one.id) for one in added)
        self._page.included += added
        return added


def _found(row: Any) -> Found:
    return Found(row["type"], row["id"], row["content"])
