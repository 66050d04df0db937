"""Conditions that name a resource by a search (hl7.org/fhir/R4/http.html#cond-update and #trules)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from xinglin.foundation.errors import Category, XinglinError

from .. import search
from . import repository
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
    asked = {condition: _read(condition) for condition in dict.fromkeys(conditions)}
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
    return {condition: _single(condition, ids) for condition, ids in found.items()}


async def hold(connection: Any, conditions: Iterable[Condition]) -> None:
    """Let no other transaction act on the same conditions until this one ends, so that a conditional create
    that arrives twice at once still makes one resource."""
    names = sorted({f"{type_}?{query}" for type_, query in conditions})
    if names:
        await repository.hold(connection, names)


def _read(condition: Condition) -> search.SearchRequest:
    type_, query = condition
    request = search.read(type_, parse_qsl(query, keep_blank_values=True))
    if request.ignored or not request.criteria:
        name = request.ignored[0] if request.ignored else "?"
        raise search.unfit(name, "a condition must name at least one known parameter", "条件须包含可识别的检索参数")
    return request


def _single(condition: Condition, ids: list[str]) -> str | None:
    if len(ids) > 1:
        text = f"{condition[0]}?{condition[1]}"
        raise XinglinError(
            Category.PRECONDITION,
            f"several resources match {text}",
            f"有多个资源符合 {text}",
            issue_code="multiple-matches",
        )
    return ids[0] if ids else None
