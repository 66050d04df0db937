"""The rows of ``resource_token`` in COPY's binary form (PostgreSQL, sql-copy.html, "Binary Format")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from struct import Struct

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_TRAILER = b"\xff\xff"
_BIGINT_OID = 20


def written(rows: Iterable[tuple[int, Sequence[int]]]) -> BytesIO:
    """A file of ``(key, tokens)``, to be read from its start."""
    parts = [_SIGNATURE]
    for key, tokens in rows:
        many = len(tokens)
        fields = [8] * (2 * many)
        fields[1::2] = tokens
        # two fields: the key; an array of one dimension (none when empty), without nulls, counted from 1
        head = (2, 8, key, 20 + 12 * many, 1, 0, _BIGINT_OID, many, 1) if many else (2, 8, key, 12, 0, 0, _BIGINT_OID)
        parts.append(_row(many).pack(*head, *fields))
    parts.append(_TRAILER)
    return BytesIO(b"".join(parts))


@cache
def _row(many: int) -> Struct:
    return Struct(">hiqi" + ("iiiii" + "iq" * many if many else "iii"))
