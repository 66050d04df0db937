"""The outbox and inbox tables: the only SQL of the bus."""

from __future__ import annotations

from collections import Counter
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


_APPEND = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
        $7::text[], $8::smallint[], $9::text[], $10::json[])
    WITH ORDINALITY AS g(id, room, name, ordering_key, occurred_at, causation_id, correlation_id,
        schema_version, purpose, body, place)
), advanced AS (
    INSERT INTO event_sequence AS s (ordering_key, last_sequence)
    SELECT * FROM unnest($11::text[], $12::bigint[])
    ON CONFLICT (ordering_key) DO UPDATE SET last_sequence = s.last_sequence + excluded.last_sequence
    RETURNING ordering_key, last_sequence
), counted AS (
    SELECT * FROM unnest($11::text[], $12::bigint[]) AS c(ordering_key, many)
)
INSERT INTO event (id, room, name, ordering_key, sequence, occurred_at, causation_id, correlation_id,
    schema_version, purpose, body)
SELECT g.id, g.room, g.name, g.ordering_key,
    a.last_sequence - c.many + row_number() OVER (PARTITION BY g.ordering_key ORDER BY g.place),
    g.occurred_at, g.causation_id, g.correlation_id, g.schema_version, g.purpose, g.body
FROM given g JOIN advanced a USING (ordering_key) JOIN counted c USING (ordering_key)
ORDER BY g.place
"""


async def append(connection: Any, events: Sequence[NewEvent]) -> None:
    """Write ``events`` in the caller's transaction, in one statement; they are published after it commits.

    Locks the sequence of each ordering key until the commit, in sorted order, so that events of one key
    are numbered in the order in which their transactions commit and writers cannot deadlock here.
    """
    if not events:
        return
    many = sorted(Counter(event.key for event in events).items())
    await connection.execute(
        _APPEND,
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
        [key for key, _ in many],
        [count for _, count in many],
    )


async def unpublished(connection: Any, node: str, limit: int) -> list[tuple[int, Event]]:
    """The oldest events that the stream has not acknowledged, with their positions."""
    rows = await connection.fetch(
        """
        SELECT position, id::text, room, name, ordering_key, sequence, occurred_at, recorded_at,
            causation_id, correlation_id, schema_version, purpose, body
        FROM event WHERE NOT published ORDER BY position LIMIT $1
        """,
        limit,
    )
    return [(row["position"], _event(row, node)) for row in rows]


async def mark_published(connection: Any, positions: Sequence[int]) -> None:
    await connection.execute("UPDATE event SET published = true WHERE position = ANY($1::bigint[])", positions)


async def stream_created(connection: Any, stream: str) -> str | None:
    """When the stream that the log was last copied to was created, as NATS told it."""
    created = await connection.fetchval("SELECT created FROM bus_stream WHERE name = $1", stream)
    return None if created is None else str(created)


async def copy_again(connection: Any, stream: str, created: str) -> int:
    """Note the new stream and mark the whole log unpublished; returns how many events will be copied."""
    await connection.execute(
        "INSERT INTO bus_stream VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET created = excluded.created",
        stream,
        created,
    )
    status = await connection.execute("UPDATE event SET published = false WHERE published")
    return int(status.split()[-1])


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
    await connection.execute("DELETE FROM event WHERE published AND recorded_at < now() - $1::interval", keep)
    await connection.execute("DELETE FROM event_consumed WHERE consumed_at < now() - $1::interval * 2", keep)


async def backlog(connection: Any) -> int:
    """How many events wait to be published."""
    return int(await connection.fetchval("SELECT count(*) FROM event WHERE NOT published"))


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
