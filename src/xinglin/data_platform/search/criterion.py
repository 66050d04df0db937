"""What a search asks for, as a tree of conditions, and how one parameter of a request is read into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from xinglin.foundation.errors import XinglinError

from ..fhir import known_type
from .parameter import Parameter, parameters
from .words import plain, split, unfit

_MAX_VALUES = 1000
_MAX_STEPS = 8  # of chains and reverse chains in one parameter
_OTHER_NAMES = {"otype": "of-type"}  # as an example of R4's page has it
BY_TERMINOLOGY = frozenset({"in", "not-in", "above", "below"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter with the values of which one must match. ``name`` is as it was written.

    ``comparison`` is an operator of ``_filter`` that no prefix or modifier says.
    """

    name: str
    parameter: Parameter
    modifier: str
    values: tuple[str, ...]
    comparison: str = ""

    def codings(self) -> list[tuple[str | None, str]]:
        """System and code of each value, or for ``:in`` and ``:not-in`` nothing and the value set's URL."""
        if self.modifier in ("in", "not-in"):
            return [(None, plain(value)) for value in self.values]
        parts = [[plain(part) for part in split(value, "|")] for value in self.values]
        return [(one[0], "|".join(one[1:])) if len(one) > 1 else (None, one[0]) for one in parts]


@dataclass(frozen=True, slots=True)
class Chain:
    """A condition on what a reference leads to: ``subject:Patient.name``; one of ``targets`` must match."""

    name: str
    parameter: Parameter
    targets: tuple[tuple[str, Condition], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A condition on resources that refer to this one: ``_has:Observation:patient:code``."""

    name: str
    type: str
    parameter: Parameter
    condition: Condition


@dataclass(frozen=True, slots=True)
class Every:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Across:
    """One parameter of a search of several types, as each of them means it."""

    conditions: tuple[tuple[str, Condition], ...]


Condition: TypeAlias = Criterion | Chain | Has | Every | Either | Opposite | Across


def criteria(condition: Condition) -> Iterator[Criterion]:
    """Every criterion in ``condition``, however deep."""
    match condition:
        case Criterion():
            yield condition
        case Chain(targets=inners) | Across(conditions=inners):
            for _, inner in inners:
                yield from criteria(inner)
        case Has() | Opposite():
            yield from criteria(condition.condition)
        case Every() | Either():
            for inner in condition.conditions:
                yield from criteria(inner)


def read_condition(type_: str, name: str, value: str, whole: str | None = None) -> Condition | None:
    """The condition that ``name=value`` puts on resources of ``type_``; None where the type has no such parameter.

    ``whole`` is the name as the caller wrote it, of which ``name`` may be the rest of a chain. Raises INVALID for
    what is known but cannot be asked so.
    """
    whole = whole or name
    if whole.count(".") + whole.count("_has:") > _MAX_STEPS:
        raise unfit(whole, f"at most {_MAX_STEPS} steps", f"链式检索不得超过 {_MAX_STEPS} 级", "too-costly")
    if name.startswith("_has:"):
        return _has(type_, name, value, whole)
    first, dot, rest = name.partition(".")
    code, _, modifier = first.partition(":")
    parameter = parameters(type_).get(code)
    if parameter is None or not parameter.searchable:
        return None
    if dot:
        return _chain(parameter, modifier, rest, value, whole)
    values = tuple(split(value, ","))
    if len(values) > _MAX_VALUES:
        raise unfit(whole, f"at most {_MAX_VALUES} values", f"取值不得超过 {_MAX_VALUES} 个", "too-costly")
    if parameter.type == "uri" and code == "url" and not modifier and "version" in parameters(type_):
        return _canonical(whole, parameter, parameters(type_)["version"], values)
    return Criterion(whole, parameter, _OTHER_NAMES.get(modifier, modifier), values)


def _canonical(name: str, url: Parameter, version: Parameter, values: tuple[str, ...]) -> Condition:
    """A canonical URL, of which ``|1.0`` behind it asks for the version (search.html#uri)."""
    found: list[Condition] = []
    plain = tuple(value for value in values if "|" not in value)
    if plain:
        found.append(Criterion(name, url, "", plain))
    for value in values:
        before, bar, after = value.rpartition("|")
        if bar:
            found.append(Every((Criterion(name, url, "", (before,)), Criterion(name, version, "", (after,)))))
    return found[0] if len(found) == 1 else Either(tuple(found))


def chain_targets(parameter: Parameter, modifier: str) -> tuple[str, ...]:
    """The types that a chain through ``parameter`` may lead to."""
    fixed = tuple(dict.fromkeys(path.target for path in parameter.paths if path.target)) or parameter.targets
    if not modifier:
        return fixed
    return (modifier,) if modifier in fixed else ()


def _chain(parameter: Parameter, modifier: str, rest: str, value: str, whole: str) -> Chain:
    if parameter.type != "reference":
        raise unfit(whole, f"'{parameter.code}' is not a reference", f"“{parameter.code}”不是引用类参数")
    targets = []
    failures = []
    for type_ in chain_targets(parameter, modifier):
        try:
            inner = read_condition(type_, rest, value, whole)
        except XinglinError as failure:  # of one of several types, of which another may have the parameter
            failures.append(failure)
            continue
        if inner is not None:
            targets.append((type_, inner))
    if not targets and failures:
        raise failures[0]
    if not targets:
        raise unfit(whole, "this chain leads to no parameter", "该链式参数无法解析", "not-supported")
    return Chain(whole, parameter, tuple(targets))


def _has(type_: str, name: str, value: str, whole: str) -> Has:
    parts = name.split(":", 3)
    if len(parts) != 4:
        raise unfit(whole, "write _has:Type:reference:parameter", "应写作 _has:类型:引用参数:参数")
    _, other, reference, rest = parts
    parameter = parameters(other).get(reference) if known_type(other) else None
    if parameter is None or parameter.type != "reference" or type_ not in chain_targets(parameter, ""):
        raise unfit(whole, f"{other} has no such reference to {type_}", f"{other} 没有指向 {type_} 的该引用")
    condition = read_condition(other, rest, value, whole)
    if condition is None:
        raise unfit(whole, "this parameter is not known", "该参数无法识别", "not-supported")
    return Has(whole, other, parameter, condition)
