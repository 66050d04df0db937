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
