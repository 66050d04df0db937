"""The queue's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from .model import Entry, Expected

_ENTRY = ", ".join(field.name for field in fields(Entry))


async def lock(connection: Any, service: str) -> None:
    """Let one transaction at a time change the queue of ``service``."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('queue/' || current_setting('xinglin.tenant') || $1, 0))",
        service,
    )


async def entry(connection: Any, encounter_id: str) -> Entry | None:
    row = await connection.fetchrow(
        f"SELECT {_ENTRY} FROM queue_entry WHERE encounter_id = $1",  # noqa: S608 - constants
        encounter_id,
    )
    return None if row is None else Entry(**row)


async def open_entries(connection: Any, service: str, day: date) -> list[Entry]:
    """Everybody in the queue of ``service`` on ``day`` who has not finished or left."""
    rows = await connection.fetch(
        f"""
        SELECT {_ENTRY} FROM queue_entry WHERE service = $1 AND day = $2 AND state NOT IN ('finished', 'left')
        """,  # noqa: S608 - constants
        service,
        day,
    )
    return [Entry(**row) for row in rows]


async def of_patients(connection: Any, patients: Sequence[str], day: date) -> list[Entry]:
    """The places of these patients in queues of ``day``."""
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM queue_entry WHERE patient = ANY($1::text[]) AND day = $2 ORDER BY arrived_at",  # noqa: S608
        patients,
        day,
    )
    return [Entry(**row) for row in rows]


async def next_number(connection: Any, service: str, day: date) -> int:
    """The next number of a ticket; under the lock."""
    return int(
        await connection.fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM queue_entry WHERE service = $1 AND day = $2", service, day
        )
    )


async def put(connection: Any, one: Entry) -> None:
    """Write ``one`` as it now is."""
    names = [field.name for field in fields(Entry)]
    await connection.execute(
        f"""
        INSERT INTO queue_entry ({_ENTRY}) VALUES ({", ".join(f"${place + 1}" for place in range(len(names)))})
        ON CONFLICT (tenant, encounter_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in names)}
        """,  # noqa: S608 - constants
        *(getattr(one, name) for name in names),
    )


async def lengths(connection: Any, service: str, since: datetime, of_doctor: int) -> list[tuple[str, float]]:
    """(Doctor, minutes) of the visits that finished since, at most ``of_doctor`` of each, the newest."""
    rows = await connection.fetch(
        """
        SELECT practitioner, served_seconds / 60 AS minutes FROM (
            SELECT practitioner, served_seconds, row_number() OVER (
                PARTITION BY practitioner ORDER BY finished_at DESC) AS place
            FROM queue_entry
            WHERE service = $1 AND state = 'finished' AND finished_at > $2 AND practitioner IS NOT NULL
                AND served_seconds BETWEEN 20 AND 7200
        ) AS recent WHERE place <= $3
        """,
        service,
        since,
        of_doctor,
    )
    return [(row["practitioner"], row["minutes"]) for row in rows]


async def lateness(connection: Any, service: str, since: datetime) -> list[float]:
    """How many minutes after the start of their appointment people came (before it: negative), the newest 100."""
    rows = await connection.fetch(
        """
        SELECT (extract(epoch FROM q.arrived_at - s.starts_at) / 60)::double precision AS minutes
        FROM queue_entry q JOIN scheduling_booking b USING (appointment_id) JOIN scheduling_slot s USING (slot_id)
        WHERE q.service = $1 AND q.arrived_at > $2 ORDER BY q.arrived_at DESC LIMIT 100
        """,
        service,
        since,
    )
    return [row["minutes"] for row in rows]


async def at_work(connection: Any, service: str, day: date, now: datetime, since: datetime) -> list[str]:
    """Doctors who called or finished somebody since, or who have places at this hour."""
    rows = await connection.fetch(
        """
        SELECT practitioner FROM queue_entry
        WHERE service = $1 AND day = $2 AND practitioner IS NOT NULL
            AND (state = 'in_room' OR greatest(called_at, finished_at) > $4)
        UNION
        SELECT practitioner FROM scheduling_slot
        WHERE service = $1 AND practitioner IS NOT NULL AND starts_at <= $3 AND ends_at > $3
        ORDER BY practitioner
        """,
        service,
        day,
        now,
        since,
    )
    return [row["practitioner"] for row in rows]


async def expected(connection: Any, service: str, day: date, missed: datetime) -> list[Expected]:
    """Those with an appointment on ``day``, starting after ``missed``, who are in no queue of it."""
    rows = await connection.fetch(
        """
        SELECT b.appointment_id, b.patient, s.practitioner, s.starts_at
        FROM scheduling_booking b JOIN scheduling_slot s USING (slot_id)
        WHERE b.service = $1 AND b.day = $2 AND b.state = 'booked' AND s.starts_at > $3
            AND NOT EXISTS (SELECT FROM queue_entry q WHERE q.appointment_id = b.appointment_id)
        ORDER BY s.starts_at, b.arrived_at
        """,
        service,
        day,
        missed,
    )
    return [Expected(**row) for row in rows]


async def appointment(connection: Any, appointment_id: str) -> tuple[str, str, str | None, datetime, date, str] | None:
    """(Patient, service, practitioner, start, day, state) of one."""
    row = await connection.fetchrow(
        """
        SELECT b.patient, b.service, s.practitioner, s.starts_at, s.day, b.state
        FROM scheduling_booking b JOIN scheduling_slot s USING (slot_id) WHERE b.appointment_id = $1
        """,
        appointment_id,
    )
    return None if row is None else tuple(row)


async def services_of(connection: Any, patients: Sequence[str], day: date) -> list[str]:
    """Services in which these patients have an appointment or stand in a queue on ``day``."""
    rows = await connection.fetch(
        """
        SELECT service FROM scheduling_booking WHERE patient = ANY($1::text[]) AND day = $2 AND state = 'booked'
        UNION
        SELECT service FROM queue_entry
        WHERE patient = ANY($1::text[]) AND day = $2 AND state NOT IN ('finished', 'left')
        ORDER BY service
        """,
        patients,
        day,
    )
    return [row["service"] for row in rows]


async def add_presence(connection: Any, token_hash: bytes, service: str, now: datetime, until: datetime) -> None:
    """Keep a token of ``service``, and forget those that ran out."""
    await connection.execute("DELETE FROM queue_presence WHERE until < $1", now)
    await connection.execute(
        "INSERT INTO queue_presence (token_hash, service, until) VALUES ($1, $2, $3)", token_hash, service, until
    )


async def is_present(connection: Any, token_hash: bytes, service: str, now: datetime) -> bool:
    """Whether the token is one of ``service`` and holds still."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM queue_presence WHERE token_hash = $1 AND service = $2 AND until > $3)",
            token_hash,
            service,
            now,
        )
    )
