"""Conditions that name a resource by a search (hl7.org/fhir/R4/http.html#cond-update and #trules)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from xinglin.foundation.errors import Category, XinglinError

from .. import search
from ..fhir import check_id
from . import repository
from .defining import freshen, refresh, refuse_unfinished
from .model import Draft
from .searching import Searcher

Condition = tuple[str, str]
"""A resource type and a query string."""


async def resolve(
    connection: Any, searcher: Searcher, conditions: Iterable[Condition], own_base: str
) -> dict[Condition, str | None]:
    """The id that each condition names, None for nobody.

    Conditions by identifiers or other tokens are resolved together in one statement. Raises PRECONDITION
    (412) where several match, INVALID for a condition that is empty or not understood.
    """
    found = await _matches(connection, searcher, conditions, own_base)
    return {condition: _single(condition, ids) for condition, ids in found.items()}


async def resolve_all(
    connection: Any, searcher: Searcher, condition: Condition, own_base: str, limit: int
) -> list[str]:
    """The ids of all that match, for a deletion. Raises PRECONDITION where that is more than ``limit``, and
    INVALID as ``resolve`` does."""
    if limit <= 1:
        only = (await resolve(connection, searcher, [condition], own_base))[condition]
        return [] if only is None else [only]
    await freshen(connection)
    request = _read(condition)
    refuse_unfinished(request)
    request.count, request.includes, request.summary = limit, [], "false"
    page = await searcher.run(connection, request, own_base)
    if page.next:
        raise _several(condition, f"more than {limit} resources match", f"超过 {limit} 个资源符合")
    return [found.id for found in page.matches]


async def _matches(
    connection: Any, searcher: Searcher, conditions: Iterable[Condition], own_base: str
) -> dict[Condition, list[str]]:
    wanted = dict.fromkeys(conditions)
    if not wanted:
        return {}
    await freshen(connection)
    asked = {condition: _read(condition) for condition in wanted}
    if any(search.unfinished(request) for request in asked.values()):
        await refresh(connection)
        asked = {condition: _read(condition) for condition in asked}
    for request in asked.values():
        refuse_unfinished(request)
    together: dict[Condition, list[int]] = {}
    found: dict[Condition, list[str]] = {}
    for condition, request in asked.items():
        tokens = search.only_tokens(request, own_base)
        if tokens:
            together[condition] = tokens
        else:
            found[condition] = await searcher.matching_ids(connection, request, own_base)
    if together:
        matches = await repository.matches(connection, list(together.values()))
        found.update(zip(together, matches, strict=True))
    return found


async def placed(connection: Any, draft: Draft, found: str | None) -> Draft:
    """The draft of a conditional update at the place that R4 gives it (http.html#cond-update): that of the match,
    or where nothing matches the id in the resource, or else the new id that the draft has.

    Raises INVALID where the resource carries another id than the match, CONFLICT where nothing matches and its
    id belongs to a resource that the condition does not name.
    """
    given = (draft.resource or {}).get("id")
    if found is not None:
        if given not in (None, found):
            raise another_id(draft.type, found, given)
        return replace(draft, id=found, fresh=False)
    if given is None:
        return draft
    check_id(given)
    there = await repository.current(connection, draft.type, given)
    if there is not None and there.content is not None:
        raise taken(draft.type, given)
    return replace(draft, id=given, fresh=False)


def another_id(type_: str, found: str, given: object) -> XinglinError:
    """What is said of a resource that carries another id than the one its condition names."""
    return XinglinError(
        Category.INVALID,
        f"the condition names {type_}/{found}, but the resource has the id '{str(given)[:64]}'",
        f"条件对应 {type_}/{found}，但资源的 id 为“{str(given)[:64]}”",
        expression=f"{type_}.id",
    )


def taken(type_: str, id_: str) -> XinglinError:
    """What is said of a resource whose condition matches nothing and whose id belongs to another."""
    return XinglinError(
        Category.CONFLICT,
        f"nothing matches the condition, and {type_}/{id_} is there already",
        f"没有资源符合条件，而 {type_}/{id_} 已存在",
    )


def nothing_matches(condition: Condition) -> XinglinError:
    """What is said of a condition that must match and does not."""
    text = f"{condition[0]}?{condition[1]}"
    return XinglinError(Category.NOT_FOUND, f"nothing matches {text}", f"没有资源符合 {text}")


async def hold(connection: Any, conditions: Iterable[Condition]) -> None:
    """Let no other transaction act on the same conditions until this one ends, so that a conditional create
    that arrives twice at once still makes one resource."""
    names = sorted({f"{type_}?{query}" for type_, query in conditions})
    if names:
        await repository.hold(connection, names)


def check(condition: Condition) -> None:
    """Raise INVALID for a condition that is empty or not understood."""
    _read(condition)


def _read(condition: Condition) -> search.SearchRequest:
    type_, query = condition
    request = search.read(type_, parse_qsl(query, keep_blank_values=True))
    if request.ignored or not request.criteria:
        name = request.ignored[0] if request.ignored else "?"
        raise search.unfit(name, "a condition must name at least one known parameter", "条件须包含可识别的检索参数")
    return request


def _single(condition: Condition, ids: list[str]) -> str | None:
    if len(ids) > 1:
        raise _several(condition, "several resources match", "有多个资源符合")
    return ids[0] if ids else None


def _several(condition: Condition, english: str, chinese: str) -> XinglinError:
    text = f"{condition[0]}?{condition[1]}"
    return XinglinError(Category.PRECONDITION, f"{english} {text}", f"{chinese} {text}", issue_code="multiple-matches")
