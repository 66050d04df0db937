"""FHIRPath Patch: a Parameters resource of operations (hl7.org/fhir/R4/fhirpatch.html)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from ...fhir import elements
from . import element
from .location import Place, Walk, described
from .steps import Member, read_path, unfit_path

_MAX_OPERATIONS = 1000
_ALWAYS = ("type", "path")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "add": ("name", "value"),
    "insert": ("index", "value"),
    "delete": (),
    "replace": ("value",),
    "move": ("source", "destination"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; ``parts`` by their names, each as it stands in the Parameters resource."""

    type: str
    path: str
    parts: Mapping[str, Mapping[str, Any]]

    def text(self, name: str) -> str:
        return str(element.primitive(self.parts[name]))

    def number(self, name: str) -> int:
        value = element.primitive(self.parts[name])
        if type(value) is not int or value < 0:
            raise unfit_path(self.path, f"'{name}' must be a whole number", f"“{name}”应为非负整数")
        return value


def check(parameters: Any) -> Sequence[Operation]:
    """The operations in ``parameters``. Raises INVALID for what is no FHIRPath Patch."""
    if not isinstance(parameters, dict) or parameters.get("resourceType") != "Parameters":
        raise _malformed("a Parameters resource is expected", "应为 Parameters 资源", "Parameters")
    given = parameters.get("parameter", [])
    if not isinstance(given, list) or len(given) > _MAX_OPERATIONS:
        raise _malformed(f"at most {_MAX_OPERATIONS} operations", f"操作不得超过 {_MAX_OPERATIONS} 个", "Parameters")
    return [_operation(one, f"Parameters.parameter[{place}]") for place, one in enumerate(given)]


def apply(resource: dict[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """``resource`` with every operation carried out in turn. Raises UNPROCESSABLE for one that cannot be, its
    place in ``expression``; ``resource`` may be left changed then."""
    walk = Walk(resource)
    for place, one in enumerate(operations):
        try:
            _CARRY_OUT[one.type](walk, one)
        except XinglinError as error:
            raise XinglinError(
                error.category,
                f"{one.type}: {error.english}",
                f"{one.type}：{error.chinese}",
                expression=f"Parameters.parameter[{place}]",
                issue_code=error.issue_code,
            ) from error
    return resource


def _operation(given: Any, where: str) -> Operation:
    if not isinstance(given, dict) or given.get("name") != "operation" or not isinstance(given.get("part"), list):
        raise _malformed("a parameter 'operation' with parts is expected", "应为带 part 的 operation 参数", where)
    parts = {str(part.get("name")): part for part in given["part"] if isinstance(part, dict)}
    kind = element.primitive(parts.get("type", {}))
    if kind not in _NEEDED:
        raise _malformed("'type' must be add, insert, delete, replace or move", "type 取值不正确", where)
    for name in (*_ALWAYS, *_NEEDED[kind]):
        if name not in parts:
            raise _malformed(f"the part '{name}' is missing", f"缺少 part“{name}”", where)
    path = element.primitive(parts["path"])
    if not isinstance(path, str):
        raise _malformed("'path' must be a string", "path 应为字符串", where)
    return Operation(str(kind), path, parts)


def _add(walk: Walk, one: Operation) -> None:
    place, name = _single(walk, one), one.text("name")
    known, _ = described(place.type, name, one.path)
    key, value, beside = element.built(place.type, known, name, one.parts["value"], one.path)
    inside = place.inside(make=True)
    assert inside is not None
    if elements().get(place.type, {}).get(known, element.REPEATED).many:
        element.append(inside, key, value, beside)
    elif element.present(inside, place.type, known):
        raise unfit_path(one.path, f"'{name}' is there already; replace it", f"“{name}”已存在，请使用 replace")
    else:
        element.put(inside, key, value, beside)


def _insert(walk: Walk, one: Operation) -> None:
    owner, type_, name = _collection(walk, one)
    known, _ = described(type_, name, one.path)
    key, value, beside = element.built(type_, known, name, one.parts["value"], one.path)
    number = one.number("index")
    if number > len(owner.get(key, ())):
        raise unfit_path(one.path, f"index {number} is beyond the end of the list", f"索引 {number} 超出列表范围")
    element.insert(owner, key, number, value, beside)


def _delete(walk: Walk, one: Operation) -> None:
    found = walk.places(read_path(one.path), one.path)
    if len(found) > 1:
        raise unfit_path(one.path, "leads to several elements, not one", "对应多个元素")
    for place in found:
        if not place.key:
            raise unfit_path(one.path, "a patch cannot delete the resource itself", "不能通过 patch 删除资源本身")
        element.remove(place.owner, place.key, place.number)


def _replace(walk: Walk, one: Operation) -> None:
    place = _single(walk, one)
    if not place.key:
        raise unfit_path(one.path, "the resource itself cannot be replaced by a patch", "不能通过 patch 替换资源本身")
    known, _ = described(place.parent, place.key, one.path)
    key, value, beside = element.built(place.parent, known, place.key, one.parts["value"], one.path)
    if place.number is None:
        element.remove(place.owner, place.key, None)
        element.put(place.owner, key, value, beside)
    else:
        element.remove(place.owner, place.key, place.number)
        element.insert(place.owner, key, place.number, value, beside)


def _move(walk: Walk, one: Operation) -> None:
    owner, _, name = _collection(walk, one)
    source, destination = one.number("source"), one.number("destination")
    many = max(len(owner.get(name, ())), len(owner.get("_" + name, ())))
    if source >= many or destination >= many:
        raise unfit_path(one.path, f"the list has {many} elements", f"列表只有 {many} 个元素")
    value, beside = element.remove(owner, name, source)
    element.insert(owner, name, destination, value, beside)


def _single(walk: Walk, one: Operation) -> Place:
    found = walk.places(read_path(one.path), one.path)
    if len(found) != 1:
        what = ("several elements", "多个元素") if found else ("no element", "不存在的元素")
        raise unfit_path(one.path, f"leads to {what[0]}; it must be one", f"对应{what[1]}，应恰好为一个")
    return found[0]


def _collection(walk: Walk, one: Operation) -> tuple[dict[str, Any], str, str]:
    """The object that holds the list at the path, its type and the list's name."""
    *before, last = read_path(one.path)
    if not isinstance(last, Member) or not before:
        raise unfit_path(one.path, "must end with the name of a list", "应以列表的名称结尾")
    found = walk.places(before, one.path)
    if len(found) != 1:
        raise unfit_path(one.path, "must lead to one list", "应对应一个列表")
    owner = found[0].inside(make=True)
    known, _ = described(found[0].type, last.name, one.path)
    assert owner is not None
    if not elements().get(found[0].type, {}).get(known, element.REPEATED).many:
        raise unfit_path(one.path, f"'{last.name}' is not a list", f"“{last.name}”不是列表")
    return owner, found[0].type, last.name


_CARRY_OUT: Mapping[str, Callable[[Walk, Operation], None]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


def _malformed(english: str, chinese: str, where: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"not a FHIRPath Patch: {where}: {english}",
        f"不是有效的 FHIRPath Patch：{where}：{chinese}",
        expression=where,
        issue_code="structure",
    )
