"""SQL text with its parameters, grown condition by condition. No value ever becomes part of the text."""

from __future__ import annotations

from typing import Any


class Query:
    """The conditions on one row ``r`` of the table of resources."""

    def __init__(self) -> None:
        self.arguments: list[Any] = []
        self.conditions: list[str] = []
        self._tokens: set[int] = set()

    def bind(self, value: Any, type_: str) -> str:
        """The placeholder for ``value``, with its PostgreSQL type."""
        self.arguments.append(value)
        return f"${len(self.arguments)}::{type_}"

    def fill(self, template: str, type_: str, **values: Any) -> str:
        """``template`` with each ``{name}`` in it replaced by a placeholder for that value."""
        return template.format_map(_Placeholders(self, type_, values))

    def require(self, token: int) -> None:
        """The row must have this token; all such are asked of the index at once."""
        self._tokens.add(token)

    def where(self, condition: str) -> None:
        self.conditions.append(condition)

    def only_tokens(self) -> list[int] | None:
        """The required tokens where nothing else is asked; None otherwise."""
        return None if self.conditions else sorted(self._tokens)

    def text(self) -> str:
        """All conditions joined."""
        parts = list(self.conditions)
        if self._tokens:
            parts.insert(0, f"r.tokens @> {self.bind(sorted(self._tokens), 'bigint[]')}")
            self._tokens = set()
            self.conditions = parts
        return " AND ".join(parts) or "true"


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
