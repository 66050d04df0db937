"""What a resource is found by: one walk through its JSON along the paths of its type's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import pairs, quantity, text
from .belonging import UNTOLD, marks_of, patient_named
from .defined import in_use, while_in_use
from .hashing import contained_number, number_of, reference_number, token_number
from .parameter import FORMS, Parameter, Path, parameters
from .path import IS_TRUE, Key, Place, Way, values
from .reference import of_reference

INDEX_REVISION = 6
"""Counts changes of what ``index`` gives for the same resource; the store indexes anew what an older one made."""

PRESENT = "present"
CONTAINED = "contained"
EXACT = "exact:"
OF_THE_ROW = frozenset({"_id", "_lastUpdated"})
"""Parameters that the store answers from its own columns, since clients cannot set what they ask for."""

_REMEMBERED = 4096
_NAMES = (".name#string", ".alias#string", ".family#string", ".given#string")


class Index:
    """The index entries of one resource. Paths and tokens are numbers (``hashing``).

    ``references`` are the local references met, with their path's number, for includes; ``revision`` is that of the
    definitions by which they were made (``defined``). ``present`` tells which paths have a value, for ``:missing``, but
    for those of dates and amounts, whose rows tell it: nearly every resource has the same few, which in ``tokens``
    would be a third of the work of writing and find nothing. ``patient`` and ``marks`` are what ``belonging`` tells.
    """

    __slots__ = ("dates", "marks", "patient", "present", "quantities", "references", "revision", "strings", "tokens")

    def __init__(self) -> None:
        self.revision = in_use().revision
        self.patient = UNTOLD
        self.marks = 0
        self.tokens: set[int] = set()
        self.present: set[int] = set()
        self.dates: list[tuple[int, datetime, datetime]] = []
        self.strings: list[tuple[int, str]] = []
        self.quantities: list[tuple[int, float, float, int, int]] = []
        self.references: list[tuple[int, str]] = []


Leaf = Callable[[Any, Index], None]


@dataclass(slots=True)
class _Node:
    """A point of the walk: what to take here and where to go on."""

    leaves: list[Leaf] = field(default_factory=list)
    below: dict[str, _Node] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)
    filtered: dict[tuple[str, str], _Node] = field(default_factory=dict)


def index(resource: Mapping[str, Any]) -> Index:
    """The entries of ``resource``, whose shape has been checked."""
    found = Index()
    _walk(_tree(resource["resourceType"]), resource, found)
    if "contained" in resource:
        _index_contained(resource, found)
    found.patient = patient_named(resource["resourceType"], resource.get("id", ""), found.references)
    found.marks = marks_of(resource)
    return found


def _index_contained(resource: Mapping[str, Any], found: Index) -> None:
    """What the resources in ``resource`` are found by, under the paths that refer to them, so that chains go
    through them (search.html#contained)."""
    inner = {f"#{one['id']}": one for one in resource["contained"] if "id" in one}
    found.tokens.update([contained_token(one["resourceType"]) for one in resource["contained"]])
    done: set[tuple[int, str]] = set()
    for path, type_ in _links(resource["resourceType"]):
        for place in path.places:
            for value in values(place.way, resource):
                name = value.get("reference", "")
                one = inner.get(name)
                if one is not None and type_ in (None, one["resourceType"]) and (path.number, name) not in done:
                    done.add((path.number, name))
                    _add_contained(path.number, one, found)


def _add_contained(path: int, inner: Mapping[str, Any], found: Index) -> None:
    own = Index()
    _walk(_tree(inner["resourceType"]), inner, own)
    found.tokens.update(contained_number(path, token) for token in own.tokens)
    found.dates += [(contained_number(path, one), low, high) for one, low, high in own.dates]
    found.strings += [(contained_number(path, one), value) for one, value in own.strings]
    found.quantities += [(contained_number(path, one[0]), *one[1:]) for one in own.quantities]


@while_in_use
def _links(type_: str) -> tuple[tuple[Path, str | None], ...]:
    """The paths of a type's references to other resources."""
    found: dict[tuple[int, str | None], tuple[Path, str | None]] = {}
    for parameter in parameters(type_).values():
        if parameter.type == "reference" and parameter.kinds == {"Reference"}:
            found.update({(path.number, path.target): (path, path.target) for path in parameter.paths})
    return tuple(found.values())


def contained_token(type_: str) -> int:
    """The token of resources that have a ``type_`` inside them."""
    return token_number(CONTAINED, type_)


def _walk(node: _Node, value: Any, found: Index) -> None:
    for leaf in node.leaves:
        leaf(value, found)
    below = node.below
    if below:
        for name, inner in value.items():
            further = below.get(name)
            if further is None:
                continue
            if type(inner) is list:
                for item in inner[:1] if name in node.firsts else inner:
                    if item is not None:
                        _walk(further, item, found)
            else:
                _walk(further, inner, found)
    for (name, wanted), inner_node in node.filtered.items():
        if value.get(name) == wanted:
            _walk(inner_node, value, found)


@while_in_use
def _tree(type_: str) -> _Node:
    root = _Node()
    done: set[tuple[Way, str, str | None]] = set()
    paired: set[str] = set()
    for code, parameter in parameters(type_).items():
        if code in OF_THE_ROW:
            continue
        for path in _single_paths(parameter):
            for place in path.places:
                if (place.way, path.text, path.target) not in done:
                    done.add((place.way, path.text, path.target))
                    _plant(root, place, path)
        for composite in parameter.composites:
            if composite.text in paired or not pairs.has_pairs(composite):
                continue
            paired.add(composite.text)
            for context in composite.context:
                _node(root, context.way).leaves.append(pairs.entering(composite))
    return root


def _single_paths(parameter: Parameter) -> list[Path]:
    at_root = [path for one in parameter.composites if one.at_root for _, paths in one.parts for path in paths]
    return [*parameter.paths, *at_root]


def _plant(root: _Node, place: Place, path: Path) -> None:
    kind = path.text.rpartition("#")[2]
    if place.type == IS_TRUE:
        root.leaves.append(_truth(place, path))
    elif path.target is None:
        _node(root, place.way).leaves.append(_leaf(kind, place.type, path))
    else:
        _node(root, place.way).leaves.append(_leaf_of_target(path))
        _node(root, place.way).leaves.append(_leaf(kind, place.type, path))


def _node(root: _Node, way: Way) -> _Node:
    node = root
    for step in way:
        if isinstance(step, Key):
            if step.first:
                node.firsts.add(step.name)
            node = node.below.setdefault(step.name, _Node())
        else:
            node = node.filtered.setdefault((step.name, step.value), _Node())
    return node


def _truth(place: Place, path: Path) -> Leaf:
    yes, no = token_number(path.text, "=true"), token_number(path.text, "=false")

    def leaf(resource: Any, found: Index) -> None:
        there = any(value is not False for value in values(place.way, resource))
        if there or no not in found.tokens:
            found.tokens.discard(no)
            found.tokens.add(yes if there or yes in found.tokens else no)

    return leaf


def _leaf_of_target(path: Path) -> Leaf:
    """References of one type are noted apart, so that ``:missing`` of ``patient`` does not see a Group."""
    present, prefix = token_number(path.text, PRESENT + (path.target or "")), f"{path.target}/"

    def leaf(value: Any, found: Index) -> None:
        if value.get("reference", "").startswith(prefix) or value.get("type") == path.target:
            found.present.add(present)

    return leaf


def _leaf(kind: str, type_: str, path: Path) -> Leaf:
    forms = FORMS[kind][type_]
    present = token_number(path.text, PRESENT)
    if kind == "string":
        return _string_leaf(forms, path, present, type_)
    if kind == "date":
        return _date_leaf(forms, path)
    if kind in ("quantity", "number"):
        return _quantity_leaf(forms, path, type_)
    return _token_leaf(forms, path, present, kind == "reference", type_)


def _token_leaf(forms: Callable[[Any], list[str]], path: Path, present: int, is_reference: bool, type_: str) -> Leaf:
    prefix, number = f"{path.text}\x1e", path.number

    def leaf(value: Any, found: Index) -> None:
        found.present.add(present)
        found.tokens.update([number_of(prefix + form) for form in forms(value)])

    def reference_leaf(value: Any, found: Index) -> None:
        found.present.add(present)
        for form in forms(value):
            found.tokens.add(reference_number(number, form))
            found.references.append((number, form))

    if is_reference:
        return _remembering_references(reference_leaf, number, present) if type_ == "Reference" else reference_leaf
    return _remembering(leaf, _SAME[type_], present) if type_ in _SAME else leaf


def _same_coding(value: Any) -> Any:
    return value.get("system"), value.get("code")


def _same_concept(value: Any) -> Any:
    codings = value.get("coding")
    if codings is not None and len(codings) == 1:
        return codings[0].get("system"), codings[0].get("code")
    return tuple((one.get("system"), one.get("code")) for one in codings or ())


def _same_value(value: Any) -> Any:
    return value


_SAME: Mapping[str, Callable[[Any], Any]] = {
    "Coding": _same_coding,
    "CodeableConcept": _same_concept,
    "code": _same_value,
    "boolean": _same_value,
}
"""For types with few values that are met again and again: what makes two values have the same tokens."""


def _remembering(leaf: Leaf, same: Callable[[Any], Any], present: int) -> Leaf:
    known: dict[Any, frozenset[int]] = {}

    def remembered(value: Any, found: Index) -> None:
        what = same(value)
        tokens = known.get(what)
        if tokens is None:
            own = Index()
            leaf(value, own)
            tokens = frozenset(own.tokens)
            if len(known) < _REMEMBERED:
                known[what] = tokens
        found.present.add(present)
        found.tokens.update(tokens)

    return remembered


def _remembering_references(leaf: Leaf, number: int, present: int) -> Leaf:
    """The resources of a bundle or a ward refer to the same few others, which change in time."""
    known: dict[str, tuple[int, tuple[int, str]] | None] = {}

    def remembered(value: Any, found: Index) -> None:
        target = value.get("reference")
        if target is None or "identifier" in value:
            leaf(value, found)
            return
        found.present.add(present)
        if target in known:
            entry = known[target]
        else:
            if len(known) >= _REMEMBERED:
                known.clear()
            entry = known[target] = _pointing(number, of_reference(value))
        if entry is not None:
            found.tokens.add(entry[0])
            found.references.append(entry[1])

    return remembered


def _pointing(number: int, forms: list[str]) -> tuple[int, tuple[int, str]] | None:
    return (reference_number(number, forms[0]), (number, forms[0])) if forms else None


def _string_leaf(forms: Callable[[Any], list[str]], path: Path, present: int, type_: str) -> Leaf:
    prefix, number = f"{path.text}\x1e{EXACT}", path.number
    is_name = type_ == "HumanName" or path.text.endswith(_NAMES)
    sorted_as = text.of_name_sorted if type_ == "HumanName" else text.of_word_sorted if is_name else None
    sorted_number = text.sorted_path(number)

    def leaf(value: Any, found: Index) -> None:
        found.present.add(present)
        if sorted_as is not None:
            found.strings.extend((sorted_number, key) for key in sorted_as(value))
        for form in forms(value):
            found.tokens.add(number_of(prefix + form))
            for key in text.keys(form, is_name):
                if (number, key) not in found.strings:
                    found.strings.append((number, key))
                    found.tokens |= text.trigrams(key)

    return leaf


def _date_leaf(forms: Callable[[Any], list[tuple[datetime, datetime]]], path: Path) -> Leaf:
    number = path.number

    def leaf(value: Any, found: Index) -> None:
        for low, high in forms(value):
            found.dates.append((number, low, high))

    return leaf


def _quantity_leaf(forms: Callable[[Any], list[tuple[float, float, int, int]]], path: Path, type_: str) -> Leaf:
    number = path.number

    def leaf(value: Any, found: Index) -> None:
        amounts = forms(value)
        if amounts:
            found.quantities.extend((number, *amount) for amount in amounts)
            for amount in quantity.canonical_amounts(type_, value, amounts):
                found.quantities.append((quantity.canonical_path(number, amount[2]), *amount))

    return leaf
