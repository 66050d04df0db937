"""The official JSON schema, tightened by what its authors had to leave to other tools.

Added from the StructureDefinitions and the JSON format's rules (hl7.org/fhir/R4/json.html): required
primitives, at least one of a required choice, at most one of any choice, no empty object or array, days that
exist in the calendar, and whole integers. A resource inside another is left open here, since a schema that
holds all types takes long to compile and explains badly; ``shape`` checks it against its own type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from .definition import Element, choice_key, elements, json_schema

_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_YEAR = "([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_DAY = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PARTIAL = f"{_YEAR}(-(0[1-9]|1[0-2]))?"

_PATTERNS = {
    "date": f"^({_PARTIAL}|{_DAY})$",
    "dateTime": f"^({_PARTIAL}|{_DAY}(T{_TIME}{_ZONE})?)$",
    "instant": f"^{_DAY}T{_TIME}{_ZONE}$",
}
_OLD_RELEASE, _THIS_RELEASE = "4.0.0", "4.0.1"
_WHOLE = ("integer", "positiveInt", "unsignedInt")


@cache
def tightened() -> Mapping[str, Any]:
    """The definitions of the schema, by name."""
    definitions: dict[str, Any] = json_schema()["definitions"]
    better = _better(definitions)
    definitions["xhtml"] = {"type": "string", "minLength": 1}
    definitions["ResourceList"] = definitions["Resource"] = {"type": "object", "required": ["resourceType"]}
    optional: dict[str, Any] = {}
    for definition in definitions.values():
        _tighten_primitives(definition, better)
        _forbid_empty(definition, optional)
    definitions.update({f"{name}?": _or_null(definitions[name]) for name in optional})
    for path, name in _places(definitions):
        _require(definitions[name], elements()[path])
    return definitions


def reachable(name: str) -> dict[str, Any]:
    """The definitions that ``name`` needs, itself among them."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        wanted = waiting.pop()
        if wanted not in found:
            found[wanted] = tightened()[wanted]
            waiting.extend(_references(found[wanted]))
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _better(definitions: dict[str, Any]) -> Mapping[str, dict[str, Any]]:
    """Primitives by the pattern that the schema gives them, as they should be; the schema writes some inline."""
    better = {definitions[name]["pattern"]: {"type": "string", "pattern": _PATTERNS[name]} for name in _PATTERNS}
    better |= {definitions[name]["pattern"]: {**definitions[name], "type": "integer"} for name in _WHOLE}
    for name in (*_PATTERNS, *_WHOLE):
        definitions[name] = better[definitions[name]["pattern"]]
    return better


def _tighten_primitives(definition: dict[str, Any], better: Mapping[str, dict[str, Any]]) -> None:
    for value in definition.get("properties", {}).values():
        for place in (value, value.get("items", {})):
            place.update(better.get(place.get("pattern", ""), {}))
            if _OLD_RELEASE in place.get("enum", ()) and _THIS_RELEASE not in place["enum"]:
                place["enum"].append(_THIS_RELEASE)  # the schema of 4.0.1 leaves its own release out


def _forbid_empty(definition: dict[str, Any], optional: dict[str, Any]) -> None:
    """Objects and arrays hold something; arrays of primitives may hold null where ``_name`` stands beside."""
    properties = definition.get("properties")
    if not isinstance(properties, dict) or "allOf" in definition:
        return
    definition["type"] = "object"
    definition["minProperties"] = 1
    for name, value in properties.items():
        if value.get("type") != "array":
            continue
        value["minItems"] = 1
        if f"_{name}" in properties and "$ref" in value["items"]:
            primitive = value["items"]["$ref"].rpartition("/")[2]
            optional[primitive] = True
            value["items"] = {"$ref": f"#/definitions/{primitive}?"}
        elif name.startswith("_"):
            value["items"] = {"anyOf": [{"type": "null"}, value["items"]]}


def _or_null(primitive: Mapping[str, Any]) -> dict[str, Any]:
    return {**primitive, "type": [primitive.get("type", "string"), "null"]}


def _places(definitions: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each path of the element table with the name of its definition in the schema."""
    waiting = [(name, name) for name in elements() if "." not in name and name in definitions]
    seen = set(waiting)
    while waiting:
        path, name = waiting.pop()
        if path not in elements():
            continue
        yield path, name
        for key, value in definitions[name].get("properties", {}).items():
            below = f"{path}.{key}"
            reference = value.get("$ref") or value.get("items", {}).get("$ref", "")
            place = (below, reference.rpartition("/")[2])
            if below in elements() and place[1] in definitions and place not in seen:
                seen.add(place)
                waiting.append(place)


def _require(definition: dict[str, Any], table: Mapping[str, Element]) -> None:
    properties = definition.get("properties", {})
    for name, element in table.items():
        keys = [name]
        if name.endswith("[x]"):
            if "Meta" in element.types:  # an open type (datatypes.html#open) that the schema leaves out
                properties.setdefault(choice_key(name, "Meta"), {"$ref": "#/definitions/Meta"})
            keys = [key for key in (choice_key(name, kind) for kind in element.types) if key in properties]
            _at_most_one(definition, keys)
        if element.min and not set(keys) & set(definition.get("required", ())):
            present = [{"required": [key]} for key in (*keys, *(f"_{key}" for key in keys)) if key in properties]
            if present:
                definition.setdefault("allOf", []).append({"title": name, "anyOf": present})


def _at_most_one(definition: dict[str, Any], keys: list[str]) -> None:
    rules = definition.setdefault("dependencies", {})
    for place, key in enumerate(keys):
        later = dict.fromkeys(keys[place + 1 :], False)
        if later:
            rules[key] = {"properties": later}
