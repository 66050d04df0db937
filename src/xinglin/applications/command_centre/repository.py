"""The Board's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from .projection import PlaceRow, ResultRow, StayRow

_ADVISORY_LOCK = 7_291_014


async def lock(connection: Any) -> None:
    """Let one transaction at a time change the projection, so that none writes what another has overtaken."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADVISORY_LOCK)


async def put_places(connection: Any, places: Sequence[PlaceRow], gone: Sequence[str]) -> None:
    """Write ``places``, forget ``gone`` and find every place's unit anew: the nearest ward above it."""
    await connection.execute(
        """
        INSERT INTO board_place (location_id, parent_id, form, kind, code, name, name_en)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        ON CONFLICT (location_id) DO UPDATE SET parent_id = excluded.parent_id, form = excluded.form,
            kind = excluded.kind, code = excluded.code, name = excluded.name, name_en = excluded.name_en
        """,
        *_columns(places, PlaceRow),
    )
    await connection.execute("DELETE FROM board_place WHERE location_id = ANY($1::text[])", gone)
    await connection.execute(
        """
        WITH RECURSIVE up AS (
            SELECT location_id AS place, location_id AS at, parent_id, form, 0 AS steps FROM board_place
            UNION ALL
            SELECT up.place, above.location_id, above.parent_id, above.form, up.steps + 1
            FROM up JOIN board_place above ON above.location_id = up.parent_id
            WHERE up.form <> 'wa' AND up.steps < 12
        ), found AS (
            SELECT places.location_id, up.at
            FROM board_place places LEFT JOIN up ON up.place = places.location_id AND up.form = 'wa'
        )
        UPDATE board_place SET unit_id = found.at FROM found
        WHERE board_place.location_id = found.location_id AND board_place.unit_id IS DISTINCT FROM found.at
        """
    )


async def put_stays(connection: Any, stays: Sequence[StayRow], gone: Sequence[str]) -> None:
    """Write ``stays`` and take those in ``gone`` off the board."""
    await connection.execute(
        """
        INSERT INTO board_stay
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[])
        ON CONFLICT (encounter_id) DO UPDATE SET patient_id = excluded.patient_id,
            patient_name = excluded.patient_name, sex = excluded.sex, birth_date = excluded.birth_date,
            location_id = excluded.location_id, status = excluded.status, class = excluded.class,
            since = excluded.since, admitted_at = excluded.admitted_at, attending_id = excluded.attending_id,
            attending = excluded.attending
        """,
        *_columns(stays, StayRow),
    )
    await connection.execute("DELETE FROM board_stay WHERE encounter_id = ANY($1::text[])", gone)


async def put_results(connection: Any, results: Sequence[ResultRow], gone: Sequence[str], older_than: datetime) -> None:
    """Write ``results``, forget ``gone`` and everything observed before ``older_than``."""
    await connection.execute(
        """
        INSERT INTO board_result (observation_id, patient_id, name, name_en, value, unit, interpretation, critical,
            reference_range, observed_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::boolean[], $9::text[], $10::timestamptz[])
        ON CONFLICT (observation_id) DO UPDATE SET patient_id = excluded.patient_id, name = excluded.name,
            name_en = excluded.name_en, value = excluded.value, unit = excluded.unit,
            interpretation = excluded.interpretation, critical = excluded.critical,
            reference_range = excluded.reference_range, observed_at = excluded.observed_at
        """,
        *_columns(results, ResultRow),
    )
    await connection.execute(
        "DELETE FROM board_result WHERE observation_id = ANY($1::text[]) OR observed_at < $2", gone, older_than
    )


async def units_of(connection: Any, things: Iterable[tuple[str, str]]) -> set[str]:
    """The units where any of ``things`` (resource type, id) is seen now."""
    ids: dict[str, list[str]] = {}
    for type_, id_ in things:
        ids.setdefault(type_, []).append(id_)
    rows = await connection.fetch(
        """
        WITH place (location_id) AS (
            SELECT unnest($1::text[])
            UNION ALL SELECT location_id FROM board_stay WHERE encounter_id = ANY($2::text[])
            UNION ALL SELECT location_id FROM board_stay WHERE patient_id = ANY($3::text[])
            UNION ALL SELECT location_id FROM board_stay WHERE attending_id = ANY($4::text[])
            UNION ALL SELECT s.location_id FROM board_result r JOIN board_stay s USING (patient_id)
                WHERE r.observation_id = ANY($5::text[])
        )
        SELECT DISTINCT p.unit_id FROM place JOIN board_place p USING (location_id) WHERE p.unit_id IS NOT NULL
        """,
        *(ids.get(type_, []) for type_ in ("Location", "Encounter", "Patient", "Practitioner", "Observation")),
    )
    return {row["unit_id"] for row in rows}


async def present(connection: Any, patient_ids: Sequence[str]) -> set[str]:
    """Those of ``patient_ids`` who have a stay on the board."""
    rows = await connection.fetch(
        "SELECT DISTINCT patient_id FROM board_stay WHERE patient_id = ANY($1::text[])", patient_ids
    )
    return {row["patient_id"] for row in rows}


async def rename_people(connection: Any, people: Sequence[tuple[str, str, str, str | None]]) -> None:
    """Bring (patient id, name, sex, birth date) up to date in the stays of these patients."""
    await connection.execute(
        """
        UPDATE board_stay s SET patient_name = p.name, sex = p.sex, birth_date = p.birth_date
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS p(id, name, sex, birth_date)
        WHERE s.patient_id = p.id
        """,
        *(list(column) for column in zip(*people, strict=True)),
    )


async def rename_staff(connection: Any, staff: Sequence[tuple[str, str]]) -> None:
    """Bring the names of practitioners (id, name) up to date."""
    await connection.execute(
        """
        UPDATE board_stay s SET attending = p.name
        FROM unnest($1::text[], $2::text[]) AS p(id, name) WHERE s.attending_id = p.id
        """,
        *(list(column) for column in zip(*staff, strict=True)),
    )


async def is_built(connection: Any) -> bool:
    """Whether the projection was built from the store once; from then on events keep it."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM board_built)"))


async def mark_built(connection: Any, at: datetime) -> None:
    await connection.execute(
        "INSERT INTO board_built (built_at) VALUES ($1) ON CONFLICT (id) DO UPDATE SET built_at = excluded.built_at",
        at,
    )


async def clear(connection: Any) -> None:
    """Forget the whole projection."""
    await connection.execute("DELETE FROM board_built")
    await connection.execute("DELETE FROM board_place")
    await connection.execute("DELETE FROM board_stay")
    await connection.execute("DELETE FROM board_result")


_UNITS = """
WITH flagged AS (
    SELECT patient_id, bool_or(critical) AS critical FROM board_result WHERE observed_at > $1 GROUP BY patient_id
), counted AS (
    SELECT p.unit_id, count(*) AS occupied, count(DISTINCT p.location_id) FILTER (WHERE p.form = 'bd') AS beds_taken,
        count(f.patient_id) AS abnormal, count(*) FILTER (WHERE f.critical) AS critical
    FROM board_stay s JOIN board_place p USING (location_id) LEFT JOIN flagged f USING (patient_id)
    GROUP BY p.unit_id
), beds AS (
    SELECT unit_id, count(*) AS total FROM board_place WHERE form = 'bd' GROUP BY unit_id
)
SELECT u.location_id AS id, u.name, u.name_en, u.kind, coalesce(b.total, 0) AS beds_total,
    coalesce(c.occupied, 0) AS occupied, coalesce(b.total, 0) - coalesce(c.beds_taken, 0) AS beds_free,
    CASE WHEN b.total > 0 THEN coalesce(c.occupied - c.beds_taken, 0) ELSE 0 END AS waiting,
    coalesce(c.abnormal, 0) AS abnormal, coalesce(c.critical, 0) AS critical
FROM board_place u
LEFT JOIN counted c ON c.unit_id = u.location_id
LEFT JOIN beds b ON b.unit_id = u.location_id
WHERE u.form = 'wa' AND ($2::text IS NULL OR u.location_id = $2)
ORDER BY array_position(ARRAY['ward', 'emergency', 'outpatient'], u.kind), u.code, u.name
"""


async def units(connection: Any, since: datetime, unit_id: str | None = None) -> list[asyncpg.Record]:
    """Every unit with its counts, or only ``unit_id``; abnormal results count when observed after ``since``."""
    found: list[asyncpg.Record] = await connection.fetch(_UNITS, since, unit_id)
    return found


async def occupants(connection: Any, unit_id: str, since: datetime) -> list[asyncpg.Record]:
    """The stays of a unit and its empty beds, by place; an empty bed is a row without ``encounter_id``."""
    found: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT s.encounter_id, s.patient_id, s.patient_name, s.sex, s.birth_date, s.status, s.class, s.since,
            s.admitted_at, s.attending, CASE WHEN p.form <> 'wa' THEN p.name END AS bed,
            CASE WHEN p.form <> 'wa' THEN p.name_en END AS bed_en, r.abnormal
        FROM board_place p LEFT JOIN board_stay s USING (location_id)
        LEFT JOIN LATERAL (
            SELECT json_agg(json_build_object('observation_id', observation_id, 'name', name, 'name_en', name_en,
                'value', value, 'unit', unit, 'interpretation', interpretation, 'reference_range', reference_range,
                'at', observed_at) ORDER BY critical DESC, observed_at DESC) AS abnormal
            FROM board_result WHERE patient_id = s.patient_id AND observed_at > $2
        ) r ON true
        WHERE p.unit_id = $1 AND (s.encounter_id IS NOT NULL OR p.form = 'bd')
        ORDER BY p.code, p.name, s.since, s.encounter_id
        """,
        unit_id,
        since,
    )
    return found


def _columns(rows: Iterable[tuple[Any, ...]], shape: Any) -> list[list[Any]]:
    """Rows as the columns that unnest takes; as many empty ones where there are no rows."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in shape._fields]
