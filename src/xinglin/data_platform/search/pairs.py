"""Composites as entries: the second value of an element under a path that holds the first
(hl7.org/fhir/R4/search.html#composite)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import quantity, text
from .hashing import number_of, reference_number, token_number
from .parameter import FORMS, Composite, Path
from .path import values
from .token import BARE

if TYPE_CHECKING:
    from .indexing import Index

_PAIR = "\x1d"
_REMEMBERED = 4096

Element = Mapping[str, Any]


def pair_path(composite: str, first_form: str) -> str:
    """The path under which the second value of a composite is indexed, given its first."""
    return f"{composite}{_PAIR}{first_form}"


def has_pairs(composite: Composite) -> bool:
    """Whether its second value is indexed under paths that hold the first. At the root, where the first is a token
    of the resource, that is done for quantities alone and for the bare code, since others have few values."""
    if composite.at_root:
        return [kind for kind, _ in composite.parts] == ["token", "quantity"]
    return len(composite.parts) == 2


def entering(composite: Composite) -> Callable[[Any, Index], None]:
    """What adds the pairs of one element to an index."""
    kind, second_paths = composite.parts[1]
    paths_of = _paths_of(composite)
    if kind == "quantity":
        return _entering_amounts(second_paths, paths_of)

    def leaf(element: Element, found: Index) -> None:
        seconds = list(_forms(kind, second_paths, element))
        if seconds:
            for path in paths_of(element):
                for second in seconds:
                    _add(kind, path, second, found)

    return leaf


def _entering_amounts(
    paths: tuple[Path, ...], paths_of: Callable[[Element], list[str]]
) -> Callable[[Any, Index], None]:
    places = [(place.way, place.type, FORMS["quantity"][place.type]) for path in paths for place in path.places]

    def leaf(element: Element, found: Index) -> None:
        for way, type_, forms in places:
            for value in values(way, element):
                amounts = forms(value)
                if not amounts:
                    continue
                canonical = quantity.canonical_amounts(type_, value, amounts)
                for path in paths_of(element):
                    number = number_of(path)
                    found.quantities += [(number, *one) for one in amounts]
                    found.quantities += [(quantity.canonical_path(number, one[2]), *one) for one in canonical]

    return leaf


def _paths_of(composite: Composite) -> Callable[[Element], list[str]]:
    """The paths of an element's pairs, by its first value."""
    kind, first_paths = composite.parts[0]
    known: dict[tuple[str, ...], list[str]] = {}

    def paths_of(element: Element) -> list[str]:
        forms = tuple(_forms(kind, first_paths, element))
        found = known.get(forms)
        if found is None:
            wanted = [form for form in forms if form.startswith(BARE)] if composite.at_root else forms
            found = [pair_path(composite.text, form) for form in dict.fromkeys(wanted)]
            if len(known) < _REMEMBERED:
                known[forms] = found
        return found

    return paths_of


def _forms(kind: str, paths: tuple[Path, ...], element: Element) -> Iterator[Any]:
    for path in paths:
        for place in path.places:
            for value in values(place.way, element):
                yield from FORMS[kind][place.type](value)


def _add(kind: str, path: str, form: Any, found: Index) -> None:
    if kind == "date":
        found.dates.append((number_of(path), *form))
    elif kind == "number":
        found.quantities.append((number_of(path), *form))
    elif kind == "string":
        found.strings.extend((number_of(path), key) for key in text.keys(form, False))
    elif kind == "reference":
        found.tokens.add(reference_number(number_of(path), form))
    else:
        found.tokens.add(token_number(path, form))
