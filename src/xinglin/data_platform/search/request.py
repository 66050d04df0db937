"""A search request read: what is asked, how the answer is to be made, and what was not understood."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from .compartment import Within
from .parameter import Parameter, parameters
from .words import split, unfit

DEFAULT_COUNT = 50
MAX_COUNT = 1000
_MAX_PARAMETERS = 100
_MAX_VALUES = 1000
_IGNORED = frozenset({"_format", "_pretty"})
CURSOR = "_cursor"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter with the values of which one must match. ``name`` is as it was written."""

    name: str
    parameter: Parameter
    modifier: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A criterion on what a reference leads to: ``subject:Patient.name``; one of ``targets`` must match."""

    name: str
    parameter: Parameter
    targets: tuple[tuple[str, Criterion], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A criterion on resources that refer to this one: ``_has:Observation:patient:code``."""

    name: str
    type: str
    parameter: Parameter
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """``_include`` or ``_revinclude``: references of ``type`` in ``parameter``, only to ``target`` if given."""

    type: str
    parameter: Parameter
    target: str | None
    reverse: bool


@dataclass(slots=True)
class SearchRequest:
    """A search of ``type``. ``understood`` are the parameters that the self link repeats; ``within`` is the
    compartment that the URL named."""

    type: str
    criteria: list[Criterion | Chain | Has] = field(default_factory=list)
    sorts: list[Sort] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    total: str = "none"
    summary: str = "false"
    elements: tuple[str, ...] = ()
    after: list[Any] | None = None
    within: Within | None = None
    understood: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def only_count(self) -> bool:
        return self.summary == "count" or self.count == 0


def read(type_: str, asked: Sequence[tuple[str, str]]) -> SearchRequest:
    """The request in the parameters ``asked``, in order.

    A parameter that is not known is noted in ``ignored``. Raises INVALID for a value or modifier that cannot
    be understood, since a search that drops it would answer another question.
    """
    if len(asked) > _MAX_PARAMETERS:
        raise unfit("_", f"at most {_MAX_PARAMETERS} parameters", f"参数不得超过 {_MAX_PARAMETERS} 个", "too-costly")
    request = SearchRequest(type_)
    for name, value in asked:
        if name in _IGNORED:
            continue
        if name in _CONTROLS:
            _CONTROLS[name](request, value)
        elif not value:
            request.ignored.append(name)
            continue
        else:
            criterion = _criterion(type_, name, value)
            if criterion is None:
                request.ignored.append(name)
                continue
            request.criteria.append(criterion)
        if name != CURSOR:
            request.understood.append((name, value))
    return request


def cursor_of(values: Sequence[Any]) -> str:
    """The place after a row, for the next page; opaque to clients."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def _criterion(type_: str, name: str, value: str) -> Criterion | Chain | Has | None:
    if name.startswith("_has:"):
        return _has(type_, name, value)
    first, dot, rest = name.partition(".")
    code, _, modifier = first.partition(":")
    parameter = parameters(type_).get(code)
    if parameter is None or not parameter.searchable:
        return None
    if dot:
        return _chain(name, parameter, modifier, rest, value)
    values = tuple(split(value, ","))
    if len(values) > _MAX_VALUES:
        raise unfit(name, f"at most {_MAX_VALUES} values", f"取值不得超过 {_MAX_VALUES} 个", "too-costly")
    return Criterion(name, parameter, modifier, values)


def _chain(name: str, parameter: Parameter, modifier: str, rest: str, value: str) -> Chain:
    if parameter.type != "reference":
        raise unfit(name, f"'{parameter.code}' is not a reference", f"“{parameter.code}”不是引用类参数")
    if "." in rest:
        raise unfit(name, "only one level of chaining is supported", "仅支持一级链式检索", "not-supported")
    types = (modifier,) if modifier else _targets(parameter)
    targets = []
    for type_ in types:
        inner = _criterion(type_, rest, value)
        if isinstance(inner, Criterion):
            targets.append((type_, inner))
    if not targets or (modifier and modifier not in _targets(parameter)):
        raise unfit(name, "this chain leads to no parameter", "该链式参数无法解析", "not-supported")
    return Chain(name, parameter, tuple(targets))


def _has(type_: str, name: str, value: str) -> Has:
    parts = name.split(":", 3)
    if len(parts) != 4:
        raise unfit(name, "write _has:Type:reference:parameter", "应写作 _has:类型:引用参数:参数")
    _, other, reference, rest = parts
    parameter = parameters(other).get(reference)
    criterion = _criterion(other, rest, value)
    if parameter is None or parameter.type != "reference" or type_ not in _targets(parameter):
        raise unfit(name, f"{other} has no such reference to {type_}", f"{other} 没有指向 {type_} 的该引用")
    if not isinstance(criterion, Criterion):
        raise unfit(name, "this parameter is not known", "该参数无法识别", "not-supported")
    return Has(name, other, parameter, criterion)


def _targets(parameter: Parameter) -> tuple[str, ...]:
    fixed = tuple(dict.fromkeys(path.target for path in parameter.paths if path.target))
    return fixed or parameter.targets


def _sort(request: SearchRequest, value: str) -> None:
    for part in value.split(","):
        code = part.removeprefix("-")
        parameter = parameters(request.type).get(code)
        if parameter is None:
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


def _include(request: SearchRequest, value: str) -> None:
    request.includes.append(_included(request.type, "_include", value))


def _revinclude(request: SearchRequest, value: str) -> None:
    request.includes.append(replace(_included(request.type, "_revinclude", value), reverse=True))


def _included(type_: str, name: str, value: str) -> Include:
    parts = value.split(":")
    if len(parts) not in (2, 3):
        raise unfit(name, "write Type:parameter or Type:parameter:Target", "应写作 类型:参数 或 类型:参数:目标类型")
    parameter = parameters(parts[0]).get(parts[1])
    wrong_way = name == "_include" and parts[0] != type_
    if parameter is None or parameter.type != "reference" or wrong_way:
        raise unfit(name, f"'{value}' cannot be included", f"“{value}”不是可包含的引用", "not-supported")
    return Include(parts[0], parameter, parts[2] if len(parts) == 3 else None, False)


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
    "_include": _include,
    "_revinclude": _revinclude,
    CURSOR: _cursor,
}
