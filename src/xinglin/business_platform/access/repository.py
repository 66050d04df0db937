"""The room's SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from xinglin.foundation.database import Connection

from .model import Session

_COLUMNS = "id::text, name, kind, created_at, seen_at, expires_at"


async def add_link(
    connection: Connection, secret_hash: bytes, name: str, kind: str, now: datetime, expires_at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_link (secret_hash, name, kind, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        secret_hash,
        name,
        kind,
        now,
        expires_at,
    )


async def use_link(connection: Connection, secret_hash: bytes, now: datetime) -> tuple[str, str] | None:
    """Mark the link used and return its (name, kind); None when it is unknown, used or too old."""
    row = await connection.fetchrow(
        "UPDATE access_link SET used_at = $2 WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > $2"
        " RETURNING name, kind",
        secret_hash,
        now,
    )
    return None if row is None else (row["name"], row["kind"])


async def add_session(connection: Connection, session: Session, secret_hash: bytes) -> None:
    await connection.execute(
        "INSERT INTO access_session (id, secret_hash, name, kind, created_at, seen_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        session.id,
        secret_hash,
        session.name,
        session.kind,
        session.created_at,
        session.seen_at,
        session.expires_at,
    )


async def session_of(connection: Connection, secret_hash: bytes, now: datetime) -> Session | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM access_session"  # noqa: S608 - constants only
        " WHERE secret_hash = $1 AND revoked_at IS NULL AND expires_at > $2",
        secret_hash,
        now,
    )
    return None if row is None else _session(row)


async def touch(connection: Connection, session_id: str, now: datetime, at_most_every: timedelta) -> None:
    """Note that the session was seen, unless that was noted within ``at_most_every``."""
    await connection.execute(
        "UPDATE access_session SET seen_at = $2 WHERE id = $1 AND seen_at < $3",
        session_id,
        now,
        now - at_most_every,
    )


async def sessions(connection: Connection, now: datetime) -> list[Session]:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM access_session"  # noqa: S608 - constants only
        " WHERE revoked_at IS NULL AND expires_at > $1 ORDER BY created_at DESC",
        now,
    )
    return [_session(row) for row in rows]


async def revoke(connection: Connection, session_id: str, now: datetime) -> bool:
    status = await connection.execute(
        "UPDATE access_session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", session_id, now
    )
    return bool(status.endswith(" 1"))


async def notify(connection: Connection, channel: str, what: str) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", channel, what)


def _session(row: Any) -> Session:
    return Session(**dict(row))
