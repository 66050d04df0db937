"""The outbox and inbox tables: the only SQL of the bus."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol

import orjson

from .event import Event, NewEvent


class Transactions(Protocol):
    """What the bus needs of a database; ``foundation.database.Database`` is one."""

    def transaction(self) -> AbstractAsyncContextManager[Any]: ...

    def connection(self) -> AbstractAsyncContextManager[Any]: ...


_COLUMNS = {
    "id": "uuid",
    "room": "text",
    "name": "text",
    "ordering_key": "text",
    "occurred_at": "timestamptz",
    "causation_id": "text",
    "correlation_id": "text",
    "schema_version": "smallint",
    "purpose": "text",
    "body": "json",
}
_EVENT = """e.publish_position, e.id::text, e.room, e.name, e.ordering_key, e.sequence, e.occurred_at, e.recorded_at,
    e.causation_id, e.correlation_id, e.schema_version, e.purpose, e.body"""

_NUMBER = f"""
WITH fresh AS (
    SELECT position, ordering_key, row_number() OVER (ORDER BY position) AS place,
        row_number() OVER (PARTITION BY ordering_key ORDER BY position) AS place_of_key
    FROM (SELECT position, ordering_key FROM event WHERE publish_position IS NULL ORDER BY position LIMIT $1) AS oldest
), counted AS (
    SELECT ordering_key, count(*) AS many FROM fresh GROUP BY ordering_key
), advanced AS (
    INSERT INTO event_sequence AS s (ordering_key, last_sequence) SELECT ordering_key, many FROM counted
    ON CONFLICT (ordering_key) DO UPDATE SET last_sequence = s.last_sequence + excluded.last_sequence
    RETURNING ordering_key, last_sequence
), log AS (
    UPDATE bus_log SET numbered = numbered + (SELECT count(*) FROM fresh)
)
UPDATE event e SET sequence = a.last_sequence - c.many + f.place_of_key, publish_position = $2 + f.place
FROM fresh f JOIN advanced a USING (ordering_key) JOIN counted c USING (ordering_key)
WHERE e.position = f.position
RETURNING {_EVENT}
"""  # noqa: S608 - constants


def appending(first: int) -> str:
    """The statement that ``append`` makes, with its placeholders numbered from ``first`` on: a part of a larger one,
    for writers who say what they did in the statement that does it."""
    columns = ", ".join(f"${first + place}::{type_}[]" for place, type_ in enumerate(_COLUMNS.values()))
    names = ", ".join(_COLUMNS)
    return f"""
        INSERT INTO event ({names})
        SELECT {names} FROM unnest({columns}) WITH ORDINALITY AS given({names}, place) ORDER BY place
    """  # noqa: S608 - constants


def append_arguments(events: Sequence[NewEvent]) -> list[list[Any]]:
    """What goes in the places of ``appending``."""
    return [
        [event.id for event in events],
        [event.room for event in events],
        [event.name for event in events],
        [event.key for event in events],
        [event.occurred_at for event in events],
        [event.causation_id for event in events],
        [event.correlation_id for event in events],
        [event.schema_version for event in events],
        [event.purpose for event in events],
        [orjson.dumps(event.body) for event in events],
    ]


_APPEND = appending(1)


async def append(connection: Any, events: Sequence[NewEvent]) -> None:
    """Write ``events`` in the caller's transaction, in one statement; they are published after it commits.

    Writers do not wait for one another here, whatever their keys: the publisher, which is alone, numbers the events
    of each key. Events of one key come in the order of their writing, which is that of the commits wherever
    transactions changed the same rows before they wrote.
    """
    if events:
        await connection.execute(_APPEND, *append_arguments(events))


async def waits(connection: Any) -> bool:
    """Whether an event waits to be published. Locks nothing: an idle node that looks writes nothing to disk."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM event WHERE publish_position IS NULL)
                OR EXISTS (SELECT FROM event WHERE publish_position > log.published) FROM bus_log log
            """
        )
    )


async def next_to_publish(connection: Any, node: str, limit: int) -> list[tuple[int, Event]]:
    """The next events that the stream has not acknowledged, with their places in the order of publishing.

    Numbers them in the caller's transaction where that was not done before; a publisher that was killed meets the
    same events with the same numbers again. Publishers wait for one another here.
    """
    log = await connection.fetchrow("SELECT numbered, published FROM bus_log FOR UPDATE")
    if log["numbered"] > log["published"]:
        rows = await connection.fetch(
            f"SELECT {_EVENT} FROM event e WHERE publish_position > $1 ORDER BY publish_position LIMIT $2",  # noqa: S608
            log["published"],
            limit,
        )
        if rows:
            return [(row["publish_position"], _event(row, node)) for row in rows]
    rows = await connection.fetch(_NUMBER, limit, log["numbered"])
    return sorted(((row["publish_position"], _event(row, node)) for row in rows), key=lambda one: one[0])


async def mark_published(connection: Any, place: int) -> None:
    """Note that the stream has everything up to ``place``."""
    await connection.execute("UPDATE bus_log SET published = $1 WHERE published < $1", place)


async def stream_created(connection: Any, stream: str) -> str | None:
    """When the stream that the log was last copied to was created, as NATS told it."""
    created = await connection.fetchval("SELECT created FROM bus_stream WHERE name = $1", stream)
    return None if created is None else str(created)


async def copy_again(connection: Any, stream: str, created: str) -> int:
    """Note the new stream and that nothing is in it; returns how many events will be copied."""
    await connection.execute(
        "INSERT INTO bus_stream VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET created = excluded.created",
        stream,
        created,
    )
    await connection.execute("UPDATE bus_log SET published = 0")
    return await backlog(connection)


async def first_seen(connection: Any, subscriber: str, event_ids: Sequence[str]) -> set[str]:
    """Note ``event_ids`` as seen and return those that ``subscriber`` had not seen before."""
    rows = await connection.fetch(
        """
        INSERT INTO event_consumed (subscriber, event_id)
        SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id::text
        """,
        subscriber,
        event_ids,
    )
    return {row["event_id"] for row in rows}


async def refuse(connection: Any, subscriber: str, event: Event, envelope: bytes, reason: str) -> None:
    """Put an event that ``subscriber`` cannot apply aside, and note it as seen so that others flow."""
    await connection.execute(
        "INSERT INTO event_refused (subscriber, event_id, reason, envelope) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        subscriber,
        event.id,
        reason,
        envelope,
    )
    await first_seen(connection, subscriber, [event.id])


async def forget(connection: Any, keep: timedelta) -> None:
    """Delete published events, and notes of what was seen, older than ``keep``."""
    await connection.execute(
        "DELETE FROM event USING bus_log WHERE publish_position <= published AND recorded_at < now() - $1::interval",
        keep,
    )
    await connection.execute("DELETE FROM event_consumed WHERE consumed_at < now() - $1::interval * 2", keep)


async def backlog(connection: Any) -> int:
    """How many events wait to be published."""
    waiting = await connection.fetchval(
        """
        SELECT (SELECT count(*) FROM event WHERE publish_position IS NULL)
            + (SELECT count(*) FROM event WHERE publish_position > log.published) FROM bus_log log
        """
    )
    return int(waiting)


def _event(row: Any, node: str) -> Event:
    return Event(
        id=row["id"],
        room=row["room"],
        name=row["name"],
        node=node,
        key=row["ordering_key"],
        sequence=row["sequence"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        schema_version=row["schema_version"],
        purpose=row["purpose"],
        body=orjson.loads(row["body"]),
    )
