"""The rows of one write as columns, which is how one statement takes any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, TypeAlias

from ..search import Index
from . import token_file
from .model import Version

Tokens: TypeAlias = tuple[list[int], list[int]]
_BETWEEN = "\0"  # which no text in PostgreSQL holds


class Rows:
    """Rows to create, rows to put in the place of current ones, and versions that were current in between."""

    def __init__(self) -> None:
        self._created: list[tuple[int, str, str, int, str, bytes | None, str, int, Tokens]] = []
        self._replaced: list[tuple[int, int, str, bytes | None, str, int, Tokens]] = []
        self._between: list[tuple[str, str, int, str, bytes | None, str, int]] = []
        self._indexed_anew: list[tuple[int, str, int, Tokens]] = []
        self._dates: list[tuple[Any, ...]] = []
        self._strings: list[tuple[Any, ...]] = []
        self._quantities: list[tuple[Any, ...]] = []

    @property
    def replaces(self) -> bool:
        return bool(self._replaced or self._between)

    @property
    def empty(self) -> bool:
        return not (self._created or self._replaced)

    def create(self, key: int, one: Version, found: Index) -> None:
        """A new row; that of a deletion, which has no content, no search can find."""
        row = (key, one.type, one.id, one.version, one.method, one.content, *_belonging(one, found))
        self._created.append((*row, self._indexed(key, found if one.content is not None else None)))

    def replace(self, key: int, one: Version, found: Index) -> None:
        """As ``create``, in the place of what the row with ``key`` holds."""
        row = (key, one.version, one.method, one.content, *_belonging(one, found))
        self._replaced.append((*row, self._indexed(key, found if one.content is not None else None)))

    def index_anew(self, key: int, one: Version, found: Index) -> None:
        """New index entries for a row whose content stays."""
        self._indexed_anew.append((key, *_belonging(one, found), self._indexed(key, found)))

    def pass_by(self, one: Version, found: Index) -> None:
        """A version that a later one of the same write supersedes."""
        self._between.append((one.type, one.id, one.version, one.method, one.content, *_belonging(one, found)))

    @property
    def many_created(self) -> int:
        return len(self._created)

    def created(self, *, with_tokens: bool) -> list[Any]:
        """The columns of what is new: resources and whose they are, tokens and what is present (none where they go
        apart, else as array literals), dates, strings, quantities."""
        keys, types, ids, versions, methods, contents, patients, marks, tokens = _columns(self._in_order(), 9)
        resources = [_literal(keys), _words(types), _words(ids), _literal(versions), _words(methods), contents]
        resources += [_words(patients), _literal(marks)]
        named = [resources[0], *_of_each(tokens)] if with_tokens else ["{}", [], []]
        return [*resources, *named, *self._ordered()]

    def token_file(self) -> BytesIO:
        """The tokens of what is new in COPY's binary form: the driver looks at each element of an array one by
        one, which took longer than all else of a write."""
        return token_file.written((row[0], *row[8]) for row in self._in_order())

    def replaced(self) -> list[Any]:
        """The columns of what replaces current rows, and of the versions in between."""
        keys, versions, methods, contents, patients, marks, tokens = _columns(self._replaced, 7)
        rows = [_literal(keys), _literal(versions), _words(methods), contents, *_of_each(tokens)]
        return [*rows, _words(patients), _literal(marks), *_columns(self._between, 7)]

    def anew(self) -> list[Any]:
        """The columns of entries made anew: keys and tokens, dates, strings, quantities, and whose the rows are."""
        keys, patients, marks, tokens = _columns(self._indexed_anew, 4)
        return [_literal(keys), *_of_each(tokens), *self._ordered(), _words(patients), _literal(marks)]

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


def _belonging(one: Version, found: Index) -> tuple[str, int]:
    """Whose record the row is part of, and its marks. A patient is named by the row, whose text may not tell it yet."""
    return one.id if one.type == "Patient" else found.patient, found.marks


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
