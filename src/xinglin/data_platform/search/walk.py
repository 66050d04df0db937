"""Pages in the order of the index that answers a search (decision 0012).

R4 leaves the order of a page open where ``_sort`` does not say it. A search by one ordered criterion is read off the
index, stretch after stretch, until the page is full, so that its cost grows with the page and not with the hits.

A resource may have several values that match. The first of them in the order of all stretches stands for it, which
each row finds out by its own resource's values: whoever walks all pages meets every resource once, whatever others
write in between, since the place of a resource that does not change does not change either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .query import Query
from .request import CURSOR
from .stretch import Stretch
from .tables import TABLES, Table
from .words import unfit

MARK = "at"
"""What a cursor of such a page begins with."""
MOST_STRETCHES = 12
_COLUMNS = "r.key, r.type, r.id, r.content"


def first_place(after: Sequence[Any] | None, stretches: Sequence[Stretch]) -> int:
    """The stretch in which a page begins. Raises INVALID for a cursor of another search."""
    if after is None:
        return 0
    columns = TABLES[stretches[0].kind].columns
    place = after[1] if len(after) == len(columns) + 3 else None
    if type(place) is not int or not 0 <= place < len(stretches):
        raise unfit(CURSOR, "this page link belongs to another search", "分页链接不属于该检索", "value")
    return place


def rows(query: Query, stretches: Sequence[Stretch], places: range, after: Sequence[Any] | None, limit: int) -> str:
    """Up to ``limit`` rows that meet ``query`` and lie in those of ``stretches``, all of one kind, that ``places``
    names, in the first of them after the cursor: key, type, id, content, the stretch's number ``place`` and the
    values of its order ``at_0`` …; a stretch is read only where those before it leave room."""
    table = TABLES[stretches[0].kind]
    parts = []
    for place in places:
        further = _beyond(query, table, stretches[place], after) if after is not None and place == places[0] else ""
        room = " + ".join(f"(SELECT count(*) FROM part_{one})" for one in range(places[0], place))
        wanted = f" AND {room} < {limit:d}" if room else ""
        parts.append(_part(query, table, stretches, place, further + wanted, limit))
    if len(parts) == 1:
        return parts[0]
    named = [f"part_{place} AS MATERIALIZED ({part})" for place, part in zip(places, parts, strict=True)]
    every = " UNION ALL ".join(f"SELECT * FROM part_{place}" for place in places)
    order = ", ".join(f"at_{one}" for one in range(len(table.columns)))
    return f"WITH {', '.join(named)} SELECT * FROM ({every}) AS found ORDER BY place, {order}, key LIMIT {limit:d}"


def cursor_values(row: Mapping[str, Any]) -> list[Any]:
    """What ``page`` needs of the last row of a page to go on."""
    places = [name for name in row.keys() if name.startswith("at_")]  # noqa: SIM118 - a record is no dictionary
    values = [row[name] for name in places]
    shown = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return [MARK, row["place"], *shown, row["key"]]


def _part(query: Query, table: Table, stretches: Sequence[Stretch], place: int, further: str, limit: int) -> str:
    """The rows of one stretch: each resource where the first of its values that match lies."""
    stretch = stretches[place]
    order = _order(table, stretch)
    listed = ", ".join(f"s.{column} AS at_{one}" for one, column in enumerate(order))
    earlier = [_within(query, one) + _besides(one) for one in stretches[:place]]
    names = ", ".join(f"s.{column}" for column in (*order, "ctid"))
    own_names = ", ".join(f"own.{column}" for column in (*order, "line"))
    earlier.append(f"{_within(query, stretch)} AND ({names}) < ({own_names})")
    own = ", ".join(("s.key", "s.ctid AS line", *(f"s.{column}" for column in order)))
    first = (
        f"NOT EXISTS (SELECT FROM (SELECT {own}) AS own CROSS JOIN LATERAL (SELECT FROM {table.name} s"
        f" WHERE s.key = own.key AND ({' OR '.join(f'({one})' for one in earlier)}) OFFSET 0) AS other)"
    )
    conditions = f"{query.text()}{_besides(stretch)} AND {first}"
    row = f"SELECT {_COLUMNS} FROM {query.rows()} WHERE r.key = s.key AND {conditions} OFFSET 0"
    return (
        f"SELECT {place:d} AS place, {listed}, r.* FROM {table.name} s CROSS JOIN LATERAL ({row}) AS r"
        f" WHERE {_within(query, stretch)}{further}"
        f" ORDER BY {', '.join(f's.{column}' for column in order)}, s.key LIMIT {limit:d}"
    )


def _within(query: Query, stretch: Stretch) -> str:
    return f"s.path = {query.bind(stretch.path, 'bigint')} AND ({stretch.branch.condition})"


def _besides(stretch: Stretch) -> str:
    return f" AND {stretch.besides}" if stretch.besides else ""


def _order(table: Table, stretch: Stretch) -> tuple[str, ...]:
    return table.by_end if stretch.branch.by_end else tuple(table.columns)


def _beyond(query: Query, table: Table, stretch: Stretch, after: Sequence[Any]) -> str:
    order = _order(table, stretch)
    bound = [
        query.bind(_typed(value, table.columns[column]), table.columns[column])
        for value, column in zip(after[2:-1], order, strict=True)
    ]
    names = ", ".join(f"s.{column}" for column in order)
    return f" AND ({names}, s.key) > ({', '.join(bound)}, {query.bind(after[-1], 'bigint')})"


def _typed(value: Any, type_: str) -> Any:
    try:
        if type_ == "timestamptz":
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if type_ == "text":
            return str(value)
        return float(value) if type_ == "float8" else int(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise unfit(CURSOR, "this page link is not one of ours", "分页链接无效", "value") from error
