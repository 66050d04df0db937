"""Elements put into and taken out of a resource's JSON, each together with what stands in ``_name`` beside it
(hl7.org/fhir/R4/json.html#primitive)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...fhir import Element, choice_key, elements
from .steps import unfit_path

REPEATED = Element(min=0, many=True, types=())
"""An element of a primitive, of which only ``extension`` is known to repeat."""


def primitive(part: Mapping[str, Any]) -> Any:
    """The value in a parameter's ``value[x]``; None for none."""
    return next((value for key, value in part.items() if key.startswith("value")), None)


def built(type_: str, known: str, name: str, part: Mapping[str, Any], path: str) -> tuple[str, Any, Any]:
    """The JSON property, value and ``_value`` that ``part`` gives to the child ``known`` of ``type_``.

    Anonymous types come as parts of the part (fhirpatch.html#anonymous). Raises UNPROCESSABLE for a value of a
    type that the choice does not have, or none at all.
    """
    given = next((key for key in part if key.startswith(("value", "_value")) and key != "value"), None)
    if "resource" in part:
        return name, part["resource"], None
    if "part" in part:
        element = elements().get(type_, {}).get(known)
        below = element.same_as or f"{type_}.{known}" if element else ""
        if element and below not in elements():
            below = element.types[0] if len(element.types) == 1 else ""
        return name, _anonymous(below, part["part"], path), None
    if given is None:
        raise unfit_path(path, "the value is missing", "缺少取值")
    suffix = given.lstrip("_").removeprefix("value")
    key = name
    if known.endswith("[x]"):
        kinds = {choice_key("x[x]", kind)[1:] for kind in elements()[type_][known].types}
        if suffix not in kinds:
            raise unfit_path(path, f"'{name}' cannot be a {suffix}", f"“{name}”不能是 {suffix} 类型")
        key = known.removesuffix("[x]") + suffix
    return key, part.get("value" + suffix), part.get("_value" + suffix)


def _anonymous(type_: str, parts: Any, path: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    table = elements().get(type_, {})
    for part in parts:
        name = str(part.get("name", ""))
        known = name if name in table else f"{name}[x]"
        if known not in table:
            raise unfit_path(path, f"{type_ or 'this element'} has no element '{name}'", f"没有元素“{name}”")
        key, value, beside = built(type_, known, name, part, path)
        if table[known].many:
            append(made, key, value, beside)
        else:
            put(made, key, value, beside)
    return made


def present(owner: Mapping[str, Any], type_: str, known: str) -> bool:
    """Whether ``owner`` has the child ``known``, of a choice in any type."""
    if not known.endswith("[x]"):
        return known in owner or "_" + known in owner
    keys = [choice_key(known, kind) for kind in elements()[type_][known].types]
    return any(key in owner or "_" + key in owner for key in keys)


def put(owner: dict[str, Any], key: str, value: Any, beside: Any) -> None:
    """Set a child that does not repeat."""
    for name, part in ((key, value), ("_" + key, beside)):
        if part is not None:
            owner[name] = part


def append(owner: dict[str, Any], key: str, value: Any, beside: Any) -> None:
    """Put one at the end of the list ``key``."""
    insert(owner, key, max(len(owner.get(key, ())), len(owner.get("_" + key, ()))), value, beside)


def insert(owner: dict[str, Any], key: str, number: int, value: Any, beside: Any) -> None:
    """Put one into the list ``key`` before the one that is at ``number``."""
    values, others = owner.get(key), owner.get("_" + key)
    many = max(len(values or ()), len(others or ()))
    for name, there, part in ((key, values, value), ("_" + key, others, beside)):
        if there is not None or part is not None:
            row = there if there is not None else []
            row.extend([None] * (many - len(row)))
            row.insert(number, part)
            owner[name] = row


def remove(owner: dict[str, Any], key: str, number: int | None) -> tuple[Any, Any]:
    """Take a child away, at ``number`` of a list or alone; what it was. A list left empty goes too."""
    taken: list[Any] = []
    for name in (key, "_" + key):
        there = owner.get(name)
        if there is None:
            taken.append(None)
        elif number is None:
            taken.append(owner.pop(name))
        else:
            taken.append(there.pop(number) if number < len(there) else None)
            if all(one is None for one in there):
                del owner[name]
    return taken[0], taken[1]


def without_empty(value: Any) -> Any:
    """``value`` without objects and arrays that hold nothing, which JSON in FHIR never has (json.html#null)."""
    if isinstance(value, dict):
        kept = {name: without_empty(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in ({}, [])}
    if isinstance(value, list):
        rows = [without_empty(part) for part in value]
        return [part for part in rows if part not in ({}, [])]
    return value
