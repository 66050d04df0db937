"""The node's own search parameters as they change, and as this process, all of it, comes to know them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from xinglin.foundation.errors import Category, XinglinError

from ... import search
from ...fhir import known_type
from . import repository
from .repository import Kept, Walk

DEFINING = "SearchParameter"
_FRESH_SECONDS = 1.0

Change = tuple[str, Mapping[str, Any] | None]
"""The id of a SearchParameter and what it is now, None where it was deleted."""


def check_definition(resource: Mapping[str, Any]) -> None:
    """Raise UNPROCESSABLE for an active SearchParameter that this server could not search by."""
    if resource.get("resourceType") == DEFINING:
        search.read_definition(resource)


class _Looking:
    at = float("-inf")


async def freshen(connection: Any) -> None:
    """Use in this process what the database holds now, give or take a second."""
    if time.monotonic() - _Looking.at > _FRESH_SECONDS:
        await refresh(connection)


async def refresh(connection: Any) -> bool:
    """Use in this process what the database holds now; whether that is something else than before."""
    _Looking.at = time.monotonic()
    if await repository.revision(connection) == search.in_use().revision:
        return False
    revision, kept, unfinished = await repository.load(connection)
    own = [(one, orjson.loads(one.definition)) for one in kept]
    codes = {
        (type_, definition["code"])
        for one, definition in own
        for type_ in definition["base"]
        if type_ in unfinished and one.revision >= unfinished[type_]
    }
    search.use(search.Definitions(revision, [definition for _, definition in own], frozenset(codes)))
    return True


def refuse_unfinished(request: search.SearchRequest) -> None:
    """Raise UNAVAILABLE for a search whose answer may not be whole yet."""
    codes = ", ".join(search.unfinished(request))
    if codes:
        raise XinglinError(
            Category.UNAVAILABLE,
            f"older resources are still being indexed by: {codes}; try again, or see /fhir/$reindex",
            f"正在为以下参数建立索引：{codes}；请稍后再试，进度见 /fhir/$reindex",
            expression=f"http.{codes}",
            issue_code="incomplete",
            retry_after_seconds=10,
        )


class Defining:
    """Changes of definitions, in the transaction that writes their resources."""

    async def note(self, connection: Any, changes: Sequence[Change]) -> None:
        """Let ``changes`` hold when this transaction commits, and have the index made anew where it must be.

        Raises UNPROCESSABLE for a definition that cannot be used or collides with another, and for one of an
        institution that is a guest on this node.
        """
        runs_the_node = await repository.hold(connection)
        _, there, _ = await repository.load(connection)
        known = {one.id: orjson.loads(one.definition) for one in there}
        types: set[str] = set()
        for id_, resource in changes:
            before = known.pop(id_, None) if runs_the_node else None
            after = None
            if resource is not None:
                after = search.read_definition({**resource, "id": id_}, list(known.values()))
            if after is not None and not runs_the_node:
                raise _of_a_guest()
            if after is not None:
                known[id_] = after
            if after != before:
                types |= {*(before or after or {})["base"], *(after or before or {})["base"]}
        if types:
            await self._keep(connection, {one.id: one.definition for one in there}, known, types)

    async def _keep(
        self, connection: Any, before: Mapping[str, bytes], now: Mapping[str, Any], types: set[str]
    ) -> None:
        revision = await repository.next_revision(connection)
        for id_ in before.keys() - now.keys():
            await repository.remove(connection, id_)
        for id_, definition in now.items():
            text = orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)
            if before.get(id_) != text:
                await repository.put(connection, Kept(id_, revision, text))
        await repository.ask(connection, types, revision)

    async def ask(self, connection: Any, types: Sequence[str]) -> None:
        """Have the index of ``types`` made anew. Raises INVALID where none is named, or what is no type."""
        if not types:
            raise search.unfit("type", "name the resource types", "请指明资源类型", "required")
        for type_ in types:
            if not known_type(type_):
                shown = type_[:64]
                raise search.unfit("type", f"'{shown}' is not an R4 resource type", f"“{shown}”不是 R4 资源类型")
        await repository.hold(connection)
        await repository.ask(connection, types, await repository.next_revision(connection))

    async def walks(self, connection: Any) -> list[Walk]:
        """What of the index is not made anew yet."""
        return await repository.walks(connection)


def _of_a_guest() -> XinglinError:
    return XinglinError(
        Category.UNPROCESSABLE,
        "search parameters belong to the node: ask the institution that runs it, or store it with the status draft",
        "检索参数属于整个节点：请联系运行该节点的机构，或以 draft 状态保存",
        expression="SearchParameter.status",
        issue_code="not-supported",
    )
