"""Resources as JSON text: read with bounds, and given their identity without touching what was sent.

A decimal's precision is part of its value (datatypes.html#decimal): ``1.00`` must come back as ``1.00``.
Therefore the text that arrived is stored; only ``id`` and ``meta`` are put before what else it holds. Where rooms
make or change resources as values, a number that a float would spell otherwise is a ``decimal.Decimal``:
``parse_exactly`` reads such and ``as_text`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from xinglin.foundation.errors import Category, XinglinError

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def parse(text: bytes) -> dict[str, Any]:
    """The JSON object in ``text``.

    Raises INVALID for text that is not JSON in UTF-8, is not an object, nests deeper than 1,024 or holds the
    NUL character, which PostgreSQL and most receivers cannot carry.
    """
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise not_json(str(error)) from error
    if type(value) is not dict:
        raise not_json("a JSON object is expected")
    refuse_nul(text)
    return value


def decimal(text: str) -> float | Decimal:
    """The number that ``text`` spells: a float where it is spelt so again, else a Decimal that keeps its digits."""
    value = float(text)
    return value if repr(value) == text else Decimal(text)


_exactly = msgspec.json.Decoder(dict[str, Any], float_hook=decimal).decode


def parse_exactly(text: bytes) -> dict[str, Any]:
    """The resource in ``text``, which must come from the store, with the digits of every number kept (``decimal``)."""
    return _exactly(text)


def as_text(resource: Mapping[str, Any]) -> bytes:
    """``resource`` as JSON; a Decimal is written with the digits it has, so ``5.10`` stays ``5.10``."""
    return orjson.dumps(resource, default=_digits)


def _digits(value: Any) -> orjson.Fragment:
    if type(value) is not Decimal:
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
    return orjson.Fragment(str(value))


def compact(text: bytes) -> bytes:
    """``text`` without the space between its tokens; every number and string stays as it was written.

    Raises INVALID for text that is not JSON.
    """
    try:
        return msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, RecursionError) as error:
        raise not_json(str(error)) from error


def refuse_nul(text: bytes) -> None:
    """Raise INVALID when a string in the JSON ``text`` holds U+0000."""
    if b"\\u0000" in text and _ESCAPED_NUL.search(text):
        raise XinglinError(
            Category.INVALID,
            "text must not hold the NUL character (\\u0000)",
            "文本中不允许出现 NUL 字符（\\u0000）",
            issue_code="value",
        )


def not_json(reason: str) -> XinglinError:
    if "depth" in reason or "recursion" in reason:
        return XinglinError(
            Category.INVALID,
            "the JSON is nested too deeply; at most 1,024 levels are read",
            "JSON 嵌套过深，最多支持 1024 层",
            issue_code="structure",
        )
    return XinglinError(
        Category.INVALID,
        f"the body is not a JSON object: {reason}",
        f"请求体不是有效的 JSON 对象：{reason}",
        issue_code="structure",
    )


@lru_cache(maxsize=256)
def instant(moment: datetime) -> str:
    """``moment`` as an R4 instant in UTC with microseconds, as the store keeps it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def identified(text: bytes, type_: str, id_: str, version: int, updated: str) -> bytes:
    """``text`` of a resource with this id, version and instant; all else as it was, character for character.

    ``text`` must be a JSON object that ``parse`` accepts. Of its ``meta`` only versionId and lastUpdated are
    replaced; members given twice keep the last, as ``parse`` does.
    """
    members = _members(text)
    meta = members.pop("meta", None)
    members.pop("id", None)
    members.pop("resourceType", None)
    parts: list[Any] = [
        b'{"resourceType":"%b","id":"%b","meta":{"versionId":"%d","lastUpdated":"%b"'
        % (type_.encode(), id_.encode(), version, updated.encode())
    ]
    if meta is not None and bytes(meta) != b"null":
        kept = _members(meta)
        kept.pop("versionId", None)
        kept.pop("lastUpdated", None)
        for name, value in kept.items():
            parts += (_further(name), value)
    parts.append(b"}")
    for name, value in members.items():
        parts += (_further(name), value)
    parts.append(b"}")
    return b"".join(parts)


def identified_value(resource: Mapping[str, Any], text: bytes, version: int, updated: str) -> bytes:
    """As ``identified``, for a resource that rooms made; its id is its own, ``text`` is ``as_text`` of it."""
    if "meta" not in resource:
        return b'%b,"meta":{"versionId":"%d","lastUpdated":"%b"}}' % (text[:-1], version, updated.encode())
    meta = {"versionId": str(version), "lastUpdated": updated}
    if resource.get("meta"):
        meta = {**resource["meta"], **meta}
    return as_text({"resourceType": resource["resourceType"], "id": resource["id"], **resource, "meta": meta})


@lru_cache(maxsize=4096)
def _further(name: str) -> bytes:
    """What stands between one member's value and the next."""
    return b",%b:" % orjson.dumps(name)


def same_content(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two resources say the same, their versionId and lastUpdated aside."""
    return _without_version(one) == _without_version(other)


def _without_version(resource: dict[str, Any]) -> dict[str, Any]:
    meta = {
        name: value for name, value in (resource.get("meta") or {}).items() if name not in ("versionId", "lastUpdated")
    }
    rest = {name: value for name, value in resource.items() if name != "meta"}
    if meta:
        rest["meta"] = meta
    return rest
