"""The tables of the audit trail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from xinglin.foundation.errors import Category, XinglinError

from .model import Anchor, Entry, Row, row_of

_APPEND = """
INSERT INTO audit_entry (sequence, tenant, recorded, principal, name, action, interaction, focus, status, emergency,
    resources, patients, detail, digest, hash)
SELECT sequence, tenant, recorded, principal, name, action, interaction, focus, status, emergency,
    string_to_array(resources, ' '), string_to_array(patients, ' '), detail, $14, hash
FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::smallint[], $10::boolean[], $11::text[], $12::text[], $13::json[], $15::bytea[])
    AS given(sequence, tenant, recorded, principal, name, action, interaction, focus, status, emergency, resources,
        patients, detail, hash)
"""
_CHAIN_LOCK = 7_291_004


async def take_in(connection: Any, group: bytes) -> None:
    """Put one group of entries on disk."""
    await connection.execute("INSERT INTO audit_intake (entries) VALUES ($1)", group)


async def take_out(connection: Any, limit: int) -> list[bytes]:
    """Remove and return the oldest groups, in their order."""
    rows = await connection.fetch(
        "DELETE FROM audit_intake WHERE id IN (SELECT id FROM audit_intake ORDER BY id LIMIT $1) RETURNING id, entries",
        limit,
    )
    return [row["entries"] for row in sorted(rows, key=lambda row: int(row["id"]))]


async def waits(connection: Any) -> bool:
    """Whether an entry waits to be chained. Locks nothing: an idle node that looks writes nothing to disk."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM audit_intake)"))


async def head(connection: Any) -> tuple[int, bytes] | None:
    """Sequence and hash of the newest entry of any tenant, held for the caller's transaction; None before the first."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _CHAIN_LOCK)
    row = await connection.fetchrow("SELECT sequence, hash FROM audit_head()")
    return None if row is None else (row["sequence"], row["hash"])


async def append(connection: Any, first: int, entries: Sequence[Entry], hashes: Sequence[bytes], digest: str) -> None:
    """Add ``entries``, numbered from ``first`` on, with their hashes, in one statement."""
    await connection.execute(
        _APPEND,
        list(range(first, first + len(entries))),
        [entry.tenant for entry in entries],
        [entry.recorded for entry in entries],
        [entry.principal for entry in entries],
        [entry.name for entry in entries],
        [entry.action for entry in entries],
        [entry.interaction for entry in entries],
        [entry.focus for entry in entries],
        [entry.status for entry in entries],
        [entry.emergency for entry in entries],
        [entry.resources for entry in entries],
        [entry.patients for entry in entries],
        [bytes(entry.detail) for entry in entries],
        digest,
        hashes,
    )


async def figures(connection: Any) -> dict[str, int]:
    """How many groups wait for the chain, and how long it is."""
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM audit_intake) AS waiting, (SELECT sequence FROM audit_head()) AS entries"
    )
    return {"groups_waiting": row["waiting"], "entries": row["entries"] or 0}


async def unanchored_head(connection: Any) -> tuple[int, bytes] | None:
    """Sequence and hash of the newest entry, None where it has an anchor or there is none."""
    row = await connection.fetchrow(
        "SELECT sequence, hash FROM audit_head() AS h"
        " WHERE NOT EXISTS (SELECT FROM audit_anchor a WHERE a.sequence = h.sequence)"
    )
    return None if row is None else (row["sequence"], row["hash"])


async def add_anchor(connection: Any, anchor: Anchor) -> None:
    await connection.execute(
        "INSERT INTO audit_anchor (sequence, hash, at, node, key, signature) VALUES ($1, $2, $3, $4, $5, $6)",
        anchor.sequence,
        anchor.hash,
        anchor.at,
        anchor.node,
        anchor.key,
        anchor.signature,
    )


async def anchors(connection: Any, after: int = 0) -> list[Anchor]:
    """The anchors past ``after``, oldest first."""
    rows = await connection.fetch(
        "SELECT node, sequence, hash, at, key, signature FROM audit_anchor WHERE sequence > $1 ORDER BY sequence", after
    )
    return [Anchor(**dict(row)) for row in rows]


async def newest_anchor(connection: Any) -> Anchor | None:
    row = await connection.fetchrow(
        "SELECT node, sequence, hash, at, key, signature FROM audit_anchor ORDER BY sequence DESC LIMIT 1"
    )
    return None if row is None else Anchor(**dict(row))


async def forget(connection: Any, before: datetime) -> int:
    """Remove the entries up to the newest anchor made before that instant; how many there were. Raises FORBIDDEN for an
    instant within the last 183 days, whatever the node's settings are."""
    up_to = await connection.fetchval("SELECT max(sequence) FROM audit_anchor WHERE at < $1", before)
    if up_to is None:
        return 0
    try:
        return int(await connection.fetchval("SELECT audit_forget($1)", up_to))
    except asyncpg.InsufficientPrivilegeError as error:
        raise XinglinError(
            Category.FORBIDDEN,
            "audit entries are kept for 183 days at least",
            "审计记录至少保存 183 天",
        ) from error


async def rows_after(connection: Any, sequence: int, limit: int) -> list[tuple[Row, str, bytes]]:
    """For the owner: the next entries of all tenants after ``sequence``, each with its digest and hash."""
    rows = await connection.fetch(
        "SELECT * FROM audit_entry WHERE sequence > $1 ORDER BY sequence LIMIT $2", sequence, limit
    )
    return [(row_of(row), row["digest"], row["hash"]) for row in rows]


async def rows_between(connection: Any, since: datetime | None, until: datetime | None) -> AsyncIterator[Row]:
    """For the owner: the entries of all tenants of that time, oldest first."""
    last = 0
    while rows := await connection.fetch(
        "SELECT * FROM audit_entry WHERE sequence > $1 AND ($2::timestamptz IS NULL OR recorded >= $2)"
        " AND ($3::timestamptz IS NULL OR recorded < $3) ORDER BY sequence LIMIT 5000",
        last,
        since,
        until,
    ):
        for row in rows:
            yield row_of(row)
        last = rows[-1]["sequence"]
