"""The search parameters of each resource type, compiled when first asked for: R4's own, and those that the node's
SearchParameter resources define."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..fhir import known_type, search_parameters
from . import date, quantity, reference, text, token
from .defined import in_use, while_in_use
from .expression import Field, Steps, parse
from .hashing import number_of
from .path import IS_TRUE, Key, Place, places

FORMS: Mapping[str, Mapping[str, Any]] = {
    "token": {**token.FORMS, IS_TRUE: token.of_boolean},
    "reference": reference.FORMS,
    "uri": reference.URI_FORMS,
    "string": text.FORMS,
    "date": date.FORMS,
    "quantity": quantity.FORMS,
    "number": quantity.FORMS,
}
SPECIAL = frozenset({"_text", "_content", "_list", "near"})
"""Parameters that are answered from the content of resources, not from the index."""
_CONTENT_TYPE = Key("contentType")
_WITHOUT_SYSTEM = ("code", "boolean", IS_TRUE)
WHOLE_TYPES = ("Resource", "DomainResource")


@dataclass(frozen=True, slots=True)
class Path:
    """What one alternative of a parameter is indexed under: ``text`` with its kind, and that text's number.

    ``target`` as in ``Place``; ``system_implied`` where the element is a ``code`` or ``boolean``, ``caseless``
    where it is a plain string searched as a token.
    """

    text: str
    number: int
    places: tuple[Place, ...]
    target: str | None
    system_implied: bool
    caseless: bool = False


@dataclass(frozen=True, slots=True)
class Composite:
    """One context of a composite parameter, with the parts that are searched together in one element.

    ``text`` is a path of its own, which parameters of the same parts share. At the root of the resource only a token
    with a quantity has entries under it, by the bare code; the rest is asked part by part.
    """

    text: str
    at_root: bool
    context: tuple[Place, ...]
    parts: tuple[tuple[str, tuple[Path, ...]], ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter as it applies to one resource type. ``type`` is R4's SearchParamType; ``unfinished`` while
    older resources are not indexed by it."""

    code: str
    type: str
    url: str
    paths: tuple[Path, ...]
    targets: tuple[str, ...] = ()
    composites: tuple[Composite, ...] = ()
    unfinished: bool = False

    @property
    def searchable(self) -> bool:
        """Whether it can be searched: it has values to index, or is answered in a way of its own."""
        return bool(self.paths or self.composites or self.code in SPECIAL)

    @property
    def mime(self) -> bool:
        """Whether its codes are MIME types (search.html#mimetype)."""
        return any(place.way[-1:] == (_CONTENT_TYPE,) for path in self.paths for place in path.places)

    @property
    def kinds(self) -> frozenset[str]:
        """The FHIR types of its values."""
        return frozenset(place.type for path in self.paths for place in path.places)


_LIST = Parameter("_list", "special", "http://hl7.org/fhir/SearchParameter/Resource-list", ())


def parameters(type_: str) -> Mapping[str, Parameter]:
    """Every parameter of ``type_`` by its code, those of all resources among them; none for an unknown type."""
    return _parameters(type_) if known_type(type_) else {}


@while_in_use
def _parameters(type_: str) -> Mapping[str, Parameter]:
    known = in_use()
    found = dict(standard_parameters(type_))
    for definition in known.own:
        if type_ in definition["base"]:
            code = definition["code"]
            with suppress(ValueError):  # another release may have kept what this one does not understand
                found[code] = replace(compiled(type_, definition), unfinished=(type_, code) in known.unfinished)
    return found


@cache
def standard_parameters(type_: str) -> Mapping[str, Parameter]:
    """R4's own parameters of ``type_``, which must be a resource type."""
    found = {_LIST.code: _LIST}
    for definition in search_parameters():
        if _applies(type_, definition):
            found[definition["code"]] = compiled(type_, definition)
    return found


def _applies(type_: str, definition: Mapping[str, Any]) -> bool:
    return type_ in definition["base"] or any(whole in definition["base"] for whole in WHOLE_TYPES)


def compiled(type_: str, definition: Mapping[str, Any]) -> Parameter:
    """``definition`` as it applies to ``type_``. Raises ``ValueError`` for an expression that is not understood."""
    kind = definition["type"]
    composites: tuple[Composite, ...] = ()
    paths: tuple[Path, ...] = ()
    if kind == "composite":
        composites = _composites(type_, definition)
    elif kind in FORMS and "expression" in definition:
        paths = _paths(kind, type_, type_, _of_type(type_, definition["expression"]))
    return Parameter(
        definition["code"], kind, definition["url"], paths, tuple(definition.get("target", ())), composites
    )


def _of_type(type_: str, expression: str) -> list[Steps]:
    """The alternatives of a definition that speak of ``type_``, without the type's name before them."""
    own = []
    for steps in parse(expression):
        first = steps[0]
        if not isinstance(first, Field):
            raise ValueError(f"{expression[:200]!r} does not begin with a resource type")
        if first.name == type_ or first.name in WHOLE_TYPES:
            own.append(steps[1:])
        elif first.name[0].islower():
            own.append(steps)
    return own


def _paths(kind: str, start: str, text: str, alternatives: list[Steps]) -> tuple[Path, ...]:
    grouped: dict[tuple[str, str | None], list[Place]] = {}
    for steps in alternatives:
        for place in places(start, text, steps):
            if place.type in FORMS[kind]:
                grouped.setdefault((f"{place.text}#{kind}", place.target), []).append(place)
    return tuple(
        Path(
            name,
            number_of(name),
            tuple(found),
            target,
            all(place.type in _WITHOUT_SYSTEM for place in found),
            kind == "token" and all(place.type == "string" for place in found),
        )
        for (name, target), found in grouped.items()
    )


@cache
def _definition(url: str) -> Mapping[str, Any]:
    return next(one for one in search_parameters() if one["url"] == url)


def _composites(type_: str, definition: Mapping[str, Any]) -> tuple[Composite, ...]:
    """The contexts of a composite. A part may lie outside its context (``%resource``); it has that path then."""
    found = []
    for steps in _of_type(type_, definition["expression"]):
        contexts = tuple(places(type_, type_, steps))
        compiled = []
        for part in definition["component"]:
            kind = part.get("type") or _definition(part["definition"])["type"]
            expression = part["expression"]
            if expression.startswith("%resource."):
                inner = _paths(kind, type_, type_, parse(expression.removeprefix("%resource.")))
            else:
                inner = _paths(kind, contexts[0].type, contexts[0].text, parse(expression))
            compiled.append((kind, inner))
        parts = "$".join(path.text for _, inner in compiled for path in inner)
        name = f"{contexts[0].text}${parts or definition['code']}"
        found.append(Composite(name, not steps, contexts, tuple(compiled)))
    return tuple(found)
