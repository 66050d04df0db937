"""A search as SQL: a page, most often one statement, or a count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import condition, referred, text, walk
from .circumstances import Circumstances
from .criterion import Criterion
from .parameter import Parameter
from .path import json_path
from .query import Query
from .request import CURSOR, SearchRequest, Sort
from .stretch import Stretch, stretches
from .visibility import resource
from .words import unfit

_COLUMNS = "r.key, r.type, r.id, r.content"
GATHERED = 5000  # hits of a rare token, beyond which it is left to the planner how they are found
_PLACEHOLDER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its arguments."""

    text: str
    arguments: list[Any]


def page(request: SearchRequest, at: Circumstances) -> Iterator[Statement]:
    """Statements to be carried out one after the other until they have given one row more than the page holds, which
    most often the first does: key, type, id, content and what ``cursor_values`` needs of the last."""
    query, found = _walked(request, at)
    if found:
        limit = request.count + 1
        first = walk.first_place(request.after, found)
        yield _of_used(walk.rows(query, found, range(first, first + 1), request.after, limit), query.arguments)
        if first + 1 < len(found):
            yield _of_used(walk.rows(query, found, range(first + 1, len(found)), None, limit), query.arguments)
        return
    trigrams = condition.trigrams_of(request.criteria) if request.type and request.within is None else []
    yield _held(request, at, trigrams) if trigrams and not request.sorts else _keyed(request, at)


def _gathered(request: SearchRequest, query: Query) -> Statement:
    """The page by key of what has a token that is not known to be frequent. The planner knows no number of hits of so
    rare a token, expects more than there are, and would walk by key all that came before the first: so the hits are
    gathered first, and only where there are very many of them is it left to choose."""
    limit, after = request.count + 1, ""
    if request.after is not None:
        after = f" AND r.key > {query.bind(_key_after(request), 'bigint')}"
    gathered = query.keys_of_rare(GATHERED + 1)
    conditions, rows = query.text() + after, query.rows()
    many = "(SELECT count(*) FROM few)"
    in_order = f"(SELECT key FROM few WHERE {many} <= {GATHERED:d} ORDER BY key OFFSET 0) AS few"
    if len(query.rare) == len(request.criteria) + (request.within is not None):
        seen = resource("r", query.only_type)
        row = f"SELECT {_COLUMNS} FROM {seen} WHERE r.key = few.key AND {query.of_row}{after} OFFSET 0"
        found = f"SELECT r.* FROM {in_order} CROSS JOIN LATERAL ({row}) AS r ORDER BY few.key LIMIT {limit:d}"
    else:
        found = f"SELECT {_COLUMNS} FROM {in_order} JOIN {rows} ON r.key = few.key WHERE {conditions}"
        found += f" ORDER BY r.key LIMIT {limit:d}"
    walked = (
        f"SELECT {_COLUMNS} FROM {rows} WHERE {conditions} AND {many} > {GATHERED:d} ORDER BY r.key LIMIT {limit:d}"
    )
    both = f"({found}) UNION ALL ({walked})"
    text = f"WITH few AS MATERIALIZED ({gathered}) SELECT * FROM ({both}) AS found ORDER BY key LIMIT {limit:d}"
    return Statement(text, query.arguments)


def _key_after(request: SearchRequest) -> int:
    """The key of the cursor, which all keys are above where there is none. Raises INVALID for a cursor with more."""
    if request.after is None:
        return -1
    if len(request.after) != 1:
        raise unfit(CURSOR, "this page link belongs to another sort", "分页链接与排序方式不符", "value")
    return int(request.after[0])


def _held(request: SearchRequest, at: Circumstances, trigrams: Sequence[frozenset[int]]) -> Statement:
    """The page of resources that hold a word, found by its trigrams, by key."""
    query = _query(request, at)
    after = ""
    if request.after is not None:
        after = f" AND rt.key > {query.bind(_key_after(request), 'bigint')}"
    having = f"({' OR '.join(query.has_all(numbers) for numbers in trigrams)}){after}"
    rest = f" ORDER BY rt.key LIMIT {query.bind(request.count + 1, 'int')}"
    return Statement(query.by_tokens(having, _COLUMNS, rest), query.arguments)


def _of_used(text: str, arguments: Sequence[Any]) -> Statement:
    """The statement with those of ``arguments`` that its text names, since PostgreSQL refuses others."""
    used = sorted({int(number) for number in _PLACEHOLDER.findall(text)})
    places = {number: place for place, number in enumerate(used, 1)}
    renamed = _PLACEHOLDER.sub(lambda match: f"${places[int(match[1])]}::", text)
    return Statement(renamed, [arguments[number - 1] for number in used])


def _keyed(request: SearchRequest, at: Circumstances) -> Statement:
    """The page in the order of the sorts, then by key."""
    query = _query(request, at)
    if request.type and not request.sorts and (query.rare or query.frequent):
        if query.rare:
            return _gathered(request, query)
        if len(query.frequent) == len(request.criteria) == 1 and request.within is None:
            alone = Query()
            alone.type = alone.only_type = request.type
            alone.frequent = query.frequent
            return Statement(alone.by_type(_COLUMNS, _key_after(request), request.count + 1), alone.arguments)
    columns = [_sort_column(query, sort) for sort in request.sorts]
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


def count(request: SearchRequest, at: Circumstances) -> Statement:
    """How many resources match."""
    query = _query(request, at)
    return Statement(query.select("count(*)"), query.arguments)


def estimate(request: SearchRequest, at: Circumstances) -> Statement:
    """The database's plan for finding the matches, as JSON, whose first node tells how many it expects."""
    query = _query(request, at)
    return Statement(f"EXPLAIN (FORMAT JSON) {query.select('r.key')}", query.arguments)


def only_tokens(request: SearchRequest, own_base: str) -> list[int] | None:
    """The tokens that a row must have, where the request asks for nothing else; else None."""
    query = Query()
    for criterion in request.criteria:
        if not isinstance(criterion, Criterion) or criterion.parameter.type != "token" or criterion.modifier:
            return None
    condition.add(query, request.criteria, Circumstances(own_base, datetime.now(UTC)))
    return query.only_tokens() or None


def referring(parameters: Iterable[Parameter], targets: Sequence[str], bases: Sequence[str], limit: int) -> Statement:
    """Key, type, id and content of up to ``limit`` resources that refer to one of ``targets`` by ``parameters``."""
    query = Query()
    tokens = [token for one in parameters for token in referred.reference_tokens(one, targets, bases)]
    query.where(query.has_any(tokens))
    found = query.select(_COLUMNS)
    return Statement(
        f"{found} AND r.content IS NOT NULL ORDER BY r.key LIMIT {query.bind(limit, 'int')}", query.arguments
    )


def cursor_values(row: Mapping[str, Any], request: SearchRequest) -> list[Any]:
    """What ``page`` needs of the last row of a page to go on from there."""
    if "place" in row:
        return walk.cursor_values(row)
    values = [row[f"sort_{place}"] for place in range(len(request.sorts))]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values] + [row["key"]]


def _walked(request: SearchRequest, at: Circumstances) -> tuple[Query, list[Stretch]]:
    """The stretches of the index that a page is read off, where one ordered criterion is all that is asked and no
    order is; else none. Further pages keep the order of the first."""
    query, found = Query(), []
    begun = request.after is not None and request.after[0] == walk.MARK
    if request.type and not request.sorts and request.within is None and begun is (request.after is not None):
        query.of_type(request.type)
        found = stretches(condition.spans_of(query, request.criteria, at) or ())
    if 0 < len(found) <= walk.MOST_STRETCHES:
        return query, found
    if begun:
        raise unfit(CURSOR, "this page link belongs to another search", "分页链接不属于该检索", "value")
    return query, []


def _query(request: SearchRequest, at: Circumstances) -> Query:
    query = Query()
    if request.type:
        query.of_type(request.type)
    else:
        query.of_types(request.types)
    if request.within is not None:
        inside = query.has_any(request.within.tokens)
        if request.type == request.within.focus:
            inside = f"({inside} OR {query.is_one_of([request.within.id])})"
        elif len(request.within.tokens) <= condition.MANY_TOKENS:
            query.rare.append(list(request.within.tokens))
        query.where(inside)
    condition.add(query, request.criteria, at)
    return query


@dataclass(frozen=True, slots=True)
class _Column:
    sql: str
    type: str


def _sort_column(query: Query, sort: Sort) -> _Column:
    """The value that resources are sorted by: the one of several that comes first in this direction (#sort)."""
    parameter, last = sort.parameter, sort.descending
    if parameter.code == "_id":
        return _Column("r.id", "text")
    if parameter.code == "_lastUpdated":
        return _Column("r.updated", "timestamptz")
    numbers = [path.number for path in parameter.paths]
    if numbers and parameter.type == "string":
        as_read, type_ = query.extreme("string", [text.sorted_path(number) for number in numbers], last)
        as_written, _ = query.extreme("string", numbers, last)
        return _Column(f"coalesce({as_read}, {as_written})", type_)
    if numbers and parameter.type in ("date", "quantity", "number"):
        return _Column(*query.extreme(parameter.type, numbers, last))
    paths = [
        json_path(place.way, *below)
        for path in parameter.paths
        for place in path.places
        if (below := _SORTED_BY.get(place.type)) is not None
    ]
    if not paths:
        code = parameter.code
        raise unfit("_sort", f"'{code}' cannot be sorted by", f"无法按“{code}”排序", "not-supported")
    return _Column(*query.extreme_value(paths, last))


_SORTED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("code", "boolean", "id", "string", "uri", "url", "canonical", "dateTime"), ()),
    "Coding": ("code",),
    "CodeableConcept": ("coding", "code"),
    "Identifier": ("value",),
    "ContactPoint": ("value",),
    "Reference": ("reference",),
}
"""What of a value of each type stands in its place in a sorted list."""


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
