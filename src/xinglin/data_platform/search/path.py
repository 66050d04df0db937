"""Where a search parameter's values lie in the JSON of a resource.

Values are indexed by *path*, not by parameter: ``patient`` and ``subject`` of Observation share one path, and
so one entry in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from ..fhir import choice_key, elements
from .expression import As, Field, IsTrue, Step, Steps, Where, WhereType

IS_TRUE = "?true"
_TEXTS = frozenset({"string", "code", "uri", "url", "canonical", "id", "oid", "uuid", "markdown"})


@dataclass(frozen=True, slots=True)
class Key:
    """One property of the JSON; ``first`` takes only the first of an array."""

    name: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """Only objects whose property has this value."""

    name: str
    value: str


Way = tuple[Key | Only, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Values of one FHIR type at the end of ``way``; ``text`` names the path, equal for all its types.

    ``target`` is the type that references here must have, where the parameter asks for one.
    """

    way: Way
    text: str
    type: str
    target: str | None = None


def places(start: str, text: str, steps: Steps) -> list[Place]:
    """The places that ``steps`` lead to from an element of type or path ``start``, called ``text``.

    Of an element of several types only those are followed that have what comes next. Raises ``ValueError`` where none
    has it.
    """
    found = [Place((), text, start)]
    for step in steps:
        further: list[Place] = []
        failures: list[ValueError] = []
        for before in found:
            try:
                further += _follow(before, step)
            except ValueError as failure:
                failures.append(failure)
        if failures and not further:
            raise failures[0]
        found = further
    return found


def _follow(place: Place, step: Step) -> list[Place]:
    if isinstance(step, Field):
        return _into(place, step)
    if isinstance(step, As):
        if place.type.lower() != step.type.lower():
            return []
        return [replace(place, text=f"{place.text}:{place.type}")]
    if isinstance(step, Where):
        _refuse_unequal(place, step)
        only = Only(step.field, step.value)
        return [replace(place, way=(*place.way, only), text=f"{place.text}[{step.field}={step.value}]")]
    if isinstance(step, WhereType):
        if place.type != "Reference":
            raise ValueError(f"{place.text} is not a reference")
        return [replace(place, target=step.type)]
    return [replace(place, text=place.text + IS_TRUE, type=IS_TRUE)]


def _refuse_unequal(place: Place, step: Where) -> None:
    element = elements().get(place.type, {}).get(step.field)
    if place.type[0].islower() or element is None or element.many or element.types[0].lower() not in _TEXTS:
        raise ValueError(f"{place.type} has no text {step.field} to compare with")


def _into(place: Place, step: Field) -> list[Place]:
    table = elements().get(place.type, {})
    text = f"{place.text}.{step.name}"
    if step.name in table:
        element = table[step.name]
        below = f"{place.type}.{step.name}"
        kinds = (element.same_as,) if element.same_as else (below,) if below in elements() else element.types
        way = (*_beside(place), Key(step.name, step.first))
        return [Place(way, text, kind) for kind in kinds]
    choice = table.get(f"{step.name}[x]")
    if choice is None:
        raise ValueError(f"{place.type} has no element {step.name}")
    return [Place((*place.way, Key(choice_key(step.name, kind))), text, kind) for kind in choice.types]


def _beside(place: Place) -> Way:
    """Where the parts of ``place`` lie: those of a primitive in a property of their own, ``_birthDate``
    (json.html#primitive)."""
    last = place.way[-1] if place.way else None
    if not place.type[0].islower() or not isinstance(last, Key):
        return place.way
    return (*place.way[:-1], Key(f"_{last.name}", last.first))


def json_path(way: Way, *below: str) -> str:
    """``way`` from the resource, and the properties ``below`` it, as a jsonpath of PostgreSQL for each value by
    itself (lax mode opens an array on the way, but at the end only where told)."""
    text = "$"
    for step in way:
        if isinstance(step, Key):
            text += f'."{step.name}"' + ("[0]" if step.first else "")
        else:
            text += f' ? (@."{step.name}" == {orjson.dumps(step.value).decode()})'
    return text + "".join(f'."{name}"' for name in below) + "[*]"


def values(way: Way, value: Any) -> Sequence[Any]:
    """Every value at the end of ``way`` from ``value``."""
    found = [value]
    for step in way:
        if isinstance(step, Only):
            found = [one for one in found if isinstance(one, dict) and one.get(step.name) == step.value]
        else:
            found = _below(found, step)
        if not found:
            break
    return found


def _below(elements: list[Any], step: Key) -> list[Any]:
    found = []
    for one in elements:
        below = one.get(step.name) if isinstance(one, dict) else None
        if isinstance(below, list):
            found += [item for item in (below[:1] if step.first else below) if item is not None]
        elif below is not None:
            found.append(below)
    return found


__all__ = ["IS_TRUE", "IsTrue", "Key", "Only", "Place", "Way", "json_path", "places", "values"]
