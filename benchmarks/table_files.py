"""Rows of the store's tables in COPY's binary form (PostgreSQL, sql-copy.html, "Binary Format")."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from struct import pack

from xinglin.data_platform.search import Index

TABLES: Mapping[str, tuple[str, ...]] = {
    "resource": ("key", "type", "id", "version", "updated", "method", "content", "tenant", "patient", "marks"),
    "resource_token": ("key", "tokens", "present"),
    "search_date": ("key", "path", "low", "high", "tenant"),
    "search_string": ("key", "path", "value", "tenant"),
    "search_quantity": ("key", "path", "low", "high", "unit", "code", "tenant"),
}
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TENANT = pack(">ii", 4, 1)
_BIGINT_OID = 20


class Files:
    """A file of each table, grown resource by resource; all of version 1, written at ``now`` for tenant 1."""

    def __init__(self, now: datetime) -> None:
        self.rows = 0
        self._parts: dict[str, list[bytes]] = {table: [_HEAD] for table in TABLES}
        self._middle = pack(">iiiq", 4, 1, 8, _microseconds(now)) + _text("PUT")

    def add(self, key: int, type_: str, id_: str, content: bytes, found: Index) -> None:
        """One resource with what it is found by."""
        self.rows += 1
        resources, tokens, dates, strings, quantities = self._parts.values()
        whose = _text(id_ if type_ == "Patient" else found.patient) + pack(">ih", 2, found.marks)
        resources.append(
            b"".join(
                (pack(">hiq", 10, 8, key), _text(type_), _text(id_), self._middle, _bytes(content), _TENANT, whose)
            )
        )
        tokens.append(pack(">hiq", 3, 8, key) + _numbers(found.tokens) + _numbers(found.present))
        for path, low, high in found.dates:
            span = (8, _microseconds(low), 8, _microseconds(high))
            dates.append(pack(">hiqiqiqiqii", 5, 8, key, 8, path, *span, 4, 1))
        for path, value in found.strings:
            strings.append(pack(">hiqiq", 4, 8, key, 8, path) + _text(value) + _TENANT)
        for path, least, most, unit, code in found.quantities:
            amount = (8, least, 8, most, 8, unit, 8, code)
            quantities.append(pack(">hiqiqididiqiqii", 7, 8, key, 8, path, *amount, 4, 1))

    def file(self, table: str) -> BytesIO:
        """The file of ``table``, from its start."""
        return BytesIO(b"".join([*self._parts[table], b"\xff\xff"]))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _numbers(values: Collection[int]) -> bytes:
    many = len(values)
    if not many:
        return pack(">iiii", 12, 0, 0, _BIGINT_OID)
    fields = [8] * (2 * many)
    fields[1::2] = sorted(values)
    return pack(">iiiiii" + "iq" * many, 20 + 12 * many, 1, 0, _BIGINT_OID, many, 1, *fields)


def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _bytes(value: bytes) -> bytes:
    return pack(">i", len(value)) + value
