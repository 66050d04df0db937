"""References: plain ones, chains, reverse chains and hierarchies (hl7.org/fhir/R4/search.html#reference)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import reference
from .circumstances import Circumstances, no_modifier
from .coded import starting, texts, token_forms
from .criterion import Criterion, chain_targets
from .hashing import reference_number
from .parameter import Parameter, Path, parameters
from .path import json_path
from .query import Query, either
from .words import plain

_PARENTS = ("partof", "part-of")


def references(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A reference parameter with its modifiers."""
    modifier = criterion.modifier
    if modifier == "text":
        return texts(query, criterion)
    if modifier in ("above", "below"):
        return _hierarchy(query, criterion, at)
    found = reference_numbers(criterion, at)
    if found is None:
        raise no_modifier(criterion)
    return query.has_any(found)


def reference_numbers(criterion: Criterion, at: Circumstances) -> list[int] | None:
    """The numbers of which a row must have one; None for a modifier that asks otherwise."""
    parameter, modifier = criterion.parameter, criterion.modifier
    if modifier == "identifier":
        return [
            reference_number(path.number, reference.IDENTIFIER + form)
            for value in criterion.values
            for path in parameter.paths
            for form in token_forms(value, path)
        ]
    if modifier and modifier not in parameter.targets:
        return None
    return [
        reference_number(path.number, form)
        for value in criterion.values
        for path in parameter.paths
        for form in _forms(plain(value), path, modifier, parameter, at)
    ]


def reference_tokens(parameter: Parameter, targets: Sequence[str], bases: Sequence[str] = ()) -> list[int]:
    """The tokens of references in ``parameter`` to any of ``targets`` (``Type/id``)."""
    return [
        reference_number(path.number, base + target)
        for target in targets
        for path in parameter.paths
        for base in ("", *bases)
    ]


def numbers(parameter: Parameter, target: str) -> list[int]:
    """The numbers of the paths of ``parameter`` that may refer to resources of type ``target``."""
    return [path.number for path in parameter.paths if path.target in (None, target)]


def json_paths(parameter: Parameter) -> list[str]:
    """Where the references of ``parameter`` are written."""
    places = [place for path in parameter.paths for place in path.places]
    return [json_path(place.way, *(("reference",) if place.type == "Reference" else ())) for place in places]


def id_pattern(type_: str, at: Circumstances) -> str:
    """What cuts the id out of a reference to a ``type_`` of this server, as PostgreSQL's ``substring`` takes it."""
    bases = "|".join(re.escape(base) for base in at.bases)
    before = f"(?:{bases})?" if bases else ""
    return rf"^{before}{type_}/([A-Za-z0-9\-.]{{1,64}})(?:/_history/[A-Za-z0-9\-.]{{1,64}})?$"


def _forms(value: str, path: Path, modifier: str, parameter: Parameter, at: Circumstances) -> list[str]:
    for base in at.bases:
        value = value.removeprefix(base)
    local = reference.local(value)
    if local:
        if path.target and not local.startswith(path.target + "/"):
            return []
        return [local, *(base + local for base in at.bases)]
    if "/" in value or ":" in value:
        return [value]
    types = [modifier] if modifier else [path.target] if path.target else parameter.targets
    return [f"{base}{type_}/{value}" for type_ in types for base in ("", *at.bases)] + [value]


def _hierarchy(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """``:above`` and ``:below`` (#recursive), or for canonical URLs the versions of one (#versions)."""
    parameter = criterion.parameter
    if all(place.type == "canonical" for path in parameter.paths for place in path.places):
        if criterion.modifier == "above":
            raise no_modifier(criterion)
        values = [plain(value) for value in criterion.values]
        return either([starting(query, criterion, values)])
    found = []
    for value in map(plain, criterion.values):
        for type_, id_ in _starts(criterion, value, at):
            parent = _parent(type_)
            if parent is not None:
                upwards = json_paths(parent) if criterion.modifier == "above" else []
                line = query.line((type_, id_), numbers(parent, type_), upwards, id_pattern(type_, at), at.bases)
                found.append(query.keys_referring_to_line(numbers(parameter, type_), line, at.bases))
    if not found:
        raise no_modifier(criterion)
    return query.gathered(found)


def _starts(criterion: Criterion, value: str, at: Circumstances) -> list[tuple[str, str]]:
    """The resources that ``value`` may name."""
    for base in at.bases:
        value = value.removeprefix(base)
    types = chain_targets(criterion.parameter, "")
    type_, slash, id_ = value.partition("/")
    if slash:
        return [(type_, id_)] if type_ in types else []
    return [(type_, value) for type_ in types]


def _parent(type_: str) -> Parameter | None:
    """The parameter that says what a resource of ``type_`` is part of, among its own kind."""
    known = parameters(type_)
    found = (known[code] for code in _PARENTS if code in known)
    return next((one for one in found if type_ in chain_targets(one, "")), None)
