"""The rows of ``resource_token`` in COPY's binary form (PostgreSQL, sql-copy.html, "Binary Format")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from struct import Struct

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_TRAILER = b"\xff\xff"
_BIGINT_OID = 20
_HEAD = Struct(">hiq")  # how many fields, and the key as the first


def written(rows: Iterable[tuple[int, Sequence[int], Sequence[int]]]) -> BytesIO:
    """A file of ``(key, tokens, present)``, to be read from its start."""
    parts = [_SIGNATURE]
    for key, *arrays in rows:
        parts.append(_HEAD.pack(3, 8, key))
        for numbers in arrays:
            many = len(numbers)
            fields = [8] * (2 * many)
            fields[1::2] = numbers
            parts.append(_array(many).pack(*_head_of_array(many), *fields))
    parts.append(_TRAILER)
    return BytesIO(b"".join(parts))


@cache
def _head_of_array(many: int) -> tuple[int, ...]:
    """One dimension (none when empty), without nulls, counted from 1."""
    return (20 + 12 * many, 1, 0, _BIGINT_OID, many, 1) if many else (12, 0, 0, _BIGINT_OID)


@cache
def _array(many: int) -> Struct:
    return Struct(">" + ("iiiiii" + "iq" * many if many else "iiii"))
