"""How the demo hospital names things: identifier systems, resource ids, bilingual names."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

BASE = "https://xinglin.health/id/"
PATIENT = BASE + "patient"
VISIT = BASE + "visit"
ORGANIZATION = BASE + "organization"
LOCATION = BASE + "location"
PRACTITIONER = BASE + "practitioner"
APPOINTMENT = BASE + "appointment"
RESIDENT_ID = BASE + "cn/resident-id"
INSURANCE = BASE + "cn/insurance"

_NAMESPACE = UUID("5b0c7b54-2f6e-5d0e-9a53-0d6f2f1f6b11")


def resource_id(seed: int, kind: str, code: object) -> str:
    """The same UUID (version 5) for the same thing of the same hospital, today and on every other machine."""
    return str(uuid5(_NAMESPACE, f"{seed}/{kind}/{code}"))


def reference(seed: int, kind: str, code: object, display: str | None = None) -> dict[str, str]:
    """A FHIR Reference to one of the demo's own resources."""
    found = {"reference": f"{kind}/{resource_id(seed, kind, code)}"}
    return found if display is None else {**found, "display": display}


def identifier(system: str, value: str, kind: str | None = None) -> dict[str, Any]:
    """A FHIR Identifier; ``kind`` is a code of HL7 table 0203 (``MR``, ``NI``, ...)."""
    found: dict[str, Any] = {"system": system, "value": value}
    if kind is not None:
        system_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
        found["type"] = {"coding": [{"system": system_0203, "code": kind}]}
    return found


def in_english(text: str) -> dict[str, Any]:
    """English by R4's translation extension, for the ``_name`` beside a Chinese ``name``."""
    content = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": text}]
    return {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": content},
        ]
    }
