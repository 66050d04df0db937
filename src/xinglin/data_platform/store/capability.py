"""What this server can do, as a CapabilityStatement made from the definitions (http.html#capabilities)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from ..fhir import compartments, resource_types
from ..search import parameters, while_in_use
from .everything import FOCUSES
from .known import MADE_BY_THE_NODE
from .patching import JSON_PATCH
from .settings import StoreSettings

_OF_THE_TRAIL = frozenset({"date", "agent", "agent-name", "patient", "entity", "action", "outcome", "type", "subtype"})
_CODES = ("read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type")
_DEFINITION = "http://hl7.org/fhir/OperationDefinition"
_COMPARTMENT = "http://hl7.org/fhir/CompartmentDefinition"
_OF_ALL = ("validate", "meta", "meta-add", "meta-delete")


@lru_cache(maxsize=8)  # by the name that callers use for this host
def capability(base: str, version: str, started: str, settings: StoreSettings, revision: int) -> bytes:
    """The statement for this server at ``base``; ``started`` is the instant it speaks of, ``revision`` that of the own
    search parameters in use."""
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started,
        "kind": "instance",
        "software": {"name": "Xinglin", "version": version},
        "implementation": {"description": "Xinglin", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "patchFormat": [JSON_PATCH, "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer, or the session of the node's own pages"},
                "resource": [_resource(type_, settings) for type_ in sorted(resource_types())],
                "interaction": [{"code": code} for code in ("transaction", "batch", "history-system")],
                "operation": [{"name": "meta", "definition": f"{_DEFINITION}/Resource-meta"}],
                "compartment": [
                    f"http://hl7.org/fhir/CompartmentDefinition/{_name(type_)}" for type_ in compartments()
                ],
            }
        ],
    }
    return orjson.dumps(statement)


def _resource(type_: str, settings: StoreSettings) -> dict[str, Any]:
    known = [one for one in parameters(type_).values() if one.searchable]
    if type_ in MADE_BY_THE_NODE:
        return {
            "type": type_,
            "documentation": "Told from the node's audit trail; see the integrator's guide",
            "interaction": [{"code": code} for code in ("read", "search-type")],
            "searchParam": [
                {"name": one.code, "definition": one.url, "type": one.type}
                for one in known
                if one.code in _OF_THE_TRAIL
            ],
        }
    references = sorted(f"{type_}:{one.code}" for one in known if one.type == "reference")
    stated: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for code in _CODES],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "multiple" if settings.max_conditional_deletes > 1 else "single",
        "searchParam": [{"name": one.code, "definition": one.url, "type": one.type} for one in known],
        "operation": _operations(type_),
    }
    if references:
        stated["searchInclude"] = references
    if _referring().get(type_):
        stated["searchRevInclude"] = _referring()[type_]
    return stated


def _operations(type_: str) -> list[dict[str, str]]:
    """The operations of R4 that the type has; ``$expunge`` is none of them and is told in the guide."""
    found = [{"name": name, "definition": f"{_DEFINITION}/Resource-{name}"} for name in _OF_ALL]
    if type_ in FOCUSES:
        found.append({"name": "everything", "definition": f"{_DEFINITION}/{type_}-everything"})
    return found


@while_in_use
def _referring() -> Mapping[str, list[str]]:
    """For each type the references of others that ``_revinclude`` follows to it."""
    found: dict[str, list[str]] = {}
    for type_ in sorted(resource_types()):
        for one in parameters(type_).values():
            if one.searchable and one.type == "reference":
                fixed = {path.target for path in one.paths if path.target}
                for target in sorted(fixed or one.targets):
                    found.setdefault(target, []).append(f"{type_}:{one.code}")
    return found


def _name(type_: str) -> str:
    """The last part of a CompartmentDefinition's URL."""
    return type_[0].lower() + type_[1:]
