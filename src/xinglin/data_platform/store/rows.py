"""The rows of one write as columns, which is how one statement takes any number of them."""

from __future__ import annotations

from typing import Any

from ..search import Index

_NO_TOKENS = "{}"


class Rows:
    """Rows to create, rows to put in the place of current ones, and versions that were current in between."""

    def __init__(self) -> None:
        self._created: list[tuple[int, str, str, int, str, str, bytes | None]] = []
        self._replaced: list[tuple[int, int, str, str, bytes | None]] = []
        self._between: list[tuple[str, str, int, str, bytes | None]] = []
        self._dates: list[tuple[Any, ...]] = []
        self._strings: list[tuple[Any, ...]] = []
        self._quantities: list[tuple[Any, ...]] = []

    @property
    def replaces(self) -> bool:
        return bool(self._replaced or self._between)

    @property
    def empty(self) -> bool:
        return not (self._created or self._replaced)

    def create(
        self, key: int, type_: str, id_: str, version: int, method: str, content: bytes | None, found: Index | None
    ) -> None:
        self._created.append((key, type_, id_, version, method, self._indexed(key, found), content))

    def replace(self, key: int, version: int, method: str, content: bytes | None, found: Index | None) -> None:
        self._replaced.append((key, version, method, self._indexed(key, found), content))

    def pass_by(self, type_: str, id_: str, version: int, method: str, content: bytes | None) -> None:
        """A version that a later one of the same write supersedes."""
        self._between.append((type_, id_, version, method, content))

    def created(self) -> list[list[Any]]:
        """The columns of what is new: resources (sorted, so that writers meet in one order), dates, strings,
        quantities."""
        self._created.sort(key=lambda row: (row[1], row[2]))
        return [
            *_columns(self._created, 7),
            *_columns(self._dates, 4),
            *_columns(self._strings, 3),
            *_columns(self._quantities, 6),
        ]

    def replaced(self) -> list[list[Any]]:
        return [*_columns(self._replaced, 5), *_columns(self._between, 5)]

    def _indexed(self, key: int, found: Index | None) -> str:
        if found is None:
            return _NO_TOKENS
        self._dates.extend((key, *row) for row in found.dates)
        self._strings.extend((key, *row) for row in found.strings)
        self._quantities.extend((key, *row) for row in found.quantities)
        return "{" + ",".join(map(str, found.tokens)) + "}"


def _columns(rows: list[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
