"""What this server can do, as a CapabilityStatement made from the definitions (http.html#capabilities)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from ..fhir import resource_types
from ..search import parameters

_CODES = ("read", "vread", "update", "delete", "history-instance", "history-type", "create", "search-type")


@lru_cache(maxsize=8)  # by the name that callers use for this host
def capability(base: str, version: str, started: str) -> bytes:
    """The statement for this server at ``base``; ``started`` is the instant it speaks of."""
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started,
        "kind": "instance",
        "software": {"name": "Xinglin", "version": version},
        "implementation": {"description": "Xinglin", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer, or the session of the node's own pages"},
                "resource": [_resource(type_) for type_ in sorted(resource_types())],
                "interaction": [{"code": code} for code in ("transaction", "batch", "history-system")],
            }
        ],
    }
    return orjson.dumps(statement)


def _resource(type_: str) -> dict[str, Any]:
    known = [one for one in parameters(type_).values() if one.searchable]
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
        "conditionalDelete": "single",
        "searchParam": [{"name": one.code, "definition": one.url, "type": one.type} for one in known],
    }
    if references:
        stated["searchInclude"] = references
    return stated
