"""JSON as values in which a number stays as it was written, so that a patch elsewhere cannot turn 1.00 into 1.0
(datatypes.html#decimal)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from ...fhir import not_json, parse

_WHOLE_DIGITS = 15


class Number:
    """A number with the text it was written as; equal to any number of the same value."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            return False
        if isinstance(other, Number):
            return Decimal(self.text) == Decimal(other.text)
        return Decimal(self.text) == other if isinstance(other, int | float) else NotImplemented

    def __hash__(self) -> int:
        return hash(Decimal(self.text))

    def __deepcopy__(self, _: dict[int, Any]) -> Number:
        return self


def read(text: bytes) -> Any:
    """The value in the JSON ``text``, an object or an array. Raises INVALID as ``parse`` does."""
    parse(b'{"":%b}' % text)
    try:
        return json.loads(text, parse_float=Number, parse_int=_whole)
    except RecursionError as error:
        raise not_json("depth") from error
    except ValueError as error:
        raise not_json(str(error)) from error


def write(value: Any) -> bytes:
    """``value`` as compact JSON, its numbers as they were written."""
    try:
        return msgspec.json.encode(value, enc_hook=_literally)
    except RecursionError as error:
        raise not_json("depth") from error
    except (UnicodeEncodeError, TypeError) as error:  # pragma: no cover - read() refuses what leads here
        raise XinglinError(Category.INVALID, "the patched resource is no JSON", "修改后的资源不是 JSON") from error


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON (RFC 6902, 4.6): numbers by value, and no number is a truth value."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _whole(text: str) -> int | Number:
    return int(text) if len(text) <= _WHOLE_DIGITS and text != "-0" else Number(text)


def _literally(value: Any) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.text.encode())
    raise TypeError(type(value).__name__)
