"""The rows of visits and appointments, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .model import MISSED_MINUTES, RETURN_DAYS, Appointment, Visit

_VISIT = {
    "encounter": "text",
    "service": "text",
    "patient": "text",
    "appointment": "text",
    "arrived_at": "timestamptz",
    "called_at": "timestamptz",
    "in_room_since": "timestamptz",
    "room_seconds": "float8",
    "tests": "integer",
    "finished_at": "timestamptz",
    "outcome": "text",
    "faces": "smallint",
}
_APPOINTMENT = {"appointment": "text", "service": "text", "starts_at": "timestamptz", "cancelled": "boolean"}

_GROUPS = "GROUPING SETS ((), (service), (day), (hour), (service, hour))"
_SPREAD = """round(avg({0})::numeric, 2)::float8 AS {0}_mean,
    percentile_cont(ARRAY[0.5, 0.9]::float8[]) WITHIN GROUP (ORDER BY {0}) AS {0}_deciles"""

_VISITS = f"""
WITH seen AS (
    SELECT v.service, v.outcome, v.called_at, v.tests, v.faces,
        (v.arrived_at AT TIME ZONE $3)::date AS day,
        extract(hour FROM v.arrived_at AT TIME ZONE $3)::integer AS hour,
        (extract(epoch FROM v.called_at - v.arrived_at) / 60)::float8 AS wait,
        (extract(epoch FROM v.called_at - greatest(v.arrived_at, a.starts_at)) / 60)::float8 AS owed,
        CASE WHEN v.outcome = 'finished' THEN v.room_seconds / 60 END AS length,
        EXISTS (
            SELECT FROM management_visit w WHERE w.patient = v.patient AND w.service = v.service
                AND w.arrived_at > v.arrived_at AND w.arrived_at <= v.finished_at + interval '{RETURN_DAYS} days'
        ) AS returned
    FROM management_visit v LEFT JOIN management_appointment a USING (tenant, appointment)
    WHERE v.arrived_at >= $1 AND v.arrived_at < $2 AND ($4::text IS NULL OR v.service = $4)
), bounded AS (
    SELECT service, outcome, called_at, tests, faces, day, hour, returned, length, greatest(wait, 0) AS wait,
        greatest(owed, 0) AS owed
    FROM seen
)
SELECT service, day, hour, count(*) AS arrived, count(called_at) AS called,
    count(*) FILTER (WHERE outcome = 'finished') AS finished, count(*) FILTER (WHERE outcome = 'left') AS left,
    count(*) FILTER (WHERE tests > 0) AS tested,
    count(*) FILTER (WHERE returned AND outcome = 'finished') AS returned,
    count(faces) AS rated, round(avg(faces), 2)::float8 AS faces_mean,
    {_SPREAD.format("wait")}, {_SPREAD.format("owed")}, {_SPREAD.format("length")}
FROM bounded GROUP BY {_GROUPS}
"""  # noqa: S608 - constants

_APPOINTMENTS = f"""
WITH due AS (
    SELECT a.service, a.cancelled, (a.starts_at AT TIME ZONE $3)::date AS day,
        extract(hour FROM a.starts_at AT TIME ZONE $3)::integer AS hour,
        NOT a.cancelled AND a.starts_at < $5::timestamptz - interval '{MISSED_MINUTES} minutes'
            AND NOT EXISTS (SELECT FROM management_visit v WHERE v.appointment = a.appointment) AS missed
    FROM management_appointment a
    WHERE a.starts_at >= $1 AND a.starts_at < $2 AND ($4::text IS NULL OR a.service = $4)
)
SELECT service, day, hour, count(*) AS appointments, count(*) FILTER (WHERE cancelled) AS cancelled,
    count(*) FILTER (WHERE missed) AS missed
FROM due GROUP BY {_GROUPS}
"""  # noqa: S608 - constants


async def visits(connection: Any, encounters: Iterable[str]) -> dict[str, Visit]:
    """The rows of these Encounters that there are, kept from others until the transaction ends."""
    rows = await connection.fetch(
        f"""
        SELECT {", ".join(_VISIT)} FROM management_visit WHERE encounter = ANY($1::text[])
        ORDER BY encounter FOR UPDATE
        """,  # noqa: S608 - constants
        list(encounters),
    )
    return {row["encounter"]: Visit(**row) for row in rows}


async def put_faces(connection: Any, faces: Mapping[str, int]) -> None:
    """Note how satisfied the patients of these Encounters were; of those that are not known here nothing is."""
    await connection.execute(
        """
        UPDATE management_visit v SET faces = given.faces
        FROM unnest($1::text[], $2::smallint[]) AS given (encounter, faces) WHERE v.encounter = given.encounter
        """,
        list(faces),
        list(faces.values()),
    )


async def put_visits(connection: Any, found: Sequence[Visit]) -> None:
    """Write these rows as they now are, in one statement."""
    await connection.execute(_putting("management_visit", _VISIT), *_columns(found, _VISIT))


async def put_appointments(connection: Any, found: Sequence[Appointment]) -> None:
    """Write these rows as they now are, in one statement."""
    await connection.execute(_putting("management_appointment", _APPOINTMENT), *_columns(found, _APPOINTMENT))


async def measured(
    connection: Any, since: datetime, before: datetime, zone: str, service: str | None, now: datetime
) -> tuple[list[Any], list[Any]]:
    """Visits that began, and appointments that were to begin, between two instants, counted by department, day and
    hour; a column that a row is not about is null."""
    seen = await connection.fetch(_VISITS, since, before, zone, service)
    due = await connection.fetch(_APPOINTMENTS, since, before, zone, service, now)
    return seen, due


async def services(connection: Any) -> list[str]:
    """Every department that a row is about."""
    rows = await connection.fetch(
        "SELECT service FROM management_visit UNION SELECT service FROM management_appointment ORDER BY service"
    )
    return [row["service"] for row in rows]


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
