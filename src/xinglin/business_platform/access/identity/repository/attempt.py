"""The SQL of attempts that are slowed down and of what may be used once."""

from __future__ import annotations

from datetime import datetime, timedelta

from xinglin.foundation.database import Connection


async def begin(
    connection: Connection, subject: bytes, free: int, longest: timedelta, forgotten: timedelta, now: datetime
) -> datetime | None:
    """Count an attempt before it is judged. None where it may be, else when the next may be.

    After ``free`` failures each further one doubles the wait, from a second to ``longest``; after ``forgotten`` without
    any, all begins anew."""
    counted = await connection.fetchval(
        """
        INSERT INTO access_attempt AS a (subject, failures, last_at, blocked_until) VALUES ($1, 1, $2, $2)
        ON CONFLICT (subject) DO UPDATE SET last_at = $2,
            failures = CASE WHEN a.last_at < $2 - $5::interval THEN 1 ELSE a.failures + 1 END,
            blocked_until = CASE WHEN a.last_at >= $2 - $5::interval AND a.failures >= $3
                THEN $2 + least($4::interval, interval '1 second' * power(2, least(a.failures - $3, 30)))
                ELSE $2 END
        WHERE a.blocked_until <= $2
        RETURNING failures
        """,
        subject,
        now,
        free,
        longest,
        forgotten,
    )
    if counted is not None:
        return None
    blocked: datetime = await connection.fetchval(
        "SELECT blocked_until FROM access_attempt WHERE subject = $1", subject
    )
    return blocked


async def forgive(connection: Connection, subject: bytes) -> None:
    await connection.execute("DELETE FROM access_attempt WHERE subject = $1", subject)


async def forgive_one(connection: Connection, subject: bytes, now: datetime) -> None:
    await connection.execute(
        "UPDATE access_attempt SET failures = greatest(failures - 1, 0), blocked_until = $2 WHERE subject = $1",
        subject,
        now,
    )


async def spend(connection: Connection, hash_: bytes, expires_at: datetime, now: datetime) -> bool:
    """Use what may be used once; False where it was before. What is too old to be used is forgotten."""
    await connection.execute("DELETE FROM access_spent WHERE expires_at < $1", now)
    status = await connection.execute(
        "INSERT INTO access_spent (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", hash_, expires_at
    )
    return bool(status.endswith(" 1"))
