"""Token values (hl7.org/fhir/R4/search.html#token): a code with or without its system.

The same forms are made from a resource's values and from a search's words:
``=code`` any system, ``system␟code``, ``␟code`` explicitly none, ``system␟`` any code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .hashing import token_number

_UNIT = "\x1f"
BARE = "="
"""What the form of a code without its system begins with."""


def of_coding(value: Mapping[str, Any]) -> list[str]:
    return _forms(value.get("system"), value.get("code"))


def of_concept(value: Mapping[str, Any]) -> list[str]:
    codings = value.get("coding")
    if not codings:
        return []
    if len(codings) == 1:
        return of_coding(codings[0])
    return [form for coding in codings for form in of_coding(coding)]


def of_identifier(value: Mapping[str, Any]) -> list[str]:
    forms = _forms(value.get("system"), value.get("value"))
    if "type" in value and "value" in value:
        for coding in value["type"].get("coding", ()):
            if "system" in coding and "code" in coding:
                forms.append(typed(coding["system"], coding["code"], value["value"]))
    return forms


def of_contact(value: Mapping[str, Any]) -> list[str]:
    return [f"={value['value']}"] if "value" in value else []


def of_text(value: str) -> list[str]:
    return [f"={value}"]


def of_boolean(value: bool) -> list[str]:
    return ["=true" if value else "=false"]


def of_string(value: str) -> list[str]:
    """Plain strings are compared without case (#token)."""
    return [f"={value.casefold()}"]


def typed(system: str, code: str, value: str) -> str:
    """The form of an identifier by its type, for ``:of-type``."""
    return f"type:{system}{_UNIT}{code}{_UNIT}{value}"


FORMS: Mapping[str, Callable[[Any], list[str]]] = {
    "Coding": of_coding,
    "CodeableConcept": of_concept,
    "Identifier": of_identifier,
    "ContactPoint": of_contact,
    "boolean": of_boolean,
    "code": of_text,
    "dateTime": of_text,
    "id": of_text,
    "String": of_text,
    "string": of_string,
    "uri": of_text,
}


def asked(system: str | None, code: str) -> str:
    """The form of a search word: ``system`` is None where no ``|`` was written, empty for ``|code``."""
    if system is None:
        return f"={code}"
    return f"{system}{_UNIT}{code}"


def _forms(system: str | None, code: str | None) -> list[str]:
    if code is None:
        return [] if system is None else [f"{system}{_UNIT}"]
    if system is None:
        return [f"={code}", f"{_UNIT}{code}"]
    return [f"={code}", f"{system}{_UNIT}{code}", f"{system}{_UNIT}"]


def identifier_token(type_: str, system: str, value: str) -> int:
    """The index number of resources of ``type_`` that have this identifier."""
    return token_number(f"{type_}.identifier#token", asked(system, value))
