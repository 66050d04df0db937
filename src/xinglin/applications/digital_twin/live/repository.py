"""The live state's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from .model import Booking, Change, PlaceRow, StayRow, Visit

_LOCK = 7_291_026
_VISIT = {
    "encounter": "text", "service": "text", "number": "integer", "practitioner": "text", "appointment": "text",
    "triage": "smallint", "room": "text", "turn_at": "timestamptz", "state": "text", "since": "timestamptz",
    "arrived_at": "timestamptz", "called_at": "timestamptz", "gap_seconds": "float8", "first_seconds": "float8",
    "again_seconds": "float8", "tests_seconds": "float8", "missed": "integer", "finished_at": "timestamptz",
}  # fmt: skip
_BOOKING = {
    "appointment": "text", "service": "text", "practitioner": "text", "starts_at": "timestamptz",
    "booked_at": "timestamptz", "cancelled": "boolean",
}  # fmt: skip
_PLACE = {
    "location": "text", "parent": "text", "form": "text", "name": "text", "name_en": "text", "is_open": "boolean",
    "is_ward": "boolean",
}  # fmt: skip
assert tuple(_VISIT) == tuple(field.name for field in fields(Visit))


async def lock(connection: Any) -> None:
    """Let one transaction of the institution at a time change its live state."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, current_setting('xinglin.tenant')::integer)", _LOCK)


async def visits(connection: Any, encounters: Iterable[str]) -> dict[str, Visit]:
    """The rows of these Encounters that there are."""
    rows = await connection.fetch(
        f"SELECT {', '.join(_VISIT)} FROM twin_visit WHERE encounter = ANY($1::text[])",  # noqa: S608 - constants
        list(encounters),
    )
    return {row["encounter"]: Visit(**row) for row in rows}


async def bookings(connection: Any, appointments: Iterable[str]) -> dict[str, Booking]:
    """The rows of these Appointments that there are."""
    rows = await connection.fetch(
        f"SELECT {', '.join(_BOOKING)} FROM twin_booking WHERE appointment = ANY($1::text[])",  # noqa: S608 - constants
        list(appointments),
    )
    return {row["appointment"]: Booking(**row) for row in rows}


async def put_visits(connection: Any, found: Sequence[Visit]) -> None:
    """Write these rows as they now are, in one statement."""
    await connection.execute(_putting("twin_visit", _VISIT), *_columns(found, _VISIT))


async def put_bookings(connection: Any, found: Sequence[Booking]) -> None:
    """Write these rows as they now are, in one statement."""
    await connection.execute(_putting("twin_booking", _BOOKING), *_columns(found, _BOOKING))


async def put_places(connection: Any, found: Sequence[PlaceRow]) -> None:
    """Write places and find every place's unit anew: the nearest ward above it, or none."""
    await connection.execute(_putting("twin_place", _PLACE), *_columns(found, _PLACE))
    await connection.execute(
        """
        WITH RECURSIVE up AS (
            SELECT location AS place, location AS at, parent, form, 0 AS steps FROM twin_place
            UNION ALL
            SELECT up.place, above.location, above.parent, above.form, up.steps + 1
            FROM up JOIN twin_place above ON above.location = up.parent WHERE up.form <> 'wa' AND up.steps < 12
        )
        UPDATE twin_place p SET unit = up.at FROM up
        WHERE up.place = p.location AND up.form = 'wa' AND p.unit IS DISTINCT FROM up.at
        """
    )


async def units(connection: Any, locations: Iterable[str]) -> dict[str, tuple[str, bool, bool]]:
    """(Unit, is a bed, is in a ward) by Location."""
    rows = await connection.fetch(
        """
        SELECT p.location, p.unit, p.form = 'bd' AS is_bed, coalesce(u.is_ward, false) AS is_ward
        FROM twin_place p LEFT JOIN twin_place u ON u.location = p.unit
        WHERE p.location = ANY($1::text[]) AND p.unit IS NOT NULL
        """,
        list(locations),
    )
    return {row["location"]: (row["unit"], row["is_bed"], row["is_ward"]) for row in rows}


async def open_stays(connection: Any, encounters: Iterable[str]) -> dict[str, StayRow]:
    """The stays of these Encounters that have not ended."""
    rows = await connection.fetch(
        """
        SELECT encounter, ward, bed, admitted_at, seen_at, left_at FROM twin_stay
        WHERE encounter = ANY($1::text[]) AND left_at IS NULL
        """,
        list(encounters),
    )
    return {row["encounter"]: StayRow(*row.values()) for row in rows}


async def put_stays(connection: Any, found: Sequence[StayRow]) -> None:
    """Write stays as they now are; when one was first seen stays."""
    await connection.execute(
        """
        INSERT INTO twin_stay (encounter, ward, bed, admitted_at, seen_at, left_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[],
            $6::timestamptz[])
        ON CONFLICT (tenant, encounter, ward) DO UPDATE SET bed = excluded.bed, left_at = excluded.left_at
        """,
        *([row[place] for row in found] for place in range(len(StayRow._fields))),
    )


async def change(connection: Any, changes: Sequence[Change]) -> int:
    """End what these entities were and begin what they are, in three statements; how many. A change that is not newer
    than what is known, or changes nothing, is left out."""
    rows = await connection.fetch(
        """
        SELECT kind, id, unit, state, at FROM twin_state
        JOIN unnest($1::text[], $2::text[]) AS asked(kind, id) USING (kind, id) WHERE until IS NULL
        """,
        [one.kind for one in changes],
        [one.id for one in changes],
    )
    now: dict[tuple[str, str], Any] = {(row["kind"], row["id"]): tuple(row.values()) for row in rows}
    stored = {key: row[4] for key, row in now.items()}
    ended: list[tuple[Any, ...]] = []
    begun: dict[tuple[Any, ...], list[Any]] = {}
    for one in changes:
        key = one.kind, one.id
        before = now.get(key)
        if before is not None:
            if one.at <= before[4] or (one.unit, one.state) == before[2:4]:
                continue
            if before[4] == stored.get(key):
                ended.append((*key, before[4], one.at))
            else:
                begun[*key, before[4]][5] = one.at
        now[key] = tuple(one)
        begun[*key, one.at] = [*one, None]
    if ended:
        await connection.execute(
            """
            UPDATE twin_state s SET until = c.until
            FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS c(kind, id, at, until)
            WHERE s.kind = c.kind AND s.id = c.id AND s.at = c.at
            """,
            *(list(column) for column in zip(*ended, strict=True)),
        )
    if begun:
        await connection.execute(
            """
            INSERT INTO twin_state (kind, id, unit, state, at, until) SELECT * FROM unnest($1::text[], $2::text[],
                $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) ON CONFLICT DO NOTHING
            """,
            *(list(column) for column in zip(*begun.values(), strict=True)),
        )
    return len(begun)


async def waiting(connection: Any, services: Iterable[str]) -> dict[str, int]:
    """How many wait now in each of these."""
    rows = await connection.fetch(
        """
        SELECT unit, count(*) AS n FROM twin_state
        WHERE kind = 'patient_place' AND state = 'waiting' AND until IS NULL AND unit = ANY($1::text[]) GROUP BY unit
        """,
        list(services),
    )
    found = {row["unit"]: int(row["n"]) for row in rows}
    return {service: found.get(service, 0) for service in services}


async def counts_at(connection: Any, at: datetime) -> list[tuple[str, str, str, int]]:
    """(Kind, unit, state, how many) at an instant; people who have gone and queues (which are counts) left out."""
    rows = await connection.fetch(
        """
        SELECT kind, unit, state, count(*) AS n FROM twin_state
        WHERE at <= $1 AND (until IS NULL OR until > $1) AND kind <> 'queue'
            AND NOT (kind = 'patient_place' AND state IN ('finished', 'left'))
            AND (kind NOT IN ('patient_place', 'staff', 'room') OR at > $1::timestamptz - interval '16 hours')
        GROUP BY kind, unit, state ORDER BY kind, unit, state
        """,
        at,
    )
    return [(row["kind"], row["unit"], row["state"], int(row["n"])) for row in rows]


async def history(connection: Any, kind: str, unit: str, since: datetime, until: datetime) -> list[Change]:
    """What the entities of a kind in a unit were between two instants, by time; 20,000 at most."""
    rows = await connection.fetch(
        """
        SELECT kind, id, unit, state, at FROM twin_state
        WHERE kind = $1 AND unit = $2 AND at < $4 AND (until IS NULL OR until > $3) ORDER BY at, id LIMIT 20000
        """,
        kind,
        unit,
        since,
        until,
    )
    return [Change(*row.values()) for row in rows]


async def known_since(connection: Any) -> datetime | None:
    """When the history begins; None where there is none."""
    found: datetime | None = await connection.fetchval("SELECT min(at) FROM twin_state WHERE kind <> 'bed'")
    return found


async def is_built(connection: Any) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM twin_built)"))


async def mark_built(connection: Any, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO twin_built (built_at) VALUES ($1) ON CONFLICT (tenant) DO UPDATE SET built_at = excluded.built_at
        """,
        at,
    )


async def wards(connection: Any) -> list[tuple[str, str, str, int]]:
    """(Location, name, English name, open beds) of every ward."""
    rows = await connection.fetch(
        """
        SELECT w.location, w.name, w.name_en,
            (SELECT count(*) FROM twin_place b WHERE b.unit = w.location AND b.form = 'bd' AND b.is_open) AS beds
        FROM twin_place w WHERE w.is_ward ORDER BY w.name, w.location
        """
    )
    return [tuple(row.values()) for row in rows]


async def beds(connection: Any, wards: Iterable[str]) -> list[tuple[str, str, bool]]:
    """(Location, ward, is open) of the beds of these wards, or of those with these ids."""
    rows = await connection.fetch(
        "SELECT location, unit, is_open FROM twin_place WHERE form = 'bd' AND unit = ANY($1::text[])", list(wards)
    )
    return [tuple(row.values()) for row in rows]


async def occupied_beds(connection: Any) -> set[str]:
    """The beds in which somebody lies."""
    rows = await connection.fetch("SELECT bed FROM twin_stay WHERE left_at IS NULL AND bed IS NOT NULL")
    return {row["bed"] for row in rows}


def _putting(table: str, columns: Mapping[str, str]) -> str:
    key, *rest = columns
    given = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(columns.values(), 1))
    changed = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return f"""
        INSERT INTO {table} ({", ".join(columns)}) SELECT * FROM unnest({given})
        ON CONFLICT (tenant, {key}) DO UPDATE SET {changed}
    """  # noqa: S608 - constants


def _columns(rows: Sequence[Any], columns: Mapping[str, str]) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in columns]
