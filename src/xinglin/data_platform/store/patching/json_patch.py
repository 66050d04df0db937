"""JSON Patch, RFC 6902."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch
import jsonpointer

from xinglin.foundation.errors import Category, XinglinError

from .exact import same, write

_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})
_MAX_OPERATIONS = 1000
_MAX_COPIED_BYTES = 4 * 2**20


def check(operations: Any) -> Sequence[Mapping[str, Any]]:
    """``operations`` as they may be applied. Raises INVALID for what is no JSON Patch (RFC 6902, 3 and 4)."""
    if not isinstance(operations, list):
        raise _malformed("an array of operations is expected", "应为操作数组", "")
    if len(operations) > _MAX_OPERATIONS:
        raise _malformed(f"at most {_MAX_OPERATIONS} operations", f"操作不得超过 {_MAX_OPERATIONS} 个", "")
    for place, one in enumerate(operations):
        where = f"[{place}]"
        if not isinstance(one, dict) or one.get("op") not in _OPERATIONS:
            raise _malformed("'op' must be one of " + ", ".join(sorted(_OPERATIONS)), "op 取值不正确", where)
        pointers = ("path", "from") if one["op"] in ("move", "copy") else ("path",)
        for name in pointers:
            _check_pointer(one.get(name), f"{where}.{name}")
        if one["op"] in ("add", "replace", "test") and "value" not in one:
            raise _malformed("'value' is missing", "缺少 value", where)
    return operations


def apply(resource: dict[str, Any], operations: Sequence[Mapping[str, Any]]) -> Any:
    """``resource`` with every operation carried out. Raises UNPROCESSABLE for one that fails, its place in
    ``expression``; ``resource`` may be left changed then."""
    copied = 0
    for place, one in enumerate(operations):
        try:
            if one["op"] == "test":
                if not same(jsonpointer.resolve_pointer(resource, one["path"]), one["value"]):
                    raise _failed(one, place, "the test does not hold", "test 操作不成立")
                continue
            if one["op"] == "copy":
                copied += len(write(jsonpointer.resolve_pointer(resource, one["from"])))
            if copied > _MAX_COPIED_BYTES:
                raise _failed(one, place, "the patch copies too much", "patch 复制的内容过多")
            resource = jsonpatch.JsonPatch([one]).apply(resource, in_place=True)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            raise _failed(one, place, str(error), f"无法执行（{error}）") from error
        except (TypeError, KeyError, IndexError, ValueError, AttributeError, RecursionError) as error:
            raise _failed(one, place, "nothing is at this path", "该路径不存在") from error
    return resource


def _check_pointer(pointer: Any, where: str) -> None:
    try:
        jsonpointer.JsonPointer(pointer)
    except (jsonpointer.JsonPointerException, TypeError, AttributeError) as error:
        raise _malformed("a JSON Pointer is expected, as /name/0", "应为 JSON Pointer，如 /name/0", where) from error


def _failed(one: Mapping[str, Any], place: int, english: str, chinese: str) -> XinglinError:
    what = f"{one['op']} {one['path'][:200]}"
    return XinglinError(
        Category.UNPROCESSABLE,
        f"{what}: {english}",
        f"{what}：{chinese}",
        expression=f"[{place}]",
        issue_code="processing",
    )


def _malformed(english: str, chinese: str, where: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"not a JSON Patch{': ' + where if where else ''}: {english}",
        f"不是有效的 JSON Patch{'：' + where if where else ''}：{chinese}",
        expression=where or None,
        issue_code="structure",
    )
