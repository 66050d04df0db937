"""The tables of ordered values, and how their indexes are sorted (migrations store_0001 and store_0003)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` of an ordered value with their PostgreSQL types, in the order of the index by path; ``by_end`` is
    the order of the partial index of ranges, by path too, empty where there is none."""

    name: str
    columns: Mapping[str, str]
    by_end: tuple[str, ...] = ()

    @property
    def sorted_by(self) -> tuple[str, str]:
        """The first column of that order, and its type."""
        return next(iter(self.columns.items()))


_QUANTITIES = Table(
    "search_quantity",
    {"low": "float8", "high": "float8", "unit": "bigint", "code": "bigint"},
    ("high", "low", "unit", "code"),
)
TABLES: Mapping[str, Table] = {
    "date": Table("search_date", {"low": "timestamptz", "high": "timestamptz"}, ("high", "low")),
    "string": Table("search_string", {"value": "text"}),
    "quantity": _QUANTITIES,
    "number": _QUANTITIES,
}
"""The table of each kind of ordered values."""
