"""The SQL of links, sessions and of whose a secret is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from xinglin.foundation.database import Connection

from .model import Opening, Session

_COLUMNS = "id::text, name, kind, account::text, created_at, seen_at, expires_at, methods, agent, client"
_OPEN = "revoked_at IS NULL AND expires_at > $1"


async def console_account(connection: Connection) -> str:
    return str(await connection.fetchval("SELECT id::text FROM access_account WHERE kind = 'console' AND tenant = 1"))


async def program_account(connection: Connection, id_: str, name: str, roles: Sequence[str], now: datetime) -> str:
    """The account of the program called ``name``, made as ``id_`` where there is none."""
    found = await connection.fetchval(
        "SELECT id::text FROM access_account WHERE kind = 'program' AND name = $1 AND state = 'active' LIMIT 1", name
    )
    if found is not None:
        return str(found)
    await connection.execute(
        "INSERT INTO access_account (id, kind, name, state, created_at, created_by)"
        " VALUES ($1, 'program', $2, 'active', $3, 'console')",
        id_,
        name,
        now,
    )
    await connection.execute(
        "INSERT INTO access_membership (account, role) SELECT $1, unnest($2::text[])", id_, list(roles)
    )
    return id_


async def add_link(
    connection: Connection, secret_hash: bytes, opening: Opening, now: datetime, expires_at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_link (secret_hash, name, kind, account, methods, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        secret_hash,
        opening.name,
        opening.kind,
        opening.account,
        list(opening.methods),
        now,
        expires_at,
    )


async def use_link(connection: Connection, secret_hash: bytes, now: datetime) -> Opening | None:
    """Mark the link used and return what it opens; None when it is unknown, used, too old, or its account
    suspended."""
    row = await connection.fetchrow(
        "UPDATE access_link l SET used_at = $2 FROM access_account a"
        " WHERE l.secret_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2"
        " AND a.id = l.account AND a.state <> 'suspended' RETURNING l.name, l.kind, l.account::text, l.methods",
        secret_hash,
        now,
    )
    return None if row is None else Opening(row["account"], row["name"], row["kind"], tuple(row["methods"]))


async def drop_invitations(connection: Connection, account: str) -> None:
    await connection.execute(
        "DELETE FROM access_link WHERE account = $1 AND kind = 'invitation' AND used_at IS NULL", account
    )


async def add_session(
    connection: Connection, id_: str, secret_hash: bytes | None, opening: Opening, now: datetime, expires_at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_session (id, secret_hash, name, kind, account, methods, agent, client, parent, scopes,"
        " patient, path, http_methods, created_at, seen_at, authenticated_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $14, $15)",
        id_,
        secret_hash,
        opening.name,
        opening.kind,
        opening.account,
        list(opening.methods),
        opening.agent,
        opening.client,
        opening.parent,
        None if opening.scopes is None else list(opening.scopes),
        opening.patient,
        opening.path,
        None if opening.http_methods is None else list(opening.http_methods),
        now,
        expires_at,
    )


async def prove_again(connection: Connection, session_id: str, methods: Sequence[str], now: datetime) -> None:
    await connection.execute(
        "UPDATE access_session SET authenticated_at = $2, methods = $3 WHERE id = $1", session_id, now, list(methods)
    )


async def bearer(
    connection: Connection, secret_hash: bytes, now: datetime, separated: Sequence[str]
) -> dict[str, Any] | None:
    """The open session that a secret or an OAuth access token belongs to, with all that is known of its account.

    ``taken`` are the ``separated`` roles that active accounts hold, where the session is the console's."""
    row = await connection.fetchrow(
        """
        SELECT s.id::text AS session_id, s.name AS session_name, s.kind, s.seen_at, s.methods, s.authenticated_at,
            coalesce(t.scopes, s.scopes) AS scopes, s.patient, s.path, s.http_methods,
            a.id::text AS account, a.kind AS account_kind, a.name, a.tenant, a.practitioner, a.state,
            ARRAY(SELECT DISTINCT m.role FROM access_membership m WHERE m.account = a.id) AS roles,
            ARRAY(SELECT DISTINCT m.unit FROM access_membership m WHERE m.account = a.id AND m.unit <> '') AS units,
            ARRAY(SELECT r.patient FROM access_representation r
                WHERE r.account = a.id AND r.since <= $2 AND (r.until IS NULL OR r.until > $2)
                ORDER BY r.relation <> 'self', r.patient) AS patients,
            CASE WHEN a.kind = 'console' THEN
                ARRAY(SELECT DISTINCT m.role FROM access_membership m JOIN access_account o ON o.id = m.account
                    WHERE o.state = 'active' AND o.tenant = a.tenant AND m.role = ANY($3)) END AS taken
        FROM (SELECT id, NULL::text[] AS scopes FROM access_session WHERE secret_hash = $1
                UNION ALL
                SELECT session, scopes FROM access_token
                WHERE secret_hash = $1 AND kind = 'access' AND expires_at > $2) t
            JOIN access_session s ON s.id = t.id JOIN access_account a ON a.id = s.account
        WHERE s.revoked_at IS NULL AND s.expires_at > $2 AND a.state <> 'suspended'
            AND (s.parent IS NULL OR EXISTS (
                SELECT FROM access_session p WHERE p.id = s.parent AND p.revoked_at IS NULL AND p.expires_at > $2))
        """,
        secret_hash,
        now,
        list(separated),
    )
    return None if row is None else dict(row)


async def touch(connection: Connection, session_id: str, now: datetime, at_most_every: timedelta) -> None:
    """Note that the session was seen, unless that was noted within ``at_most_every``."""
    await connection.execute(
        "UPDATE access_session SET seen_at = $2 WHERE id = $1 AND seen_at < $3",
        session_id,
        now,
        now - at_most_every,
    )


async def sessions(connection: Connection, now: datetime, account: str | None) -> list[Session]:
    """The open sessions of ``account``, or all where it is None; newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM access_session"  # noqa: S608 - constants only
        f" WHERE {_OPEN} AND ($2::uuid IS NULL OR account = $2) ORDER BY created_at DESC",
        now,
        account,
    )
    return [_session(row) for row in rows]


async def session(connection: Connection, session_id: str, now: datetime) -> Session | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM access_session WHERE {_OPEN} AND id = $2",  # noqa: S608 - constants only
        now,
        session_id,
    )
    return None if row is None else _session(row)


async def proof(connection: Connection, session_id: str) -> tuple[datetime, list[str]]:
    """When, and by what, whoever uses the session proved themselves."""
    row = await connection.fetchrow("SELECT authenticated_at, methods FROM access_session WHERE id = $1", session_id)
    return row["authenticated_at"], list(row["methods"])


async def revoke(connection: Connection, session_id: str, now: datetime) -> bool:
    status = await connection.execute(
        "UPDATE access_session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", session_id, now
    )
    return bool(status.endswith(" 1"))


async def revoke_all(connection: Connection, account: str, but: str | None, now: datetime) -> int:
    """End every session of ``account`` except ``but``; how many there were."""
    status = await connection.execute(
        "UPDATE access_session SET revoked_at = $3"
        " WHERE account = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL AND expires_at > $3",
        account,
        but,
        now,
    )
    return int(status.rsplit(" ", 1)[1])


async def notify(connection: Connection, channel: str, what: str) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", channel, what)


def _session(row: Any) -> Session:
    return Session(**{**dict(row), "methods": tuple(row["methods"])})
