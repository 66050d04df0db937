"""Questions to the table of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import repository
from ..model import COLUMNS, Anchor, Row, row_of

if TYPE_CHECKING:
    from .search import Asked

_COLUMNS = ", ".join(COLUMNS)


async def page(connection: Any, asked: Asked, limit: int) -> list[Row]:
    """Up to ``limit`` entries that meet what is ``asked``, newest first."""
    arguments: list[Any] = []

    def bound(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    conditions = [
        f"{text} {bound(value)}"
        for text, value in (
            ("principal =", asked.principal),
            ("name ^@", asked.name),
            ("patients @>", [asked.patient] if asked.patient else None),
            ("resources @>", [asked.resource] if asked.resource else None),
            ("action =", asked.action),
            ("status >=", asked.low),
            ("status <=", asked.high),
            ("recorded >=", asked.since),
            ("recorded <", asked.until),
            ("emergency =", asked.emergency),
            ("sequence <", asked.before),
        )
        if value is not None
    ]
    if asked.interactions:
        conditions.append(f"interaction = ANY({bound(list(asked.interactions))})")
    if asked.is_fhir is not None:
        conditions.append(f"(detail ->> 'route' LIKE '/fhir%') IS {'TRUE' if asked.is_fhir else 'NOT TRUE'}")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM audit_entry {where} ORDER BY sequence DESC LIMIT {bound(limit)}",  # noqa: S608 - bound
        *arguments,
    )
    return [row_of(row) for row in rows]


async def entry(connection: Any, sequence: int) -> Row | None:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM audit_entry WHERE sequence = $1", sequence)  # noqa: S608
    return None if row is None else row_of(row)


async def chain(connection: Any) -> tuple[int, Anchor | None]:
    """The number of the newest entry of any tenant, and the newest anchor."""
    newest = await connection.fetchval("SELECT max(sequence) FROM audit_head()")
    return int(newest or 0), await repository.newest_anchor(connection)
