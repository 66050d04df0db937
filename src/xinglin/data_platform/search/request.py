"""A search request read: what is asked, how the answer is to be made, and what was not understood."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from ..fhir import known_type, resource_types
from .compartment import Within
from .criterion import Across, Condition, read_condition
from .filter import read_filter
from .include import Include, read_include
from .parameter import Parameter, parameters
from .words import unfit

DEFAULT_COUNT = 50
MAX_COUNT = 1000
_MAX_PARAMETERS = 100
_MAX_SORTS = 10
_IGNORED = frozenset({"_format", "_pretty"})
_OF_ANY_TYPE = ("_id", "_lastUpdated")
CURSOR = "_cursor"


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query that clients may name by ``_query``: its own ``parameters``, and what they mean in ordinary ones."""

    parameters: frozenset[str]
    meaning: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]]


_NO_QUERIES: Mapping[tuple[str, str], NamedQuery] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: Parameter
    descending: bool


@dataclass(slots=True)
class SearchRequest:
    """A search of ``type``. ``understood`` are the parameters that the self link repeats; ``within`` is the
    compartment that the URL named. A search of several types has no ``type`` but ``types``, none for all."""

    type: str
    criteria: list[Condition] = field(default_factory=list)
    sorts: list[Sort] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    total: str = "none"
    summary: str = "false"
    elements: tuple[str, ...] = ()
    after: list[Any] | None = None
    within: Within | None = None
    types: tuple[str, ...] = ()
    understood: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def only_count(self) -> bool:
        return self.summary == "count" or self.count == 0


def read(
    type_: str, asked: Sequence[tuple[str, str]], queries: Mapping[tuple[str, str], NamedQuery] = _NO_QUERIES
) -> SearchRequest:
    """The request in the parameters ``asked``, in order; ``queries`` are those that ``_query`` may name, by type.

    A parameter that is not known is noted in ``ignored``. Raises INVALID for a value or modifier that cannot
    be understood, since a search that drops it would answer another question.
    """
    if len(asked) > _MAX_PARAMETERS:
        raise unfit("_", f"at most {_MAX_PARAMETERS} parameters", f"参数不得超过 {_MAX_PARAMETERS} 个", "too-costly")
    request = SearchRequest(type_)
    if not type_:
        request.types = _types([value for name, value in asked if name == "_type"])
    rest = _named(request, asked, queries)
    for name, value in rest:
        if name not in _IGNORED and _take(request, name, value) and name != CURSOR:
            request.understood.append((name, value))
    if request.summary == "text" and request.includes:
        raise unfit("_summary", "text cannot be combined with includes", "text 不能与包含资源同用", "value")
    return request


def _take(request: SearchRequest, name: str, value: str) -> bool:
    """Note one parameter; whether it was understood."""
    if name in _CONTROLS:
        _CONTROLS[name](request, value)
        return True
    include, _, modifier = name.partition(":")
    if include in ("_include", "_revinclude"):
        request.includes.append(read_include(request.type, include == "_revinclude", modifier, value))
        return True
    if name == "_type" and not request.type:
        return True
    condition = _condition(request, name, value) if value else None
    if condition is None:
        request.ignored.append(name)
        return False
    request.criteria.append(condition)
    return True


def _condition(request: SearchRequest, name: str, value: str) -> Condition | None:
    if request.type:
        return _of_type(request.type, name, value)
    each = []
    for type_ in request.types or sorted(resource_types()):
        condition = _of_type(type_, name, value)
        if condition is None:
            return None  # what one of the types does not have is not shared (search.html#type)
        each.append((type_, condition))
    return Across(tuple(each))


def _of_type(type_: str, name: str, value: str) -> Condition | None:
    return read_filter(type_, value) if name == "_filter" else read_condition(type_, name, value)


def _types(values: Sequence[str]) -> tuple[str, ...]:
    types = [type_.strip() for value in values for type_ in value.split(",")]
    for type_ in types:
        if not known_type(type_):
            shown = type_[:64]
            raise unfit("_type", f"'{shown}' is not an R4 resource type", f"“{shown}”不是 R4 资源类型", "value")
    return tuple(dict.fromkeys(types))


def _named(
    request: SearchRequest, asked: Sequence[tuple[str, str]], queries: Mapping[tuple[str, str], NamedQuery]
) -> list[tuple[str, str]]:
    """``asked`` without what belongs to a named query, whose own criteria are added (search.html#query)."""
    names = [value for name, value in asked if name == "_query"]
    if not names:
        return list(asked)
    query = queries.get((request.type, names[0]))
    if query is None or len(names) > 1:
        shown = names[0][:64]
        raise unfit("_query", f"there is no query '{shown}' here", f"没有名为“{shown}”的查询", "not-supported")
    own = [(name, value) for name, value in asked if name in query.parameters]
    for name, value in query.meaning(own):
        if not _take(request, name, value):
            raise unfit("_query", f"'{name}' is not known", f"“{name}”无法识别", "not-supported")
    request.ignored.clear()
    request.understood += [("_query", names[0]), *own]
    return [(name, value) for name, value in asked if name != "_query" and name not in query.parameters]


def cursor_of(values: Sequence[Any]) -> str:
    """The place after a row, for the next page; opaque to clients."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def _sort(request: SearchRequest, value: str) -> None:
    for part in value.split(","):
        code = part.removeprefix("-")
        parameter = parameters(request.type or "Basic").get(code)
        if not request.type and code not in _OF_ANY_TYPE:
            parameter = None
        if parameter is None or len(request.sorts) == _MAX_SORTS:
            raise unfit("_sort", f"'{code}' cannot be sorted by", f"无法按“{code}”排序", "not-supported")
        request.sorts.append(Sort(parameter, part.startswith("-")))


def _count(request: SearchRequest, value: str) -> None:
    if not value.isascii() or not value.isdigit():
        raise unfit("_count", "a whole number is expected", "应为非负整数", "value")
    request.count = min(int(value[:9]), MAX_COUNT)


def _total(request: SearchRequest, value: str) -> None:
    if value not in ("none", "estimate", "accurate"):
        raise unfit("_total", "one of none, estimate, accurate is expected", "应为 none、estimate 或 accurate", "value")
    request.total = value


def _summary(request: SearchRequest, value: str) -> None:
    if value not in ("true", "false", "count", "data", "text"):
        raise unfit("_summary", "one of true, false, count, data, text is expected", "取值不正确", "value")
    request.summary = value


def _elements(request: SearchRequest, value: str) -> None:
    request.elements = tuple(part.strip() for part in value.split(",") if part.strip())


def _contained(request: SearchRequest, value: str) -> None:
    if value != "false":
        raise unfit("_contained", "contained resources are not searched", "不检索内含资源", "not-supported")


def _cursor(request: SearchRequest, value: str) -> None:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (binascii.Error, ValueError) as error:
        raise unfit(CURSOR, "this page link is not one of ours", "分页链接无效", "value") from error
    if not isinstance(found, list) or not found or type(found[-1]) is not int:
        raise unfit(CURSOR, "this page link is not one of ours", "分页链接无效", "value")
    request.after = found


_CONTROLS = {
    "_sort": _sort,
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_contained": _contained,
    CURSOR: _cursor,
}
