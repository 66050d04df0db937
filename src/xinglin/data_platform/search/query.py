"""SQL text with its parameters, grown condition by condition. No value ever becomes part of the text.

Only this file knows the tables of the index: where tokens lie and which table holds which ordered values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_ORDERED = {
    "date": ("search_date", "low", "timestamptz"),
    "string": ("search_string", "value", "text"),
    "quantity": ("search_quantity", "low", "float8"),
    "number": ("search_quantity", "low", "float8"),
}
"""The table of each kind of ordered values, with the column that it is sorted by and that column's type."""


class Query:
    """The conditions on one row ``r`` of the table of resources."""

    def __init__(self) -> None:
        self.arguments: list[Any] = []
        self.conditions: list[str] = []
        self._tokens: set[int] = set()
        self._reads_tokens = False

    def bind(self, value: Any, type_: str) -> str:
        """The placeholder for ``value``, with its PostgreSQL type."""
        self.arguments.append(value)
        return f"${len(self.arguments)}::{type_}"

    def fill(self, template: str, type_: str, **values: Any) -> str:
        """``template`` with each ``{name}`` in it replaced by a placeholder for that value."""
        return template.format_map(_Placeholders(self, type_, values))

    def of_type(self, type_: str) -> None:
        """The row must be a current resource of ``type_``."""
        self.where(f"r.type = {self.bind(type_, 'text')} AND r.content IS NOT NULL")

    def require(self, token: int) -> None:
        """The row must have this token; all such are asked of the index at once."""
        self._tokens.add(token)

    def has_any(self, tokens: Iterable[int]) -> str:
        """The condition that the row has one of ``tokens``."""
        self._reads_tokens = True
        return f"t.tokens && {self.bind(sorted(set(tokens)), 'bigint[]')}"

    def rows_within(self, kind: str, paths: Sequence[int], condition: str) -> str:
        """The condition that one of the row's ordered values ``s`` of ``kind`` under ``paths`` meets ``condition``."""
        table, _, _ = _ORDERED[kind]
        return f"r.key IN (SELECT s.key FROM {table} s WHERE {self._under(paths)} AND ({condition}))"

    def extreme(self, kind: str, paths: Sequence[int], greatest: bool) -> tuple[str, str]:
        """The least or greatest of the row's ordered values under ``paths``, and its type in PostgreSQL."""
        table, column, type_ = _ORDERED[kind]
        best = "max" if greatest else "min"
        where = f"s.key = r.key AND {self._under(paths)}"
        return f"(SELECT {best}(s.{column}) FROM {table} s WHERE {where})", type_

    def where(self, condition: str) -> None:
        self.conditions.append(condition)

    def only_tokens(self) -> list[int] | None:
        """The required tokens where nothing else is asked; None otherwise."""
        return None if self.conditions else sorted(self._tokens)

    def text(self) -> str:
        """All conditions joined."""
        parts = list(self.conditions)
        if self._tokens:
            self._reads_tokens = True
            parts.insert(0, f"t.tokens @> {self.bind(sorted(self._tokens), 'bigint[]')}")
            self._tokens = set()
            self.conditions = parts
        return " AND ".join(parts) or "true"

    def select(self, columns: str) -> str:
        """``columns`` of all rows that meet the conditions."""
        conditions = self.text()
        tokens = " JOIN resource_token t ON t.key = r.key" if self._reads_tokens else ""
        return f"SELECT {columns} FROM resource r{tokens} WHERE {conditions}"

    def _under(self, paths: Sequence[int]) -> str:
        if len(paths) == 1:
            return f"s.path = {self.bind(paths[0], 'bigint')}"
        return f"s.path = ANY({self.bind(list(paths), 'bigint[]')})"


class _Placeholders(dict[str, str]):
    """Binds a value when a template first asks for it, since PostgreSQL refuses one that is never used."""

    def __init__(self, query: Query, type_: str, values: dict[str, Any]) -> None:
        super().__init__()
        self._query = query
        self._type = type_
        self._values = values

    def __missing__(self, name: str) -> str:
        self[name] = self._query.bind(self._values[name], self._type)
        return self[name]
