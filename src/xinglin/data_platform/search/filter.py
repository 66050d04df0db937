"""``_filter``: a search as one expression (hl7.org/fhir/R4/search_filter.html).

Tests are joined from left to right, ``and`` and ``or`` alike, as the specification says. The names of its table of
additional parameters are not known here, since R4 has no parameters behind them any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from .criterion import Chain, Condition, Criterion, Either, Every, Opposite, chain_targets
from .parameter import Parameter, parameters
from .words import unfit

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[^\s)\]]+")
_SPACE = re.compile(r"\s*")
_MAX_DEPTH = 32
_MAX_TESTS = 100
_SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ucum": "http://unitsofmeasure.org",
}
_COMPARED = frozenset({"eq", "ne", "gt", "lt", "ge", "le"})
_OPERATORS = {
    "string": _COMPARED | {"co", "sw", "ew"},
    "number": _COMPARED | {"ap", "sa", "eb", "co"},
    "quantity": _COMPARED | {"ap", "sa", "eb"},
    "date": _COMPARED | {"ap", "sa", "eb", "co", "po"},
    "token": frozenset({"eq", "ne", "ss", "sb", "in", "ni"}),
    "reference": frozenset({"eq", "ne", "re"}),
    "uri": frozenset({"eq", "ne", "sw"}),
}
_MODIFIERS = {"ss": "below", "sb": "above", "in": "in", "ni": "not-in"}


@dataclass(frozen=True, slots=True)
class _Test:
    path: tuple[tuple[str, _Expression | None], ...]
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class _Joined:
    operator: str
    left: _Expression
    right: _Expression


@dataclass(frozen=True, slots=True)
class _Not:
    inner: _Expression


_Expression: TypeAlias = _Test | _Joined | _Not


def read_filter(type_: str, text: str) -> Condition:
    """The condition that the expression ``text`` puts on resources of ``type_``. Raises INVALID."""
    reader = _Reader(text)
    expression = reader.expression(0)
    reader.end()
    return _resolved(type_, expression)


class _Reader:
    """Reads the grammar of the page; a place in the text and a count of tests."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._tests = 0

    def expression(self, depth: int) -> _Expression:
        if depth > _MAX_DEPTH:
            raise unfit("_filter", "nested too deeply", "嵌套过深", "too-costly")
        found = self._one(depth)
        while True:
            before = self._place
            word = self._name() or ""
            if word.lower() not in ("and", "or"):
                self._place = before
                return found
            found = _Joined(word.lower(), found, self._one(depth))

    def end(self) -> None:
        self._skip()
        if self._place < len(self._text):
            raise self._unread()

    def _one(self, depth: int) -> _Expression:
        if self._sign("("):
            return self._closed(depth, ")")
        before = self._place
        if (self._name() or "").lower() == "not" and self._sign("("):
            return _Not(self._closed(depth, ")"))
        self._place = before
        self._tests += 1
        if self._tests > _MAX_TESTS:
            raise unfit("_filter", f"at most {_MAX_TESTS} tests", f"条件不得超过 {_MAX_TESTS} 个", "too-costly")
        path = self._path(depth)
        operator = (self._name() or "").lower()
        return _Test(path, operator, self._value())

    def _closed(self, depth: int, sign: str) -> _Expression:
        inner = self.expression(depth + 1)
        if not self._sign(sign):
            raise self._unread()
        return inner

    def _path(self, depth: int) -> tuple[tuple[str, _Expression | None], ...]:
        steps: list[tuple[str, _Expression | None]] = []
        while True:
            name = self._name()
            if name is None:
                raise self._unread()
            steps.append((name, self._closed(depth, "]") if self._at("[") else None))
            if not self._at("."):
                if steps[-1][1] is not None:
                    raise self._unread()
                return tuple(steps)

    def _value(self) -> str:
        self._skip()
        if match := _STRING.match(self._text, self._place):
            self._place = match.end()
            try:
                return str(orjson.loads(match[0]))
            except orjson.JSONDecodeError as error:
                raise self._unread() from error
        match = _WORD.match(self._text, self._place)
        if match is None:
            raise self._unread()
        self._place = match.end()
        return match[0]

    def _name(self) -> str | None:
        self._skip()
        match = _NAME.match(self._text, self._place)
        if match is None:
            return None
        self._place = match.end()
        return match[0]

    def _sign(self, sign: str) -> bool:
        self._skip()
        return self._at(sign)

    def _at(self, sign: str) -> bool:
        if self._text.startswith(sign, self._place):
            self._place += 1
            return True
        return False

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._place)
        assert match is not None
        self._place = match.end()

    def _unread(self) -> Exception:
        rest = self._text[self._place : self._place + 40]
        return unfit("_filter", f"cannot be read at '{rest}'", f"在“{rest}”处无法解析", "value")


def _resolved(type_: str, expression: _Expression) -> Condition:
    match expression:
        case _Test():
            return _tested(type_, expression)
        case _Joined(operator, left, right):
            both = (_resolved(type_, left), _resolved(type_, right))
            return Every(both) if operator == "and" else Either(both)
        case _Not(inner):
            return Opposite(_resolved(type_, inner))


def _tested(type_: str, test: _Test) -> Condition:
    (name, inner), *rest = test.path
    parameter = _known(type_, name)
    if not rest:
        return _compared(parameter, test)
    if parameter.type != "reference":
        raise unfit("_filter", f"'{name}' is not a reference", f"“{name}”不是引用类参数", "value")
    targets = []
    following = _Test(tuple(rest), test.operator, test.value)
    for target in chain_targets(parameter, ""):
        if rest[0][0] in parameters(target):
            condition = _tested(target, following)
            targets.append((target, condition if inner is None else Every((_resolved(target, inner), condition))))
    if not targets:
        raise unfit("_filter", f"'{name}.{rest[0][0]}' is not known", f"“{name}.{rest[0][0]}”无法识别", "not-supported")
    return Chain("_filter", parameter, tuple(targets))


def _known(type_: str, name: str) -> Parameter:
    parameter = parameters(type_).get(name)
    if parameter is None or not parameter.searchable:
        raise unfit("_filter", f"{type_} has no parameter '{name}'", f"{type_} 没有参数“{name}”", "not-supported")
    return parameter


def _compared(parameter: Parameter, test: _Test) -> Condition:
    operator, kind = test.operator, parameter.type
    if operator == "pr":
        wanted = {"true": "false", "false": "true"}.get(test.value.lower(), test.value)
        return Criterion("_filter", parameter, "missing", (wanted,))
    if operator not in _OPERATORS.get(kind, ()):
        raise unfit(
            "_filter",
            f"'{parameter.code}' has no '{operator}'",
            f"“{parameter.code}”不支持“{operator}”",
            "not-supported",
        )
    value = test.value.replace("\\", "\\\\")
    if kind == "string":
        return Criterion("_filter", parameter, "", (value,), operator)
    if kind in ("date", "number", "quantity"):
        if operator in ("co", "po"):
            return Criterion("_filter", parameter, "", (value,), operator)
        return Criterion("_filter", parameter, "", (operator + value,))
    if kind == "uri":
        same = Criterion("_filter", parameter, "below" if operator == "sw" else "", (value,))
    else:
        before, bar, after = value.partition("|")
        value = f"{_SYSTEMS.get(before, before)}{bar}{after}"
        same = Criterion("_filter", parameter, _MODIFIERS.get(operator, ""), (value,))
    if operator != "ne":
        return same
    if parameter.code == "_id":
        return Opposite(same)
    return Every((Criterion("_filter", parameter, "missing", ("false",)), Opposite(same)))
