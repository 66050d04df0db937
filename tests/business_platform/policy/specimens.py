"""The least resource of each R4 type that its shape allows, made from the schema, and put into a patient's record."""

from __future__ import annotations

from functools import cache
from typing import Any

from xinglin.data_platform.fhir import check_shape, resource_types
from xinglin.data_platform.fhir.schema import tightened
from xinglin.data_platform.search import links_to_patient
from xinglin.data_platform.search.parameter import Path
from xinglin.data_platform.search.path import Key

TYPES = sorted(resource_types() - {"AuditEvent"})
"""All that are stored: AuditEvents are told from the audit trail, to whom ``audit.read`` is open."""

_WORDS = {
    "date": "2026-01-01",
    "dateTime": "2026-01-01",
    "instant": "2026-01-01T00:00:00Z",
    "time": "12:00:00",
    "uri": "urn:example:one",
    "url": "urn:example:one",
    "canonical": "urn:example:one",
    "base64Binary": "YQ==",
    "oid": "urn:oid:1.2.3",
    "uuid": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "id": "one",
    "code": "one",
    "boolean": True,
    "decimal": 1,
    "integer": 1,
    "positiveInt": 1,
    "unsignedInt": 1,
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">one</div>',
}


def specimen(type_: str, id_: str, patient: str | None = None) -> dict[str, Any]:
    """A ``type_`` with this id; in the record of ``patient`` where one is named and the type can be in one."""
    made: dict[str, Any] = {"resourceType": type_, **_least(type_), "id": id_}
    if type_ == "Parameters":
        made = {"resourceType": "Parameters", "id": id_}
    if patient is not None and type_ != "Patient":
        for path in link_of(type_):
            _put(type_, made, [step.name for step in _way(path)], {"reference": f"Patient/{patient}"})
    check_shape(made)
    return made


@cache
def can_be_in_a_record(type_: str) -> bool:
    """Whether ``specimen`` can put a ``type_`` into a record."""
    return type_ == "Patient" or bool(link_of(type_))


@cache
def link_of(type_: str) -> list[Path]:
    """The one link by which ``specimen`` puts a ``type_`` into a record, as a list; empty where there is none."""
    return [path for path in links_to_patient(type_) if _way(path)][:1]


def _way(path: Path) -> list[Key]:
    """The properties to a reference that no filter stands before."""
    for place in path.places:
        way = [step for step in place.way if isinstance(step, Key)]
        if place.type == "Reference" and len(way) == len(place.way):
            return way
    return []


def _put(definition: str, made: dict[str, Any], way: list[str], reference: dict[str, str]) -> None:
    name, *rest = way
    schema = tightened()[definition]["properties"][name]
    many = schema.get("type") == "array"
    inner = (schema.get("items", schema)).get("$ref", "").rpartition("/")[2]
    if not rest:
        made[name] = [reference] if many else reference
        return
    there = made.get(name)
    one = (there[0] if many else there) if there else _least(inner)
    _put(inner, one, rest, reference)
    made[name] = [one] if many else one


def _least(definition: str, depth: int = 0) -> dict[str, Any]:
    schema = tightened()[definition]
    names = [name for name in schema.get("required", ()) if name != "resourceType"]
    for rule in schema.get("allOf", ()):
        choices = [one["required"][0] for one in rule.get("anyOf", ())]
        if choices and not set(choices) & set(names):
            names.append(choices[0])
    made = {name: _value(schema["properties"][name], depth) for name in names if not name.startswith("_")}
    if definition == "Reference":
        made["display"] = "somebody"
    elif not made and depth and "properties" in schema:
        made = _something(definition)
    return made


def _something(definition: str) -> dict[str, Any]:
    """One property, for a datatype that asks for none but may not be empty."""
    return {
        "CodeableConcept": {"text": "one"},
        "Coding": {"code": "one"},
        "Identifier": {"value": "one"},
        "Quantity": {"value": 1},
        "Period": {"start": "2026-01-01"},
        "Attachment": {"title": "one"},
        "HumanName": {"text": "one"},
    }.get(definition, {"id": "one"})


def _value(schema: dict[str, Any], depth: int) -> Any:
    if schema.get("type") == "array":
        return [_value(schema["items"], depth)]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    name = schema.get("$ref", "").rpartition("/")[2].rstrip("?")
    if name in ("ResourceList", "Resource"):
        return {"resourceType": "Basic", "code": {"text": "one"}}
    if name in _WORDS:
        return _WORDS[name]
    if name and "properties" in tightened()[name]:
        return _least(name, depth + 1)
    kind = schema.get("type")
    if kind in ("boolean", "number", "integer"):
        return {"boolean": True, "number": 1, "integer": 1}[kind]
    pattern = schema.get("pattern", "")
    for word, told in tightened().items():
        if word in _WORDS and told.get("pattern") == pattern and pattern:
            return _WORDS[word]
    return "one"
