"""Places in a resource that a path leads to, so that they can be written and not only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...fhir import choice_key, elements
from .criterion import Budget, holds
from .steps import Call, Index, Member, Step, unfit_path

_MAX_PLACES = 5000
_ANY_TYPE = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """An element: ``owner[key]``, at ``number`` where that is an array.

    ``type`` is its FHIR type or backbone path, as ``elements`` knows it, ``parent`` that of what it is in; ``path``
    is as the engine knows it.
    ``key`` is the JSON property, so of a choice ``valueQuantity``; empty for the resource itself.
    """

    owner: dict[str, Any]
    key: str
    number: int | None
    type: str
    parent: str
    path: str

    @property
    def value(self) -> Any:
        """The element's JSON; None for a primitive that has only extensions."""
        if not self.key:
            return self.owner
        value = self.owner.get(self.key)
        if self.number is None:
            return value
        return value[self.number] if value is not None and self.number < len(value) else None

    def inside(self, make: bool = False) -> dict[str, Any] | None:
        """The object that holds this element's children: of a primitive the one in ``_key``, made if asked."""
        value = self.value
        if isinstance(value, dict):
            return value
        beside = self.owner.get("_" + self.key)
        if self.number is None:
            if beside is None and make:
                beside = self.owner["_" + self.key] = {}
            return beside
        if make:
            beside = self.owner.setdefault("_" + self.key, [])
            beside.extend([None] * (self.number + 1 - len(beside)))
            beside[self.number] = beside[self.number] or {}
        return beside[self.number] if beside is not None and self.number < len(beside) else None


class Walk:
    """The way through one resource while it is patched; what criteria may ask is counted over all of it."""

    def __init__(self, resource: dict[str, Any]) -> None:
        self._resource = resource
        self._budget = Budget()

    def places(self, steps: Sequence[Step], text: str) -> list[Place]:
        """Every place that ``steps`` (written as ``text``) lead to. Raises UNPROCESSABLE for a name that R4 does
        not have there and for functions that lead out of the resource."""
        type_ = self._resource["resourceType"]
        found = [Place(self._resource, "", None, type_, "", type_)]
        for place, step in enumerate(steps):
            if place == 0 and isinstance(step, Member) and step.name in (type_, "Resource", "DomainResource"):
                continue
            if isinstance(step, Member):
                found = [below for one in found for below in _into(one, step.name, text)]
            elif isinstance(step, Index):
                found = found[step.number : step.number + 1]
            elif step.name == "where":
                found = self._where(found, step.argument.strip())
            else:
                found = _called(found, step, text)
            if len(found) > _MAX_PLACES:
                raise unfit_path(text, "leads to too many elements", "涉及的元素过多", "too-costly")
        return found

    def _where(self, found: list[Place], criterion: str) -> list[Place]:
        self._budget.spend(len(found), criterion)
        return [one for one in found if holds(criterion, one.value, one.path, self._resource)]


def described(type_: str, name: str, text: str) -> tuple[str, str]:
    """The name in ``elements`` of the child ``name`` of ``type_``, and its own type where that is one alone.

    Raises UNPROCESSABLE where R4 has no such child.
    """
    table = elements().get(type_, {})
    if name in table:
        element = table[name]
        below = f"{type_}.{name}"
        return name, element.same_as or (below if below in elements() else "|".join(element.types))
    if f"{name}[x]" in table:
        return f"{name}[x]", _ANY_TYPE
    for known, element in table.items():
        if known.endswith("[x]"):
            for kind in element.types:
                if choice_key(known, kind) == name:
                    return known, kind
    if not table and name in ("id", "extension"):
        return name, "Extension" if name == "extension" else "string"
    raise unfit_path(text, f"{type_} has no element '{name}'", f"{type_} 没有元素“{name}”")


def _into(place: Place, name: str, text: str) -> list[Place]:
    known, type_ = described(place.type, name, text)
    inside = place.inside()
    if inside is None:
        return []
    path = f"{place.path}.{known.removesuffix('[x]')}"
    if type_ != _ANY_TYPE:
        return _items(inside, name, type_, place.type, path)
    kinds = elements()[place.type][known].types
    return [one for kind in kinds for one in _items(inside, choice_key(known, kind), kind, place.type, path)]


def _items(owner: dict[str, Any], key: str, type_: str, parent: str, path: str) -> list[Place]:
    value, beside = owner.get(key), owner.get("_" + key)
    if value is None and beside is None:
        return []
    if isinstance(value, list) or isinstance(beside, list):
        many = max(len(value or ()), len(beside or ()))
        return [_typed(Place(owner, key, number, type_, parent, path)) for number in range(many)]
    return [_typed(Place(owner, key, None, type_, parent, path))]


def _typed(place: Place) -> Place:
    """A contained resource, or the one of a Bundle's entry, is of its own type."""
    value = place.value
    if place.type == "Resource" and isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        return replace(place, type=value["resourceType"], path=value["resourceType"])
    return place


def _called(found: list[Place], call: Call, text: str) -> list[Place]:
    argument = call.argument.strip()
    if call.name in ("ofType", "as"):
        return [one for one in found if one.type.lower() == argument.rpartition(".")[2].lower()]
    if call.name == "extension":
        extensions = [below for one in found for below in _into(one, "extension", text)]
        return [one for one in extensions if one.value.get("url") == argument.strip("'")]
    if call.name in ("skip", "take") and argument.isdigit() and len(argument) < 7:
        return found[int(argument) :] if call.name == "skip" else found[: int(argument)]
    if not argument and call.name in ("first", "last", "tail", "single"):
        if call.name == "single" and len(found) > 1:
            raise unfit_path(text, "single() of several elements", "single() 对应多个元素")
        parts = {"first": slice(0, 1), "last": slice(-1, None), "tail": slice(1, None), "single": slice(0, 1)}
        return found[parts[call.name]]
    raise unfit_path(
        text, f"'{call.name}({argument[:40]})' is not supported", f"不支持“{call.name}()”", "not-supported"
    )
