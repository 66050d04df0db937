"""What the watch reads of the live state, and its own tables: forecasts, scores, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

_SCORE = ("told", "within_50", "within_80", "within_95", "below", "above", "error", "width")
_VISIT = """
    v.encounter, v.service, v.number, v.practitioner, v.triage, v.turn_at, v.state, v.since, v.arrived_at, v.called_at,
    v.gap_seconds, v.first_seconds, v.again_seconds, v.tests_seconds, v.missed, v.appointment, b.starts_at, b.booked_at
    FROM twin_visit v LEFT JOIN twin_booking b USING (tenant, appointment)
"""


class VisitRow(NamedTuple):
    """A visit with its appointment, where it has one."""

    encounter: str
    service: str
    number: int | None
    practitioner: str | None
    triage: int | None
    turn_at: datetime
    state: str
    since: datetime
    arrived_at: datetime
    called_at: datetime | None
    gap_seconds: float | None
    first_seconds: float | None
    again_seconds: float | None
    tests_seconds: float | None
    missed: int
    appointment: str | None
    starts_at: datetime | None
    booked_at: datetime | None


class Forecast(NamedTuple):
    """What was foreseen, as JSON (``foresight.Foreseen`` or ``WardForeseen``)."""

    kind: str
    unit: str
    foreseen_at: datetime
    body: bytes


class AlarmRow(NamedTuple):
    """An alarm; it is open until ``cleared_at``."""

    alarm: str
    rule: str
    unit: str
    subject: str
    figure: float
    expected_at: datetime | None
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


async def visits(
    connection: Any, since: datetime, until: datetime, limit: int = 200_000, service: str | None = None
) -> list[VisitRow]:
    """Those that began between two instants, in one service or in all, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_VISIT} WHERE v.arrived_at >= $1 AND v.arrived_at < $2 AND ($4::text IS NULL OR v.service = $4)
        ORDER BY v.arrived_at DESC LIMIT $3
        """,
        since,
        until,
        limit,
        service,
    )
    return [VisitRow(*row.values()) for row in rows]


async def expected(connection: Any, since: datetime, until: datetime) -> list[tuple[str, str, str | None, datetime]]:
    """(Appointment, service, practitioner, start) of those to which nobody has come."""
    rows = await connection.fetch(
        """
        SELECT appointment, service, practitioner, starts_at FROM twin_booking b
        WHERE NOT cancelled AND starts_at > $1 AND starts_at < $2
            AND NOT EXISTS (SELECT FROM twin_visit v WHERE v.appointment = b.appointment)
        ORDER BY starts_at, appointment
        """,
        since,
        until,
    )
    return [tuple(row.values()) for row in rows]


async def kept(connection: Any, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """Appointments (kept, missed) by service."""
    rows = await connection.fetch(
        """
        SELECT service, count(*) FILTER (WHERE came) AS kept, count(*) FILTER (WHERE NOT came) AS missed FROM (
            SELECT service, EXISTS (SELECT FROM twin_visit v WHERE v.appointment = b.appointment) AS came
            FROM twin_booking b WHERE NOT cancelled AND starts_at >= $1 AND starts_at < $2
        ) AS due GROUP BY service
        """,
        since,
        until,
    )
    return {row["service"]: (row["kept"], row["missed"]) for row in rows}


async def stays(connection: Any, since: datetime) -> list[tuple[str, datetime, datetime, datetime | None]]:
    """(Ward, admitted, first seen, left) of those in wards now or since."""
    rows = await connection.fetch(
        "SELECT ward, admitted_at, seen_at, left_at FROM twin_stay WHERE left_at IS NULL OR left_at > $1", since
    )
    return [tuple(row.values()) for row in rows]


async def keep(connection: Any, found: Sequence[Forecast], kept: bool) -> None:
    """Write the newest forecasts; those before them that were not to be kept go."""
    at = max(one.foreseen_at for one in found)
    await connection.execute("DELETE FROM twin_forecast WHERE NOT kept AND foreseen_at < $1", at)
    await connection.execute(
        """
        INSERT INTO twin_forecast (kind, unit, foreseen_at, body, kept)
        SELECT *, $5::boolean FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::json[]) ON CONFLICT DO NOTHING
        """,
        [one.kind for one in found],
        [one.unit for one in found],
        [one.foreseen_at for one in found],
        [one.body for one in found],
        kept,
    )


async def forget(connection: Any, before: datetime) -> None:
    """Forget forecasts of long ago."""
    await connection.execute("DELETE FROM twin_forecast WHERE foreseen_at < $1", before)


async def forecasts_at(connection: Any, at: datetime, since: datetime) -> list[Forecast]:
    """The last forecast of every unit that was made by ``at``, not before ``since``."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (kind, unit) kind, unit, foreseen_at, body FROM twin_forecast
        WHERE foreseen_at <= $1 AND foreseen_at > $2 ORDER BY kind, unit, foreseen_at DESC
        """,
        at,
        since,
    )
    return [Forecast(*row.values()) for row in rows]


async def unscored(connection: Any, kind: str, before: datetime, limit: int) -> list[Forecast]:
    """Kept forecasts whose truth has come, oldest first; nobody else scores them meanwhile."""
    rows = await connection.fetch(
        """
        SELECT kind, unit, foreseen_at, body FROM twin_forecast
        WHERE kind = $1 AND kept AND NOT scored AND foreseen_at < $2
        ORDER BY foreseen_at, unit LIMIT $3 FOR UPDATE SKIP LOCKED
        """,
        kind,
        before,
        limit,
    )
    return [Forecast(*row.values()) for row in rows]


async def mark_scored(connection: Any, found: Sequence[Forecast]) -> None:
    await connection.execute(
        """
        UPDATE twin_forecast f SET scored = true
        FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS c(kind, unit, at)
        WHERE f.kind = c.kind AND f.unit = c.unit AND f.foreseen_at = c.at
        """,
        [one.kind for one in found],
        [one.unit for one in found],
        [one.foreseen_at for one in found],
    )


async def add_scores(connection: Any, day: date, scores: Mapping[str, Sequence[float]]) -> None:
    """Add counts, by what was foreseen, to those of ``day``."""
    added = ", ".join(f"{name} = s.{name} + excluded.{name}" for name in _SCORE)
    for what, counts in scores.items():
        await connection.execute(
            f"""
            INSERT INTO twin_score AS s (what, day, {", ".join(_SCORE)})
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, what, day) DO UPDATE SET {added}
            """,  # noqa: S608 - constants
            what,
            day,
            *counts,
        )


async def scores(connection: Any, since: date) -> dict[str, dict[str, float]]:
    """Sums by what was foreseen."""
    rows = await connection.fetch(
        f"""
        SELECT what, {", ".join(f"sum({name})::float8 AS {name}" for name in _SCORE)}
        FROM twin_score WHERE day >= $1 GROUP BY what ORDER BY what
        """,  # noqa: S608 - constants
        since,
    )
    return {row["what"]: {name: row[name] for name in _SCORE} for row in rows}


async def lengths(connection: Any, units: Sequence[str], at: Sequence[datetime]) -> list[int]:
    """How many waited in each unit at each instant."""
    rows = await connection.fetch(
        """
        SELECT coalesce((SELECT s.state::integer FROM twin_state s WHERE s.kind = 'queue' AND s.id = c.unit
            AND s.at <= c.at AND (s.until IS NULL OR s.until > c.at)), 0) AS n
        FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS c(unit, at, place) ORDER BY place
        """,
        list(units),
        list(at),
    )
    return [row["n"] for row in rows]


async def census(connection: Any, wards: Sequence[str], at: Sequence[datetime]) -> list[int]:
    """How many lay in each ward at each instant."""
    rows = await connection.fetch(
        """
        SELECT (SELECT count(*) FROM twin_stay s WHERE s.ward = c.ward AND s.admitted_at <= c.at AND s.seen_at <= c.at
            AND (s.left_at IS NULL OR s.left_at > c.at)) AS n
        FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS c(ward, at, place) ORDER BY place
        """,
        list(wards),
        list(at),
    )
    return [row["n"] for row in rows]


_ALARM = ", ".join(AlarmRow._fields)


async def open_alarms(connection: Any) -> list[AlarmRow]:
    rows = await connection.fetch(
        f"SELECT {_ALARM} FROM twin_alarm WHERE cleared_at IS NULL ORDER BY raised_at, alarm"  # noqa: S608 - constants
    )
    return [AlarmRow(*row.values()) for row in rows]


async def alarms_at(connection: Any, at: datetime) -> list[AlarmRow]:
    """Those that were open at an instant, as they are now."""
    rows = await connection.fetch(
        f"""
        SELECT {_ALARM} FROM twin_alarm
        WHERE raised_at <= $1 AND (cleared_at IS NULL OR cleared_at > $1) ORDER BY raised_at, alarm
        """,  # noqa: S608 - constants
        at,
    )
    return [AlarmRow(*row.values()) for row in rows]


async def put_alarms(connection: Any, found: Sequence[AlarmRow]) -> None:
    """Write alarms as they now are; who acknowledged one stays."""
    await connection.execute(
        f"""
        INSERT INTO twin_alarm ({_ALARM}) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],
            $5::float8[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::text[])
        ON CONFLICT (tenant, alarm) DO UPDATE SET figure = excluded.figure, expected_at = excluded.expected_at,
            cleared_at = excluded.cleared_at
        """,  # noqa: S608 - constants
        *([row[place] for row in found] for place in range(len(AlarmRow._fields))),
    )


async def acknowledge(connection: Any, alarm: str, by: str, at: datetime) -> AlarmRow | None:
    """Note who saw to it first; None where there is no such alarm. Again changes nothing."""
    row = await connection.fetchrow(
        f"""
        UPDATE twin_alarm SET acknowledged_at = coalesce(acknowledged_at, $3),
            acknowledged_by = coalesce(acknowledged_by, $2)
        WHERE alarm = $1 RETURNING {_ALARM}
        """,  # noqa: S608 - constants
        alarm,
        by,
        at,
    )
    return None if row is None else AlarmRow(*row.values())
