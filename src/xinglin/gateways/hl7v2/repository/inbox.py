"""The message path: into the inbox, to the consumer, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ..model import Arrival, Outcome, Receipt, Waiting, clash_reason

_CONSUMER_LOCK = 7_291_002
_ANNOUNCED_AT_ONCE = 5000

_RECORD = """
INSERT INTO hl7_message (sender, receiver, control_id, type, digest, charset, raw, received_at,
    acknowledged_as, state, holds_control_id, reason, reason_chinese)
SELECT g.sender, g.receiver, g.control_id, g.type, g.digest, g.charset, g.raw, g.received_at,
    g.acknowledged_as, $11, $12, g.reason, g.reason_chinese
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::bytea[],
    $8::timestamptz[], $9::text[], $10::text[], $13::text[])
    WITH ORDINALITY AS g(sender, receiver, control_id, type, digest, charset, raw, received_at,
        acknowledged_as, reason, reason_chinese, place)
ORDER BY g.place
"""
_RECORD_FIRST = (
    _RECORD + "ON CONFLICT (control_id, sender) WHERE holds_control_id DO NOTHING RETURNING id, sender, control_id"
)
_RECORD_CLASH = (
    _RECORD
    + "ON CONFLICT (control_id, sender, digest) WHERE NOT holds_control_id"
    + " DO UPDATE SET repeats = hl7_message.repeats + 1"
    + " RETURNING id, sender, control_id, digest, repeats"
)


async def record_new(connection: Any, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], int]:
    """Put those of ``arrivals`` into the inbox whose sender and control id are new there, in one statement that
    needs no transaction around it; returns their ids."""
    first = _first_of_each(arrivals)
    rows = await connection.fetch(_RECORD_FIRST, *_columns(list(first.values()), "received", True, {}))
    return {(row["sender"], row["control_id"]): row["id"] for row in rows}


async def record_rest(connection: Any, arrivals: Sequence[Arrival], new: dict[tuple[str, str], int]) -> list[Receipt]:
    """Count repeats, keep clashes, and say for each of ``arrivals``, in order, what it was: new (as ``new``
    tells, from ``record_new``), a repeat, or a clash. Three statements, whatever the number."""
    first = _first_of_each(arrivals)
    return await _resolve(connection, arrivals, first, new)


def _first_of_each(arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Arrival]:
    first: dict[tuple[str, str], Arrival] = {}
    for arrival in arrivals:
        first.setdefault((arrival.sender, arrival.control_id), arrival)
    return first


async def _resolve(
    connection: Any,
    arrivals: Sequence[Arrival],
    first: dict[tuple[str, str], Arrival],
    new: dict[tuple[str, str], int],
) -> list[Receipt]:
    keys = list(first)
    holders = {
        (row["sender"], row["control_id"]): (row["id"], row["digest"])
        for row in await connection.fetch(
            """
            SELECT m.id, m.sender, m.control_id, m.digest FROM hl7_message m
            JOIN unnest($1::text[], $2::text[]) AS g(sender, control_id) USING (sender, control_id)
            WHERE m.holds_control_id
            """,
            [sender for sender, _ in keys],
            [control_id for _, control_id in keys],
        )
    }
    repeats: Counter[int] = Counter()
    clashes: dict[tuple[str, str, bytes], Arrival] = {}
    for arrival in arrivals:
        key = (arrival.sender, arrival.control_id)
        holder, digest = holders[key]
        if digest != arrival.digest:
            clashes[*key, arrival.digest] = arrival
        elif not (key in new and first[key] is arrival):
            repeats[holder] += 1
    if repeats:
        await connection.execute(
            "UPDATE hl7_message m SET repeats = m.repeats + g.many"
            " FROM unnest($1::bigint[], $2::integer[]) AS g(id, many) WHERE m.id = g.id",
            list(repeats),
            list(repeats.values()),
        )
    clashed = await _record_clashes(connection, clashes, holders)
    return [_receipt(arrival, first, new, holders, clashed) for arrival in arrivals]


async def _record_clashes(
    connection: Any,
    clashes: dict[tuple[str, str, bytes], Arrival],
    holders: dict[tuple[str, str], tuple[int, bytes]],
) -> dict[tuple[str, str, bytes], tuple[int, bool]]:
    if not clashes:
        return {}
    reasons = {key: clash_reason(key[1], holders[key[0], key[1]][0]) for key in clashes}
    rows = await connection.fetch(_RECORD_CLASH, *_columns(list(clashes.values()), "dead", False, reasons))
    return {(row["sender"], row["control_id"], row["digest"]): (row["id"], row["repeats"] > 0) for row in rows}


def _receipt(
    arrival: Arrival,
    first: dict[tuple[str, str], Arrival],
    new: dict[tuple[str, str], int],
    holders: dict[tuple[str, str], tuple[int, bytes]],
    clashed: dict[tuple[str, str, bytes], tuple[int, bool]],
) -> Receipt:
    key = (arrival.sender, arrival.control_id)
    holder, digest = holders[key]
    if digest == arrival.digest:
        return Receipt(holder, repeated=not (key in new and first[key] is arrival))
    id_, repeated = clashed[*key, arrival.digest]
    return Receipt(id_, repeated, clash_reason(arrival.control_id, holder)[0])


def _columns(
    arrivals: Sequence[Arrival],
    state: str,
    holds: bool,
    reasons: dict[tuple[str, str, bytes], tuple[str, str]],
) -> tuple[Any, ...]:
    why = [reasons.get((a.sender, a.control_id, a.digest), (None, None)) for a in arrivals]
    return (
        [a.sender for a in arrivals],
        [a.receiver for a in arrivals],
        [a.control_id for a in arrivals],
        [a.type for a in arrivals],
        [a.digest for a in arrivals],
        [a.charset for a in arrivals],
        [a.raw for a in arrivals],
        [a.received_at for a in arrivals],
        [a.acknowledged_as for a in arrivals],
        [english for english, _ in why],
        state,
        holds,
        [chinese for _, chinese in why],
    )


async def lead(connection: Any) -> bool:
    """Whether this transaction is now the only consumer; the lock goes with the transaction."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _CONSUMER_LOCK))


async def has_unannounced(connection: Any) -> bool:
    """Whether messages were received since the last ``announce``."""
    return bool(
        await connection.fetchval("SELECT EXISTS (SELECT FROM hl7_message WHERE id > last_id) FROM hl7_announced")
    )


async def announce(connection: Any) -> list[int]:
    """The ids of messages received since the last call, oldest first; each is returned once, if the transaction
    commits. Messages that one gateway records are in the order of their commits, which this relies on."""
    rows = await connection.fetch(
        """
        WITH told AS (SELECT last_id FROM hl7_announced FOR UPDATE),
        fresh AS (
            SELECT id, holds_control_id FROM hl7_message
            WHERE id > (SELECT last_id FROM told) ORDER BY id LIMIT $1
        ), moved AS (
            UPDATE hl7_announced SET last_id = (SELECT max(id) FROM fresh) WHERE EXISTS (SELECT FROM fresh)
        )
        SELECT id FROM fresh WHERE holds_control_id ORDER BY id
        """,
        _ANNOUNCED_AT_ONCE,
    )
    return [row["id"] for row in rows]


async def waiting(connection: Any, newer_than: int, limit: int) -> list[Waiting]:
    """The oldest messages after ``newer_than`` that wait for the consumer, in the order of their receipt."""
    rows = await connection.fetch(
        "SELECT id, charset, raw FROM hl7_message WHERE state = 'received' AND id > $1 ORDER BY id LIMIT $2",
        newer_than,
        limit,
    )
    return [Waiting(row["id"], row["charset"], row["raw"]) for row in rows]


async def waiting_count(connection: Any) -> int:
    """How many messages wait for the consumer."""
    return int(await connection.fetchval("SELECT count(*) FROM hl7_message WHERE state = 'received'"))


async def still_waiting(connection: Any, ids: Sequence[int]) -> set[int]:
    """Those of ``ids`` that still wait, locked against a re-run until the transaction ends."""
    rows = await connection.fetch(
        "SELECT id FROM hl7_message WHERE id = ANY($1::bigint[]) AND state = 'received' ORDER BY id FOR UPDATE",
        ids,
    )
    return {row["id"] for row in rows}


async def finish(connection: Any, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Note what became of messages, in one statement."""
    await connection.execute(
        """
        UPDATE hl7_message m SET state = g.state, reason = g.reason, reason_chinese = g.reason_chinese,
            patient = coalesce(g.patient, m.patient), produced = g.produced, processed_at = $7,
            attempts = m.attempts + 1
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[])
            AS g(id, state, reason, reason_chinese, patient, produced)
        WHERE m.id = g.id
        """,
        [outcome.id for outcome in outcomes],
        [outcome.state for outcome in outcomes],
        [outcome.reason for outcome in outcomes],
        [outcome.reason_chinese for outcome in outcomes],
        [outcome.patient for outcome in outcomes],
        [outcome.produced for outcome in outcomes],
        at,
    )


async def outcomes(connection: Any, ids: Iterable[int]) -> dict[int, tuple[str, str | None]]:
    """State and reason of those of ``ids`` that the consumer is done with."""
    rows = await connection.fetch(
        "SELECT id, state, reason FROM hl7_message WHERE id = ANY($1::bigint[]) AND state <> 'received'",
        list(ids),
    )
    return {row["id"]: (row["state"], row["reason"]) for row in rows}


async def told_at(connection: Any, subjects: Iterable[str]) -> dict[str, datetime]:
    """The time of the newest message about each subject, such as ``Patient/…``."""
    rows = await connection.fetch(
        "SELECT subject, told_at FROM hl7_subject WHERE subject = ANY($1::text[])", list(subjects)
    )
    return {row["subject"]: row["told_at"] for row in rows}


async def note_told_at(connection: Any, times: dict[str, datetime]) -> None:
    """Keep the newest of what is known and ``times``."""
    if times:
        await connection.execute(
            """
            INSERT INTO hl7_subject AS s SELECT * FROM unnest($1::text[], $2::timestamptz[])
            ON CONFLICT (subject) DO UPDATE SET told_at = excluded.told_at
            WHERE s.told_at < excluded.told_at
            """,
            list(times),
            list(times.values()),
        )
