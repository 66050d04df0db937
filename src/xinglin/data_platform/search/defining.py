"""SearchParameter resources read into definitions (hl7.org/fhir/R4/searchparameter.html)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import elements, known_type, resource_types, search_parameters
from .expression import Field, parse
from .parameter import FORMS, WHOLE_TYPES, compiled, standard_parameters

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9\-_]{0,63}")
_MAX_EXPRESSION = 4000
_MAX_URL = 1000
_PARTS = 2

Definition = Mapping[str, Any]
"""A parameter in the form of ``fhir.search_parameters()``, with the ``id`` of its resource. A part of a composite holds
the ``type`` of what it names, so that it does not depend on another resource."""


def read_definition(resource: Mapping[str, Any], known: Sequence[Definition] | None = None) -> Definition | None:
    """What ``resource``, a SearchParameter of the right shape, defines: None where it is not active, or is one of R4's
    own. ``known`` are the other definitions, which it may name and must not collide with; without them (None) it is
    checked as far as it goes by itself.

    Raises UNPROCESSABLE, with what to do, for one that this server could not search by.
    """
    if resource.get("status") != "active" or _is_official(resource):
        return None
    others = None if known is None else [one for one in known if one["id"] != resource.get("id")]
    made: dict[str, Any] = {name: resource[name] for name in ("id", "url", "code", "type", "base") if name in resource}
    if not _CODE.fullmatch(made["code"]):
        raise _unfit("code", "a letter, then letters, digits, - and _", "应为字母开头的字母、数字、- 或 _")
    if made["type"] not in FORMS and made["type"] != "composite":
        raise _unfit("type", f"'{made['type']}' parameters cannot be defined", f"无法定义“{made['type']}”类参数")
    if len(made["url"]) > _MAX_URL:
        raise _unfit("url", f"at most {_MAX_URL} characters", f"不得超过 {_MAX_URL} 个字符")
    made["base"] = _bases(made["base"])
    made["expression"] = _expression("expression", resource.get("expression"))
    if made["type"] == "reference":
        made["target"] = _targets(resource.get("target"))
    if made["type"] == "composite":
        made["component"] = _components(resource.get("component", ()), others)
    _refuse_collision(made, others or ())
    if all("type" in one for one in made.get("component", ())):
        _compile_each(made)
    return made


def _is_official(resource: Mapping[str, Any]) -> bool:
    """Whether it is what R4 itself defines, published again, or by its own word a profile of that."""
    urls = {resource["url"], resource.get("derivedFrom", "").partition("|")[0]}
    return any(
        one["url"] in urls and one["code"] == resource["code"] and set(resource["base"]) <= set(one["base"])
        for one in search_parameters()
    )


def _bases(bases: Sequence[str]) -> list[str]:
    """The resource types that are searched by it, each by its name."""
    found: set[str] = set()
    for base in bases:
        if not known_type(base) and base not in WHOLE_TYPES:
            raise _unfit("base", f"'{base[:64]}' is not an R4 resource type", f"“{base[:64]}”不是 R4 资源类型")
        if base == "Resource":
            found |= resource_types()
        elif base == "DomainResource":
            found |= {type_ for type_ in resource_types() if "contained" in elements()[type_]}
        else:
            found.add(base)
    return sorted(found)


def _targets(targets: Sequence[str] | None) -> list[str]:
    for target in targets or ():
        if not known_type(target):
            raise _unfit("target", f"'{target[:64]}' is not an R4 resource type", f"“{target[:64]}”不是 R4 资源类型")
    return list(dict.fromkeys(targets or sorted(resource_types())))


def _expression(where: str, expression: str | None) -> str:
    if not expression:
        raise _unfit(where, "say in FHIRPath where the values are", "请以 FHIRPath 给出取值所在位置", "required")
    if len(expression) > _MAX_EXPRESSION:
        raise _unfit(where, f"at most {_MAX_EXPRESSION} characters", f"不得超过 {_MAX_EXPRESSION} 个字符")
    try:
        alternatives = parse(expression.removeprefix("%resource."))
    except ValueError as error:
        raise _unread(where, error) from error
    if any(isinstance(step, Field) and step.first for steps in alternatives for step in steps):
        raise _unfit(where, "[0] cannot be used here; values are taken from all repetitions", "此处不能使用 [0]")
    return expression


def _components(given: Sequence[Mapping[str, Any]], others: Sequence[Definition] | None) -> list[dict[str, str]]:
    if len(given) != _PARTS:
        raise _unfit("component", "a composite joins two parameters", "复合参数须由两个参数组成")
    made = []
    for place, one in enumerate(given):
        where = f"component[{place}]"
        url = one["definition"].partition("|")[0]
        expression = _expression(f"{where}.expression", one["expression"])
        named = next((known for known in (*search_parameters(), *(others or ())) if known["url"] == url), None)
        if named is None and others is None:
            made.append({"definition": url, "expression": expression})
            continue
        if named is None or named["type"] not in FORMS:
            raise _unfit(
                f"{where}.definition",
                f"{url[:200]} is no parameter here that can be part of a composite; define it first",
                f"{url[:200]} 不是此处可用于复合的参数，请先定义",
            )
        made.append({"definition": url, "expression": expression, "type": named["type"]})
    return made


def _refuse_collision(made: Definition, others: Sequence[Definition]) -> None:
    for type_ in made["base"]:
        standard = standard_parameters(type_).get(made["code"])
        if standard is not None:
            raise _taken(type_, made["code"], standard.url)
        for other in others:
            if other["code"] == made["code"] and type_ in other["base"]:
                raise _taken(type_, made["code"], f"SearchParameter/{other['id']}")


def _taken(type_: str, code: str, holder: str) -> XinglinError:
    return _unfit(
        "code",
        f"{type_} has a parameter '{code}' already ({holder}); choose another code",
        f"{type_} 已有参数“{code}”（{holder}），请另选代码",
    )


def _compile_each(made: Definition) -> None:
    for type_ in made["base"]:
        try:
            found = compiled(type_, made)
        except ValueError as error:
            raise _unread("expression", error) from error
        if not found.searchable or any(not paths for one in found.composites for _, paths in one.parts):
            kind = made["type"]
            raise _unfit(
                "expression",
                f"it leads to nothing in {type_} that a {kind} parameter can compare",
                f"在 {type_} 中没有可供 {kind} 类参数比较的取值",
            )


def _unread(where: str, error: ValueError) -> XinglinError:
    return _unfit(
        where,
        f"{error}. Paths, where(field='value'), extension('url'), as(), ofType(), where(resolve() is Type) and | can be"
        " used",
        f"{error}。可使用路径、where(field='value')、extension('url')、as()、ofType()、where(resolve() is 类型) 和 |",
    )


def _unfit(where: str, english: str, chinese: str, issue_code: str = "not-supported") -> XinglinError:
    return XinglinError(
        Category.UNPROCESSABLE,
        f"SearchParameter.{where}: {english}. Stored with the status draft it has no effect",
        f"SearchParameter.{where}：{chinese}。以 draft 状态保存则不生效",
        expression=f"SearchParameter.{where}",
        issue_code=issue_code,
    )
