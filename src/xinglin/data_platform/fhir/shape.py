"""Whether a resource has the shape that R4 gives its type; says what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import jsonschema_rs

from xinglin.foundation.errors import Category, XinglinError

from .definition import resource_types
from .schema import reachable, tightened

_SHOWN_CHARACTERS = 200
_HOLDERS = ("Bundle", "Parameters")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def check_shape(resource: Mapping[str, Any]) -> None:
    """Raise INVALID with the element's path and what R4 asks of it when ``resource`` is not of its type's shape.

    Checks the tightened schema (see ``schema``), not invariants, bindings beyond the schema's or profiles.
    """
    type_ = resource.get("resourceType")
    if type(type_) is not str or type_ not in resource_types():
        raise unknown_type(type_)
    validator = _validator(type_)
    if not validator.is_valid(resource):
        raise _explained(type_, next(iter(validator.iter_errors(resource))))
    if "contained" in resource or type_ in _HOLDERS:
        for inner in _inner(resource):
            check_shape(inner)


def known_type(type_: str) -> bool:
    return type_ in resource_types()


def is_id(text: str) -> bool:
    """Whether ``text`` is an R4 id (datatypes.html#id)."""
    return _ID.fullmatch(text) is not None


def check_id(id_: str) -> None:
    """Raise INVALID unless ``id_`` is an R4 id (datatypes.html#id)."""
    if not isinstance(id_, str) or not is_id(id_):
        shown = str(id_)[:_SHOWN_CHARACTERS]
        raise XinglinError(
            Category.INVALID,
            f"'{shown}' is not an id: 1 to 64 letters, digits, '-' and '.'",
            f"“{shown}”不是合法的 id：应为 1 至 64 个字母、数字、“-”或“.”",
            expression="id",
            issue_code="value",
        )


def unknown_type(type_: object) -> XinglinError:
    shown = str(type_)[:_SHOWN_CHARACTERS]
    return XinglinError(
        Category.INVALID,
        f"'{shown}' is not an R4 resource type" if type_ else "resourceType is missing",
        f"“{shown}”不是 R4 资源类型" if type_ else "缺少 resourceType",
        expression="resourceType",
        issue_code="structure",
    )


def _inner(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The resources that ``resource`` holds (contained, Bundle.entry, Parameters.parameter)."""
    yield from resource.get("contained", ())
    for entry in resource.get("entry", ()) if resource["resourceType"] == "Bundle" else ():
        for part in (entry, entry.get("response", {})):
            for name in ("resource", "outcome"):
                if name in part:
                    yield part[name]
    yield from _parameter_resources(resource.get("parameter", ()) if resource["resourceType"] == "Parameters" else ())


def _parameter_resources(parameters: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for parameter in parameters:
        if "resource" in parameter:
            yield parameter["resource"]
        yield from _parameter_resources(parameter.get("part", ()))


@cache
def _validator(type_: str) -> Any:
    return jsonschema_rs.Draft7Validator(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [{"$ref": f"#/definitions/{type_}"}],
            "definitions": reachable(type_),
        }
    )


def _explained(type_: str, error: Any) -> XinglinError:
    place = _fhirpath(type_, list(error.instance_path))
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    english, chinese, code = _reason(keyword, error)
    return XinglinError(
        Category.INVALID,
        f"{place}: {english}",
        f"{place}：{chinese}",
        expression=place,
        issue_code=code,
    )


def _reason(keyword: str, error: Any) -> tuple[str, str, str]:
    message = error.message if len(error.message) <= _SHOWN_CHARACTERS else f"{error.message[:_SHOWN_CHARACTERS]}…"
    path = [str(step) for step in error.schema_path]
    if "dependencies" in path:
        return "only one type of this choice element may be given", "此多选类型元素只能取一种", "structure"
    if keyword == "anyOf" and (missing := _missing_element(error.schema_path)):
        return f"the required element '{missing}' is missing", f"缺少必填元素“{missing}”", "required"
    if keyword == "required":
        return message, f"缺少必填元素（{message}）", "required"
    if keyword in ("minItems", "minProperties"):
        return "empty arrays and objects are not allowed", "不允许空数组或空对象", "structure"
    if keyword == "additionalProperties":
        return message, f"含有未定义的元素（{message}）", "structure"
    if keyword in ("enum", "const"):
        return message, f"取值不在允许范围内（{message}）", "code-invalid"
    return message, f"取值或格式有误（{message}）", "value"


def _missing_element(path: Sequence[str | int]) -> str:
    """The element that a rule of ``schema`` requires; empty for another rule."""
    node: Any = {"definitions": tightened()}
    for step in path[:-1]:
        node = node[step]
    return str(node.get("title", ""))


def _fhirpath(type_: str, steps: Sequence[str | int]) -> str:
    text = type_
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text
