"""The store as other rooms use it, in their own transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import Ids

from .. import search
from ..fhir import as_text, check_id, check_narratives, check_shape, compartments, parse_exactly, refuse_nul
from ..search import NamedQuery, SearchRequest, Terminology, identifier_token
from . import repository
from .defining import check_definition, freshen, refresh
from .known import present
from .model import Cause, Draft, Version, Watcher, Written
from .searching import Searcher, SearchPage
from .writer import Writer


class Store:
    """R4 resources: current ones by id or identifier, and writing many at once.

    Every method works on the caller's connection, so that its effects commit with the caller's own.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        terminology: Terminology | None = None,
        queries: Mapping[tuple[str, str], NamedQuery] | None = None,
    ) -> None:
        """``terminology`` answers searches by value sets and subsumption, instead of what is stored here;
        ``queries`` are those that clients may name by ``_query``, by type and name."""
        self.writer = Writer(clock, ids)
        self.searcher = Searcher(clock, terminology, queries)

    def watch(self, types: Iterable[str], watcher: Watcher) -> None:
        """Have ``watcher`` told of every write of ``types`` in its own transaction. One watcher a type."""
        self.writer.watchers.update(dict.fromkeys(types, watcher))

    async def read(self, connection: Any, type_: str, id_: str) -> dict[str, Any]:
        """The current resource; a number that a float would spell otherwise is a Decimal. Raises NOT_FOUND where
        there never was one, GONE where it was deleted."""
        found = await self.read_version(connection, type_, id_)
        return parse_exactly(found.content or b"")

    async def read_version(self, connection: Any, type_: str, id_: str) -> Version:
        """As ``read``, with the exact text in ``content``."""
        return await present(await repository.current(connection, type_, id_), type_, id_)

    async def fetch(
        self, connection: Any, references: Iterable[tuple[str, str]], having: str | None = None
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """As ``read`` for each of ``references`` (type, id), in one statement; absent and deleted left out, and those
        that nowhere have an element called ``having``."""
        asked = list(dict.fromkeys(references))
        if not asked:
            return {}
        rows = await repository.contents(connection, asked, having)
        return {(type_, id_): parse_exactly(content) for type_, id_, content in rows}

    async def find(
        self, connection: Any, identifiers: Iterable[tuple[str, str, str]]
    ) -> dict[tuple[str, str, str], str]:
        """The ids of the current resources with these identifiers (type, system, value), in one statement.

        Where several resources have one, the oldest; identifiers that nobody has are left out.
        """
        tokens = {asked: identifier_token(*asked) for asked in identifiers}
        if not tokens:
            return {}
        holders = await repository.holders(connection, list(tokens.values()))
        return {asked: holders[token] for asked, token in tokens.items() if token in holders}

    async def of_patient(
        self, connection: Any, patient_id: str, limit: int, but: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """As ``read``, up to ``limit`` resources of the patient's compartment, oldest first, of all types ``but``
        those; in one statement."""
        types = [type_ for type_ in compartments()["Patient"] if type_ not in but]
        inside = search.within("Patient", patient_id, types, "")
        rows = await repository.in_compartment(connection, inside, types, None, None, 0, limit)
        return [parse_exactly(content) for _, _, _, content in rows]

    async def search(
        self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]], own_base: str = ""
    ) -> SearchPage:
        """A page of a search with R4's parameters, as written in a URL (percent-decoded).

        Raises INVALID for a parameter that is not known or cannot be understood.
        """
        request = await self.request(connection, type_, parameters)
        if request.ignored:
            raise search.unfit(request.ignored[0], "this search parameter is not known", "未知的检索参数")
        return await self.searcher.run(connection, request, own_base)

    async def request(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> SearchRequest:
        """``parameters`` as they are understood by what the database holds now; see ``search.read``."""
        await freshen(connection)
        try:
            request = self.searcher.read(type_, parameters)
            in_doubt = request.ignored or search.unfinished(request)
            if not in_doubt or not await refresh(connection):
                return request
        except XinglinError:
            if not await refresh(connection):
                raise
        return self.searcher.read(type_, parameters)

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Cause,
        expected: Mapping[tuple[str, str], int] | None = None,
    ) -> list[Written]:
        """Create or replace each of ``resources``, which carry resourceType and id, in a constant number of
        statements.

        ``expected`` gives by (type, id) the version that a resource was worked out from, 0 for one that was not
        there; where another is current, PRECONDITION is raised and nothing is written: read again.

        The same id may occur several times: each is a version, in order. Content equal to the current one
        (versionId and lastUpdated aside) writes nothing and is ``unchanged``. One ``resource.changed`` event
        per patient (or per resource that has none) goes to the outbox. Raises INVALID naming the first bad
        resource, before anything is written; CONFLICT when another transaction made the same id meanwhile:
        the caller's transaction is lost and may be tried again.
        """
        versions = dict(expected or {})  # a version is expected of the first draft alone: the next rest on it
        drafts = [
            _draft(place, resource, versions.pop(_place_of(resource), None) if versions else None)
            for place, resource in enumerate(resources)
        ]
        return await self.writer.write(connection, drafts, cause) if drafts else []


def _place_of(resource: Mapping[str, Any]) -> tuple[str, str]:
    return str(resource.get("resourceType")), str(resource.get("id"))


def _draft(place: int, resource: Mapping[str, Any], expected: int | None) -> Draft:
    try:
        check_shape(resource)
        check_definition(resource)
        check_id(resource.get("id", ""))
        text = as_text(resource)
        refuse_nul(text)
        check_narratives(resource, text)
    except XinglinError as error:
        raise XinglinError(
            error.category,
            f"resource {place}: {error.english}",
            f"第 {place + 1} 个资源：{error.chinese}",
            expression=error.expression,
            issue_code=error.issue_code,
        ) from error
    type_, id_ = resource["resourceType"], resource["id"]
    return Draft(type_, id_, "PUT", text, resource, expected_version=expected, by_value=True)
