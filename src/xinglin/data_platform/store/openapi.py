"""The FHIR interface as an OpenAPI 3.1 document, made from what the routes take and answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from ..fhir import compartments, resource_types
from ..search import in_use
from .negotiation import MEDIA_TYPE
from .patching import JSON_PATCH

Schema = dict[str, Any]
_ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_FAILURES = {
    400: "not R4, or not understood",
    401: "not signed in",
    403: "not permitted",
    404: "not known here",
    405: "not offered here",
    406: "another form than JSON is asked for",
    409: "another writer came first, or the id is taken",
    410: "deleted",
    412: "the precondition does not hold, or a condition matches several",
    413: "larger than the settings allow",
    415: "the body is not JSON",
    422: "understood, but cannot be done",
    503: "the database is away, or the search takes too long: try later",
    507: "the disk is full",
}


@lru_cache(maxsize=8)  # by the name that callers use for this host
def document(base: str, version: str, revision: int) -> bytes:
    """The document for the interface at ``base``; ``revision`` is that of the own search parameters in use."""
    about = {
        "openapi": "3.1.0",
        "info": {
            "title": "Xinglin FHIR R4",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "paths": {path: _item(path, operations) for path, operations in _paths().items()},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
            "parameters": _parameters(),
        },
    }
    return orjson.dumps(about)


def _paths() -> Mapping[str, Mapping[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {
        "/metadata": {"get": _operation("capabilities", [200], "CapabilityStatement", open_to_all=True)},
        "/$reindex": {
            "get": _operation("progress of the index", [200], "Parameters"),
            "post": _operation("index types anew", [200], "Parameters", query=["type-to-index"]),
        },
        "/_history": {"get": _operation("history-system", [200], "Bundle", query=_HISTORY)},
        "/": {
            "get": _operation("search several types", [200], "Bundle", query=[*_SEARCH, "_type"]),
            "post": _operation("batch or transaction", [200], "Bundle", "Bundle", headers=["prefer"]),
        },
        "/_search": {"post": _operation("search several types by form", [200], "Bundle", "Form")},
    }
    found["/$meta"] = {"get": _operation("labels in use", [200], "Parameters")}
    found["/{type}/$meta"] = {"get": _operation("labels in use of a type", [200], "Parameters")}
    found["/{type}"] = {
        "get": _operation("search", [200], "Bundle", query=[*_SEARCH, *_own_parameters()]),
        "post": _operation("create", [200, 201], "Resource", "Resource", headers=["if-none-exist", "prefer"]),
        "put": _operation("conditional update", [200, 201], "Resource", "Resource", headers=["if-match", "prefer"]),
        "patch": _operation("conditional patch", [200], "Resource", "Patch", headers=["if-match", "prefer"]),
        "delete": _operation("conditional delete", [200, 204], "Resource", headers=["if-match", "prefer"]),
    }
    found["/{type}/_search"] = {"post": _operation("search by form", [200], "Bundle", "Form")}
    found["/{type}/_history"] = {"get": _operation("history-type", [200], "Bundle", query=_HISTORY)}
    found["/{type}/$validate"] = {"post": _operation("validate", [200], "OperationOutcome", "Resource")}
    found.update(_instance_paths())
    return found


def _instance_paths() -> dict[str, dict[str, Schema]]:
    one = "/{type}/{id}"
    parts = ["_summary", "_elements"]
    return {
        one: {
            "get": _operation("read", [200, 304], "Resource", query=parts, headers=["if-none-match"]),
            "put": _operation("update", [200, 201], "Resource", "Resource", headers=["if-match", "prefer"]),
            "patch": _operation("patch", [200], "Resource", "Patch", headers=["if-match", "prefer"]),
            "delete": _operation("delete", [200, 204], "Resource", headers=["if-match", "prefer"]),
        },
        f"{one}/_history": {"get": _operation("history-instance", [200], "Bundle", query=_HISTORY)},
        f"{one}/_history/{{version}}": {"get": _operation("vread", [200], "Resource", query=parts)},
        f"{one}/$meta": {"get": _operation("meta", [200], "Parameters")},
        f"{one}/$meta-add": {"post": _operation("meta-add", [200], "Parameters", "Parameters")},
        f"{one}/$meta-delete": {"post": _operation("meta-delete", [200], "Parameters", "Parameters")},
        f"{one}/$validate": {
            "get": _operation("validate what is stored", [200], "OperationOutcome"),
            "post": _operation("validate an update", [200], "OperationOutcome", "Resource"),
        },
        f"{one}/$expunge": {"post": _operation("expunge", [200], "Parameters", "Parameters")},
        "/Patient/{id}/$everything": {
            "get": _operation("the record of a patient", [200], "Bundle", query=["start", "end", *_LISTING])
        },
        "/Encounter/{id}/$everything": {"get": _operation("the record of a visit", [200], "Bundle", query=_LISTING)},
        "/{focus}/{id}/*": {"get": _operation("compartment", [200], "Bundle", query=_LISTING)},
        "/{focus}/{id}/{type}": {"get": _operation("search in a compartment", [200], "Bundle", query=_SEARCH)},
    }


_HISTORY = ("_count", "_since", "_at", "_summary", "_elements")
_SEARCH = ("_count", "_summary", "_elements", "_lastUpdated", "_id", "_total")
_LISTING = ("_count", "_since", "_type")


def _own_parameters() -> dict[str, Schema]:
    """The search parameters that the node's own resources define, by the name of their component."""
    return {
        f"own.{one['id']}": {
            "name": one["code"],
            "in": "query",
            "description": f"{one['type']}, of {', '.join(one['base'][:20])}",
            "schema": {"type": "string"},
        }
        for one in in_use().own
    }


def _operation(
    summary: str,
    statuses: Sequence[int],
    answer: str,
    body: str | None = None,
    *,
    query: Sequence[str] = (),
    headers: Sequence[str] = (),
    open_to_all: bool = False,
) -> Schema:
    named = ["_format", "_pretty", *query, *headers]
    stated: Schema = {
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in named],
        "responses": {str(status): _answer(status, answer) for status in statuses}
        | {str(status): _failure(text) for status, text in _FAILURES.items()},
    }
    if body is not None:
        stated["requestBody"] = {"required": True, "content": _bodies(body)}
    if open_to_all:
        stated["security"] = []
    return stated


def _item(path: str, operations: Mapping[str, Schema]) -> Schema:
    places = [name for name in ("type", "id", "version", "focus") if f"{{{name}}}" in path]
    item: Schema = dict(operations)
    if places:
        item["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in places]
    return item


def _answer(status: int, schema: str) -> Schema:
    if status in (204, 304):
        return {"description": "nothing to tell"}
    return {"description": "done", "content": {MEDIA_TYPE: {"schema": _reference(schema)}}}


def _failure(text: str) -> Schema:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": _reference("OperationOutcome")}}}


def _bodies(body: str) -> Schema:
    if body == "Form":
        return {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}
    if body == "Patch":
        return {JSON_PATCH: {"schema": _reference("JsonPatch")}, MEDIA_TYPE: {"schema": _reference("Parameters")}}
    return {MEDIA_TYPE: {"schema": _reference(body)}}


def _reference(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _schemas() -> Schema:
    operation = {
        "type": "object",
        "required": ["op", "path"],
        "properties": {
            "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
            "path": {"type": "string"},
            "from": {"type": "string"},
            "value": {},
        },
    }
    issue = {
        "type": "object",
        "required": ["severity", "code"],
        "properties": {"severity": {"enum": ["fatal", "error", "warning", "information"]}, "code": {"type": "string"}},
    }
    return {
        "Resource": _resource(sorted(resource_types())),
        "Bundle": _resource(["Bundle"], {"type": {"type": "string"}, "entry": {"type": "array"}}, ["type"]),
        "Parameters": _resource(["Parameters"], {"parameter": {"type": "array", "items": {"type": "object"}}}),
        "CapabilityStatement": _resource(["CapabilityStatement"]),
        "OperationOutcome": _resource(
            ["OperationOutcome"], {"issue": {"type": "array", "minItems": 1, "items": issue}}, ["issue"]
        ),
        "JsonPatch": {"type": "array", "items": operation},
    }


def _resource(types: Sequence[str], further: Schema | None = None, required: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "required": ["resourceType", *required],
        "properties": {"resourceType": {"enum": list(types)}, **(further or {})},
    }


def _parameters() -> Schema:
    text: Schema = {"type": "string"}
    date = {"type": "string", "format": "date"}
    instant = {"type": "string", "format": "date-time"}
    queries: dict[str, Schema] = {
        "_format": {"enum": ["json", MEDIA_TYPE]},
        "_pretty": {"type": "boolean"},
        "_summary": {"enum": ["true", "text", "data", "false"]},
        "_elements": text,
        "_count": {"type": "integer", "minimum": 1, "maximum": 1000},
        "_since": instant,
        "_at": date,
        "_lastUpdated": date,
        "_id": _ID,
        "_total": {"enum": ["none", "estimate", "accurate"]},
        "_type": {"enum": sorted(resource_types())},
        "start": date,
        "end": date,
    }
    paths: dict[str, Schema] = {
        "type": {"enum": sorted(resource_types())},
        "focus": {"enum": sorted(compartments())},
        "id": _ID,
        "version": {"type": "integer", "minimum": 1},
    }
    headers: dict[str, Schema] = {
        "if-match": {"type": "string", "pattern": r'^W/"[1-9][0-9]{0,5}"$'},
        "if-none-match": {"type": "string", "pattern": r'^W/"[1-9][0-9]{0,5}"$'},
        "if-none-exist": {"type": "string", "pattern": r"^identifier=[a-z]{1,8}$"},
        "prefer": {
            "enum": ["return=representation", "return=OperationOutcome"],
            "description": "return=minimal is understood as well, and leaves the body out",
        },
    }
    return {
        **{name: {"name": name, "in": "query", "schema": schema} for name, schema in queries.items()},
        **{name: {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in paths.items()},
        **{name: {"name": name, "in": "header", "schema": schema} for name, schema in headers.items()},
        "type-to-index": {"name": "type", "in": "query", "required": True, "schema": queries["_type"]},
        **_own_parameters(),
    }
