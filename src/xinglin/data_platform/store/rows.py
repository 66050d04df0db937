"""The rows of one write as columns, which is how one statement takes any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, TypeAlias

from ..search import Index
from . import token_file

Tokens: TypeAlias = tuple[list[int], list[int]]
_BETWEEN = "\0"  # which no text in PostgreSQL holds


class Rows:
    """Rows to create, rows to put in the place of current ones, and versions that were current in between."""

    def __init__(self) -> None:
        self._created: list[tuple[int, str, str, int, str, bytes | None, Tokens]] = []
        self._replaced: list[tuple[int, int, str, bytes | None, Tokens]] = []
        self._between: list[tuple[str, str, int, str, bytes | None]] = []
        self._indexed_anew: list[tuple[int, Tokens]] = []
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
        self._created.append((key, type_, id_, version, method, content, self._indexed(key, found)))

    def replace(self, key: int, version: int, method: str, content: bytes | None, found: Index | None) -> None:
        self._replaced.append((key, version, method, content, self._indexed(key, found)))

    def index_anew(self, key: int, found: Index) -> None:
        """New index entries for a row whose content stays."""
        self._indexed_anew.append((key, self._indexed(key, found)))

    def pass_by(self, type_: str, id_: str, version: int, method: str, content: bytes | None) -> None:
        """A version that a later one of the same write supersedes."""
        self._between.append((type_, id_, version, method, content))

    @property
    def many_created(self) -> int:
        return len(self._created)

    def created(self, *, with_tokens: bool) -> list[Any]:
        """The columns of what is new: resources, tokens and what is present (none where they go apart, else as array
        literals), dates, strings, quantities."""
        keys, types, ids, versions, methods, contents, tokens = _columns(self._in_order(), 7)
        resources = [_literal(keys), _words(types), _words(ids), _literal(versions), _words(methods), contents]
        named = [resources[0], *_of_each(tokens)] if with_tokens else ["{}", [], []]
        return [*resources, *named, *self._ordered()]

    def token_file(self) -> BytesIO:
        """The tokens of what is new in COPY's binary form: the driver looks at each element of an array one by
        one, which took longer than all else of a write."""
        return token_file.written((row[0], *row[6]) for row in self._in_order())

    def replaced(self) -> list[Any]:
        """The columns of what replaces current rows, and of the versions in between."""
        keys, versions, methods, contents, tokens = _columns(self._replaced, 5)
        rows = [_literal(keys), _literal(versions), _words(methods), contents, *_of_each(tokens)]
        return [*rows, *_columns(self._between, 5)]

    def anew(self) -> list[Any]:
        """The columns of entries made anew: keys and tokens, dates, strings, quantities."""
        keys, tokens = _columns(self._indexed_anew, 2)
        return [_literal(keys), *_of_each(tokens), *self._ordered()]

    def _ordered(self) -> list[Any]:
        date_keys, date_paths, *dates = _columns(self._dates, 4)
        string_keys, string_paths, *strings = _columns(self._strings, 3)
        quantities = _columns(self._quantities, 6)
        return [
            *(_literal(date_keys), _literal(date_paths), *dates),
            *(_literal(string_keys), _literal(string_paths), *strings),
            *map(_literal, quantities),
        ]

    def _in_order(self) -> list[Any]:
        """Sorted by type and id, so that writers of the same meet in one order and cannot deadlock."""
        return sorted(self._created, key=lambda row: (row[1], row[2]))

    def _indexed(self, key: int, found: Index | None) -> Tokens:
        if found is None:
            return [], []
        self._dates.extend((key, *row) for row in found.dates)
        self._strings.extend((key, *row) for row in found.strings)
        self._quantities.extend((key, *row) for row in found.quantities)
        return tokens_of(found)


def tokens_of(found: Index) -> Tokens:
    """The tokens of a row and the numbers of what is present in it."""
    return sorted(found.tokens), sorted(found.present)


def _of_each(tokens: list[Tokens]) -> tuple[list[str], list[str]]:
    return [_literal(one) for one, _ in tokens], [_literal(present) for _, present in tokens]


def _literal(numbers: Iterable[float]) -> str:
    """An array as PostgreSQL writes it: the driver inspects each element of one that it is given."""
    return "{" + ",".join(map(repr, numbers)) + "}"


def _words(texts: list[str]) -> str:
    """As ``_literal``, of texts."""
    joined = _BETWEEN.join(texts)
    if '"' in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace(_BETWEEN, '","') + '"}' if texts else "{}"


def _columns(rows: list[Any], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
