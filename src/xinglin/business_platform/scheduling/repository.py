"""The arbiter's tables: templates, places, bookings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from .model import Booking, Place, State, Wanted

_PLACE = ", ".join(field.name for field in fields(Place))
_WANTED = ", ".join(field.name for field in fields(Wanted))
_BOOKING = ", ".join(field.name for field in fields(Booking))


async def lock(connection: Any, service: str) -> None:
    """Let one transaction at a time decide about the places of ``service``, whatever the process."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('scheduling/' || current_setting('xinglin.tenant') || $1, 0))",
        service,
    )


async def put_template(connection: Any, schedule_id: str, service: str, body: bytes, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO scheduling_template (schedule_id, service, body, made_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant, schedule_id) DO UPDATE SET service = excluded.service, body = excluded.body
        """,
        schedule_id,
        service,
        body,
        at,
    )


async def templates(connection: Any) -> list[tuple[str, bytes]]:
    """(Schedule id, template) of all."""
    rows = await connection.fetch("SELECT schedule_id, body FROM scheduling_template ORDER BY made_at, schedule_id")
    return [(row["schedule_id"], row["body"]) for row in rows]


async def add_places(connection: Any, places: Sequence[Place]) -> set[str]:
    """Write those of ``places`` that are not there; their ids."""
    rows = await connection.fetch(
        f"""
        INSERT INTO scheduling_slot ({_PLACE})
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[],
            $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::smallint[], $11::smallint[], $12::smallint[])
        ON CONFLICT (tenant, slot_id) DO NOTHING RETURNING slot_id
        """,  # noqa: S608 - constants
        *([getattr(one, field.name) for one in places] for field in fields(Place)),
    )
    return {row["slot_id"] for row in rows}


async def places(connection: Any, service: str, slot_ids: Sequence[str], days: Sequence[date]) -> list[Place]:
    """Those of ``service`` with these ids, or on these days; by time."""
    rows = await connection.fetch(
        f"""
        SELECT {_PLACE} FROM scheduling_slot WHERE service = $1 AND (slot_id = ANY($2::text[]) OR day = ANY($3::date[]))
        ORDER BY starts_at, slot_id
        """,  # noqa: S608 - constants
        service,
        slot_ids,
        days,
    )
    return [Place(**row) for row in rows]


async def next_free(connection: Any, service: str, now: datetime, limit: int) -> list[Place]:
    """The earliest places that can be booked now, at most ``limit``."""
    rows = await connection.fetch(
        f"""
        SELECT {_PLACE} FROM scheduling_slot
        WHERE service = $1 AND starts_at > $2 AND opens_at <= $2 AND taken + held < places
        ORDER BY starts_at, slot_id LIMIT $3
        """,  # noqa: S608 - constants
        service,
        now,
        limit,
    )
    return [Place(**row) for row in rows]


async def places_between(connection: Any, service: str, after: datetime, first: date, last: date) -> list[Place]:
    """Those of ``service`` that start after ``after`` on a day from ``first`` to ``last``; by time, 2,000 at most."""
    rows = await connection.fetch(
        f"""
        SELECT {_PLACE} FROM scheduling_slot WHERE service = $1 AND starts_at > $2 AND day BETWEEN $3 AND $4
        ORDER BY starts_at, slot_id LIMIT 2000
        """,  # noqa: S608 - constants
        service,
        after,
        first,
        last,
    )
    return [Place(**row) for row in rows]


async def sittings(connection: Any, since: datetime, until: datetime) -> list[tuple[str, str, datetime, datetime]]:
    """(Service, practitioner, start, end) of sessions that overlap: slots of one practitioner less than half an hour
    apart are one session."""
    rows = await connection.fetch(
        """
        SELECT service, practitioner, min(starts_at) AS starts_at, max(ends_at) AS ends_at FROM (
            SELECT *, count(*) FILTER (WHERE apart) OVER (PARTITION BY service, practitioner ORDER BY starts_at) AS part
            FROM (
                SELECT service, practitioner, starts_at, ends_at, starts_at > interval '30 minutes'
                    + max(ends_at) OVER (PARTITION BY service, practitioner ORDER BY starts_at
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS apart
                FROM scheduling_slot
                WHERE practitioner IS NOT NULL AND starts_at > $1::timestamptz - interval '16 hours' AND starts_at < $2
            ) AS slots
        ) AS parts GROUP BY service, practitioner, part HAVING max(ends_at) > $1 ORDER BY 1, 2, 3
        """,
        since,
        until,
    )
    return [tuple(row.values()) for row in rows]


async def place(connection: Any, slot_id: str) -> Place | None:
    row = await connection.fetchrow(
        f"SELECT {_PLACE} FROM scheduling_slot WHERE slot_id = $1",  # noqa: S608 - constants
        slot_id,
    )
    return None if row is None else Place(**row)


async def services(connection: Any, now: datetime) -> list[tuple[str, int, datetime | None]]:
    """(Service, free places that can be booked now, the earliest of them) of each that has places to come, or had some
    in the last twelve hours."""
    rows = await connection.fetch(
        """
        SELECT service,
            coalesce(sum(places - taken - held) FILTER (WHERE opens_at <= $1 AND starts_at > $1), 0)::integer AS free,
            min(starts_at) FILTER (WHERE opens_at <= $1 AND starts_at > $1 AND taken + held < places) AS earliest
        FROM scheduling_slot WHERE starts_at > $1::timestamptz - interval '12 hours' GROUP BY service ORDER BY service
        """,
        now,
    )
    return [(row["service"], row["free"], row["earliest"]) for row in rows]


async def move_places(connection: Any, changes: Sequence[tuple[str, int, int]]) -> list[Place]:
    """Add (slot, taken, held) to what is taken and held; the places as they stand then.

    The database refuses what would oversell one.
    """
    rows = await connection.fetch(
        f"""
        UPDATE scheduling_slot s SET taken = s.taken + c.more_taken, held = s.held + c.more_held
        FROM unnest($1::text[], $2::integer[], $3::integer[]) AS c(id, more_taken, more_held)
        WHERE s.slot_id = c.id RETURNING {_PLACE}
        """,  # noqa: S608 - constants
        *(list(column) for column in zip(*changes, strict=True)),
    )
    return [Place(**row) for row in rows]


async def claim(connection: Any, wanted: Sequence[Wanted]) -> None:
    """Show ``wanted`` to every process, so that whichever decides next keeps to the order of coming."""
    await connection.execute(
        f"""
        INSERT INTO scheduling_claim ({_WANTED})
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::date[],
            $8::text[]) ON CONFLICT DO NOTHING
        """,  # noqa: S608 - constants
        *([getattr(one, field.name) for one in wanted] for field in fields(Wanted)),
    )


async def take_claims(connection: Any, service: str) -> list[Wanted]:
    """All claims of ``service``, which are claims no more."""
    rows = await connection.fetch(
        f"DELETE FROM scheduling_claim WHERE service = $1 RETURNING {_WANTED}",  # noqa: S608 - constants
        service,
    )
    return [Wanted(**row) for row in rows]


async def of_requests(connection: Any, wanted: Sequence[Wanted]) -> list[Booking]:
    """What came of these requests before."""
    rows = await connection.fetch(
        f"""
        SELECT {_BOOKING} FROM scheduling_booking
        WHERE (account, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,  # noqa: S608 - constants
        [one.account for one in wanted],
        [one.key for one in wanted],
    )
    return [Booking(**row) for row in rows]


async def booked_days(connection: Any, service: str, patients: Sequence[str]) -> set[tuple[str, date]]:
    """(Patient, day) of the appointments of these patients in ``service``."""
    rows = await connection.fetch(
        """
        SELECT patient, day FROM scheduling_booking
        WHERE service = $1 AND patient = ANY($2::text[]) AND state = 'booked'
        """,
        service,
        patients,
    )
    return {(row["patient"], row["day"]) for row in rows}


async def add_bookings(connection: Any, bookings: Sequence[Booking]) -> None:
    """Write new ones. The database refuses a second one of a patient, service and day, and of a request."""
    await connection.execute(
        f"""
        INSERT INTO scheduling_booking ({_BOOKING})
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::date[], $10::date[], $11::date[], $12::timestamptz[], $13::timestamptz[],
            $14::timestamptz[])
        """,  # noqa: S608 - constants
        *([getattr(one, field.name) for one in bookings] for field in fields(Booking)),
    )


async def booking(connection: Any, appointment_id: str) -> Booking | None:
    row = await connection.fetchrow(
        f"SELECT {_BOOKING} FROM scheduling_booking WHERE appointment_id = $1",  # noqa: S608 - constants
        appointment_id,
    )
    return None if row is None else Booking(**row)


async def change_booking(
    connection: Any, id_: str, state: State, slot: Place | None, now: datetime, offer_until: datetime | None = None
) -> Booking:
    """Put one into ``state``, at ``slot`` where there is one; as it then is."""
    row = await connection.fetchrow(
        f"""
        UPDATE scheduling_booking SET state = $2, slot_id = $3, day = $4, decided_at = $5, offer_until = $6
        WHERE appointment_id = $1 RETURNING {_BOOKING}
        """,  # noqa: S608 - constants
        id_,
        state,
        slot.slot_id if slot else None,
        slot.day if slot else None,
        now,
        offer_until,
    )
    return Booking(**row)


async def next_waiting(connection: Any, place: Place) -> Booking | None:
    """Who has waited longest for what ``place`` is, and has no appointment in its service on its day."""
    row = await connection.fetchrow(
        f"""
        SELECT {_BOOKING} FROM scheduling_booking w
        WHERE state = 'waiting' AND service = $1 AND $2 BETWEEN from_day AND to_day
            AND (practitioner IS NULL OR practitioner = $3)
            AND NOT EXISTS (SELECT FROM scheduling_booking b WHERE b.state = 'booked' AND b.patient = w.patient
                AND b.service = w.service AND b.day = $2)
        ORDER BY arrived_at, appointment_id LIMIT 1
        """,  # noqa: S608 - constants
        place.service,
        place.day,
        place.practitioner,
    )
    return None if row is None else Booking(**row)


async def waits(connection: Any, patient: str, service: str) -> bool:
    """Whether ``patient`` is on the waitlist of ``service``."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM scheduling_booking
                WHERE patient = $1 AND service = $2 AND state IN ('waiting', 'offered'))
            """,
            patient,
            service,
        )
    )


async def lapsed(connection: Any, now: datetime) -> list[Booking]:
    """Offers that nobody took in time, oldest first; 100 at most."""
    rows = await connection.fetch(
        f"""
        SELECT {_BOOKING} FROM scheduling_booking WHERE state = 'offered' AND offer_until <= $1
        ORDER BY offer_until LIMIT 100
        """,  # noqa: S608 - constants
        now,
    )
    return [Booking(**row) for row in rows]


async def waiting_of(connection: Any, service: str, limit: int) -> list[Booking]:
    """Who waits for a place of the service, and to whom one is offered; who came first, first."""
    rows = await connection.fetch(
        f"""
        SELECT {_BOOKING} FROM scheduling_booking WHERE service = $1 AND state IN ('waiting', 'offered')
        ORDER BY arrived_at, appointment_id LIMIT $2
        """,  # noqa: S608 - constants
        service,
        limit,
    )
    return [Booking(**row) for row in rows]


async def places_of(connection: Any, bookings: Sequence[Booking]) -> dict[str, Place]:
    """The places of these bookings, by slot."""
    rows = await connection.fetch(
        f"SELECT {_PLACE} FROM scheduling_slot WHERE slot_id = ANY($1::text[])",  # noqa: S608 - constants
        [one.slot_id for one in bookings if one.slot_id],
    )
    return {row["slot_id"]: Place(**row) for row in rows}


async def of_patients(connection: Any, patients: Sequence[str], limit: int) -> list[tuple[Booking, Place | None]]:
    """The newest bookings of these patients with their places."""
    rows = await connection.fetch(
        f"""
        SELECT {_BOOKING} FROM scheduling_booking WHERE patient = ANY($1::text[])
        ORDER BY decided_at DESC LIMIT $2
        """,  # noqa: S608 - constants
        patients,
        limit,
    )
    found = [Booking(**row) for row in rows]
    by_id = await places_of(connection, found)
    return [(one, by_id.get(one.slot_id or "")) for one in found]
