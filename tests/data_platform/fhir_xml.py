"""R4 resources in XML as JSON, for test cases that their authors wrote in XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from xinglin.data_platform.fhir import choice_key, elements

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"
_WHOLE = ("integer", "positiveInt", "unsignedInt")

ElementTree.register_namespace("", XHTML.strip("{}"))


def resource_of(node: ElementTree.Element) -> dict[str, Any]:
    """The resource that ``node`` is."""
    type_ = node.tag.removeprefix(FHIR)
    return {"resourceType": type_, **_object(node, type_)}


def _object(node: ElementTree.Element, type_: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: node.attrib[name] for name in ("id", "url") if name in node.attrib}
    for child in node:
        if child.tag.startswith(XHTML):
            found["div"] = ElementTree.tostring(child, encoding="unicode").strip()
            continue
        name = child.tag.removeprefix(FHIR)
        kind, many = _kind(type_, name)
        if many:
            found.setdefault(name, []).append(_value(child, kind))
        else:
            found[name] = _value(child, kind)
    return found


def _kind(type_: str, name: str) -> tuple[str, bool]:
    table = elements()[type_]
    if name in table:
        below = f"{type_}.{name}"
        return table[name].same_as or (below if below in elements() else table[name].types[0]), table[name].many
    return next(
        (kind, False) for known, element in table.items() for kind in element.types if choice_key(known, kind) == name
    )


def _value(node: ElementTree.Element, kind: str) -> Any:
    if kind == "Resource":
        return resource_of(node[0])
    if "value" not in node.attrib:
        return _object(node, kind)
    text = node.attrib["value"]
    if kind == "boolean":
        return text == "true"
    return int(text) if kind in _WHOLE else text
