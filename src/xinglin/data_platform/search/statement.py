"""A whole search as one SQL statement: a page by keyset, or a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import condition
from .parameter import Parameter
from .path import Key
from .query import Query
from .request import CURSOR, Chain, Criterion, Has, SearchRequest, Sort
from .words import unfit

Resolved = Mapping[Chain | Has, Sequence[str]]
"""What chains led to, found before: the ``Type/id`` referred to, or for ``_has`` the ids that are referred to."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its arguments."""

    text: str
    arguments: list[Any]


def page(request: SearchRequest, resolved: Resolved, own_base: str, now: datetime) -> Statement:
    """One row more than the page holds: key, type, id, content and the values sorted by (``sort_0`` …)."""
    query = _query(request, resolved, own_base, now)
    columns = [_sort_column(query, request.type, sort) for sort in request.sorts]
    listed = "".join(f", {column.sql} AS sort_{place}" for place, column in enumerate(columns))
    order = [
        f"sort_{place} {'DESC' if sort.descending else 'ASC'} NULLS LAST" for place, sort in enumerate(request.sorts)
    ]
    inner = query.select(f"r.key, r.type, r.id, r.content{listed}")
    after = ""
    if request.after is not None:
        after = f"WHERE {_keyset(query, request, columns)}"
    limit = query.bind(request.count + 1, "int")
    if not request.sorts and not after:
        return Statement(f"{inner} ORDER BY r.key LIMIT {limit}", query.arguments)
    outer = f"SELECT * FROM ({inner}) AS found {after} ORDER BY {', '.join([*order, 'key'])} LIMIT {limit}"
    return Statement(outer, query.arguments)


def count(request: SearchRequest, resolved: Resolved, own_base: str, now: datetime) -> Statement:
    """How many resources match."""
    query = _query(request, resolved, own_base, now)
    return Statement(query.select("count(*)"), query.arguments)


def only_tokens(request: SearchRequest, own_base: str) -> list[int] | None:
    """The tokens that a row must have, where the request asks for nothing else; else None."""
    query = Query()
    for criterion in request.criteria:
        if not isinstance(criterion, Criterion) or criterion.parameter.type != "token" or criterion.modifier:
            return None
        condition.add(query, criterion, own_base, datetime.now(UTC))
    return query.only_tokens() or None


def matching(type_: str, criterion: Criterion, own_base: str, now: datetime, limit: int) -> Statement:
    """Id and content of up to ``limit`` resources that match one criterion, for chains."""
    query = _query(SearchRequest(type_, [criterion]), {}, own_base, now)
    found = query.select("r.id, r.content")
    return Statement(f"{found} LIMIT {query.bind(limit, 'int')}", query.arguments)


def referring(type_: str, parameter: Parameter, targets: Sequence[str], limit: int) -> Statement:
    """Key, type, id and content of up to ``limit`` resources of ``type_`` that refer to one of ``targets``."""
    query = Query()
    query.of_type(type_)
    query.where(query.has_any(condition.reference_tokens(parameter, targets)))
    found = query.select("r.key, r.type, r.id, r.content")
    return Statement(f"{found} ORDER BY r.key LIMIT {query.bind(limit, 'int')}", query.arguments)


def cursor_values(row: Mapping[str, Any], request: SearchRequest) -> list[Any]:
    """What ``_keyset`` needs of the last row of a page."""
    values = [row[f"sort_{place}"] for place in range(len(request.sorts))]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values] + [row["key"]]


def _query(request: SearchRequest, resolved: Resolved, own_base: str, now: datetime) -> Query:
    query = Query()
    query.of_type(request.type)
    for criterion in request.criteria:
        if isinstance(criterion, Criterion):
            condition.add(query, criterion, own_base, now)
        elif isinstance(criterion, Chain):
            tokens = condition.reference_tokens(criterion.parameter, resolved[criterion])
            query.where(query.has_any(tokens))
        else:
            query.where(f"r.id = ANY({query.bind(list(resolved[criterion]), 'text[]')})")
    return query


@dataclass(frozen=True, slots=True)
class _Column:
    sql: str
    type: str


def _sort_column(query: Query, type_: str, sort: Sort) -> _Column:
    parameter = sort.parameter
    if parameter.code == "_id":
        return _Column("r.id", "text")
    if parameter.code == "_lastUpdated":
        return _Column("r.updated", "timestamptz")
    if parameter.type in ("date", "string", "quantity", "number") and parameter.paths:
        paths = [path.number for path in parameter.paths]
        return _Column(*query.extreme(parameter.type, paths, sort.descending))
    return _Column(f"r.content ->> {query.bind(_plain_property(parameter), 'text')}", "text")


def _plain_property(parameter: Parameter) -> str:
    """The property that holds a code sorted by its text, for instance ``status``."""
    ways = {place.way for path in parameter.paths for place in path.places if path.system_implied}
    if parameter.type == "token" and len(ways) == 1:
        (way,) = ways
        if len(way) == 1 and isinstance(way[0], Key):
            return way[0].name
    raise unfit("_sort", f"'{parameter.code}' cannot be sorted by", f"无法按“{parameter.code}”排序", "not-supported")


def _keyset(query: Query, request: SearchRequest, columns: Sequence[_Column]) -> str:
    """Rows that come after the cursor's in the order of the sorts, nulls last, then by key."""
    assert request.after is not None
    *values, key = request.after
    if len(values) != len(columns):
        raise unfit(CURSOR, "this page link belongs to another sort", "分页链接与排序方式不符", "value")
    alternatives, equal = [], []
    for place, (value, column, sort) in enumerate(zip(values, columns, request.sorts, strict=True)):
        name = f"sort_{place}"
        if value is None:
            equal.append(f"{name} IS NULL")
            continue
        bound = query.bind(_typed(value, column.type), column.type)
        further = f"({name} {'<' if sort.descending else '>'} {bound} OR {name} IS NULL)"
        alternatives.append(" AND ".join([*equal, further]))
        equal.append(f"{name} = {bound}")
    alternatives.append(" AND ".join([*equal, f"key > {query.bind(key, 'bigint')}"]))
    return " OR ".join(f"({one})" for one in alternatives)


def _typed(value: Any, type_: str) -> Any:
    try:
        if type_ == "timestamptz":
            moment = datetime.fromisoformat(str(value))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return float(value) if type_ == "float8" else str(value)
    except (ValueError, TypeError) as error:
        raise unfit(CURSOR, "this page link is not one of ours", "分页链接无效", "value") from error


__all__ = ["Resolved", "Statement", "count", "cursor_values", "matching", "only_tokens", "page", "referring"]
