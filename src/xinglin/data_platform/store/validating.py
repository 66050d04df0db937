"""``$validate``: would this resource be taken? (hl7.org/fhir/R4/resource-operation-validate.html)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import as_text, check_id, check_narratives, check_shape, parse
from .answer import Answer, information
from .defining import check_definition
from .known import known, version_named

_MODES = ("create", "update", "delete", "profile")
_BASE_PROFILE = "http://hl7.org/fhir/StructureDefinition/"


async def validate(
    connection: Any, type_: str, id_: str | None, body: bytes | None, parameters: Sequence[tuple[str, str]]
) -> Answer:
    """An OperationOutcome that tells whether the resource in ``body`` (or the one stored as ``id_``) has the
    shape of its type, and could be created or updated so. Answers 200 also where it has not.

    Shape is what a create checks. Raises INVALID for a request that is not understood, UNPROCESSABLE for a
    profile other than R4's own, since profiles are not checked.
    """
    known(type_, id_)
    asked = dict(parameters)
    resource = None
    if body:
        resource = _given(parse(body), asked)
    mode = asked.get("mode")
    if mode is not None and mode not in _MODES:
        raise _unfit("mode", "one of create, update, delete is expected", "应为 create、update 或 delete")
    if mode in ("update", "delete") and id_ is None:
        raise _unfit("mode", f"'{mode}' is asked of one resource: Type/id/$validate", f"“{mode}”须针对单个资源")
    profile = asked.get("profile", f"{_BASE_PROFILE}{type_}")
    if profile != f"{_BASE_PROFILE}{type_}":
        raise XinglinError(
            Category.UNPROCESSABLE,
            f"the profile {profile[:200]} cannot be checked here",
            f"此处无法校验 profile {profile[:200]}",
            expression="profile",
            issue_code="not-supported",
        )
    if resource is None:
        if id_ is None:
            raise _unfit("resource", "the resource is missing", "缺少资源")
        stored = await version_named(connection, type_, id_, None)
        resource = parse(stored.content or b"")
    return Answer(HTTPStatus.OK, _outcome(type_, id_ if mode == "update" else None, resource, mode))


def _outcome(type_: str, id_: str | None, resource: Mapping[str, Any], mode: str | None) -> bytes:
    try:
        if mode != "delete":
            check_shape(resource)
            check_narratives(resource, as_text(resource))
            check_definition(resource)
            if resource["resourceType"] != type_:
                raise _unfit("resourceType", f"a {type_} is expected here", f"此处应为 {type_}")
        if id_ is not None and resource.get("id") != id_:
            raise _unfit(f"{type_}.id", f"the id must be '{id_}', as in the URL", f"id 必须与 URL 中的“{id_}”一致")
        if "id" in resource:
            check_id(resource["id"])
    except XinglinError as error:
        return orjson.dumps(error.operation_outcome())
    return information("of the shape that R4 asks", "符合 R4 的结构要求")


def _given(given: dict[str, Any], asked: dict[str, str]) -> dict[str, Any] | None:
    """The resource in a body, which may be a Parameters resource that holds it with mode and profile."""
    parameters = given.get("parameter", [])
    if given.get("resourceType") != "Parameters" or not isinstance(parameters, list):
        return given
    resource = None
    for one in parameters:
        name = one.get("name") if isinstance(one, dict) else None
        if name == "resource" and isinstance(one.get("resource"), dict):
            resource = one["resource"]
        elif name in ("mode", "profile"):
            asked[name] = str(next((value for key, value in one.items() if key.startswith("value")), ""))
    return resource


def _unfit(name: str, english: str, chinese: str) -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{name}: {english}", f"{name}：{chinese}", expression=name, issue_code="value"
    )
