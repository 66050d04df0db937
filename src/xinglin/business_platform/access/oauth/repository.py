"""The SQL of clients, launches, codes, tokens and signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from xinglin.foundation.database import Connection

from ..secret import is_uuid
from .model import Client, Code, Launch, Token

_SIGNING_LOCK = 7_291_005
_CLIENT = (
    "SELECT id, name, kind, redirect_uris, launch_uri, scopes, jwks, account::text, created_at FROM access_client"
    " WHERE ended_at IS NULL"
)


async def add_client(connection: Connection, new: Client, by: str) -> None:
    await connection.execute(
        "INSERT INTO access_client (id, name, kind, redirect_uris, launch_uri, scopes, jwks, account, created_at,"
        " created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.name,
        new.kind,
        list(new.redirect_uris),
        new.launch_uri,
        list(new.scopes),
        None if new.jwks is None else orjson.dumps(new.jwks),
        new.account,
        new.created_at,
        by,
    )


async def client(connection: Connection, id_: str) -> Client | None:
    row = await connection.fetchrow(f"{_CLIENT} AND id = $1", id_) if is_uuid(id_) else None
    return None if row is None else _client(row)


async def clients(connection: Connection) -> list[Client]:
    return [_client(row) for row in await connection.fetch(f"{_CLIENT} ORDER BY created_at DESC")]


async def end_client(connection: Connection, id_: str, now: datetime) -> bool:
    """End the client and every session that it holds."""
    status = await connection.execute(
        "UPDATE access_client SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", id_, now
    )
    await connection.execute(
        "UPDATE access_session SET revoked_at = $2 WHERE client = $1 AND revoked_at IS NULL", id_, now
    )
    return bool(status.endswith(" 1"))


async def add_program(connection: Connection, id_: str, name: str, role: str, now: datetime, by: str) -> None:
    await connection.execute(
        "INSERT INTO access_account (id, kind, name, state, created_at, created_by)"
        " VALUES ($1, 'program', $2, 'active', $3, $4)",
        id_,
        name,
        now,
        by,
    )
    await connection.execute("INSERT INTO access_membership (account, role) VALUES ($1, $2)", id_, role)


async def add_launch(
    connection: Connection, hash_: bytes, account: str, client: str, launch: Launch, expires_at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_launch (secret_hash, account, client, patient, encounter, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        hash_,
        account,
        client,
        launch.patient,
        launch.encounter,
        expires_at,
    )


async def launch(connection: Connection, hash_: bytes, account: str, client: str, now: datetime) -> Launch | None:
    row = await connection.fetchrow(
        "SELECT patient, encounter FROM access_launch"
        " WHERE secret_hash = $1 AND account = $2 AND client = $3 AND expires_at > $4",
        hash_,
        account,
        client,
        now,
    )
    return None if row is None else Launch(row["patient"], row["encounter"])


async def end_launch(connection: Connection, hash_: bytes, now: datetime) -> None:
    await connection.execute("DELETE FROM access_launch WHERE secret_hash = $1 OR expires_at < $2", hash_, now)


async def add_code(connection: Connection, new: Code) -> None:
    await connection.execute(
        "INSERT INTO access_code (secret_hash, client, account, parent, redirect_uri, challenge, scopes, patient,"
        " encounter, nonce, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.hash,
        new.client,
        new.account,
        new.parent,
        new.redirect_uri,
        new.challenge,
        list(new.scopes),
        new.patient,
        new.encounter,
        new.nonce,
        new.expires_at,
    )


async def code(connection: Connection, hash_: bytes) -> Code | None:
    """The code, held against others until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT secret_hash AS hash, client, account::text, parent::text, redirect_uri, challenge, scopes, patient,"
        " encounter, nonce, expires_at, used_at, session::text FROM access_code WHERE secret_hash = $1 FOR UPDATE",
        hash_,
    )
    return None if row is None else Code(**{**dict(row), "scopes": tuple(row["scopes"])})


async def use_code(connection: Connection, hash_: bytes, session: str | None, now: datetime) -> None:
    await connection.execute(
        "UPDATE access_code SET used_at = $3, session = $2 WHERE secret_hash = $1", hash_, session, now
    )


async def add_token(
    connection: Connection, hash_: bytes, session: str, kind: str, scopes: Sequence[str], expires_at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_token (secret_hash, session, kind, scopes, expires_at) VALUES ($1, $2, $3, $4, $5)",
        hash_,
        session,
        kind,
        list(scopes),
        expires_at,
    )


async def token(connection: Connection, hash_: bytes, now: datetime) -> Token | None:
    """The token, held against others until the transaction ends; ``open`` tells whether its session is."""
    row = await connection.fetchrow(
        """
        SELECT t.secret_hash AS hash, t.kind, t.session::text, s.client, s.account::text, a.state AS account_state,
            t.scopes, coalesce(s.scopes, '{}') AS session_scopes, s.patient, t.expires_at, t.used_at,
            s.revoked_at IS NULL AND s.expires_at > $2 AND (p.id IS NULL OR p.revoked_at IS NULL AND p.expires_at > $2)
                AS open
        FROM access_token t JOIN access_session s ON s.id = t.session JOIN access_account a ON a.id = s.account
            LEFT JOIN access_session p ON p.id = s.parent
        WHERE t.secret_hash = $1 FOR UPDATE OF t
        """,
        hash_,
        now,
    )
    if row is None:
        return None
    return Token(**{**dict(row), "scopes": tuple(row["scopes"]), "session_scopes": tuple(row["session_scopes"])})


async def use_token(connection: Connection, hash_: bytes, now: datetime) -> None:
    await connection.execute("UPDATE access_token SET used_at = $2 WHERE secret_hash = $1", hash_, now)


async def end_access_tokens(connection: Connection, session: str, now: datetime) -> None:
    """What was given before a refresh ends with it, and what is long over is forgotten."""
    await connection.execute("DELETE FROM access_token WHERE session = $1 AND kind = 'access'", session)
    await connection.execute("DELETE FROM access_code WHERE expires_at < $1::timestamptz - interval '1 day'", now)


async def signing_keys_one_at_a_time(connection: Connection) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _SIGNING_LOCK)


async def signing_keys(connection: Connection, since: datetime) -> list[tuple[str, bytes, dict[str, Any]]]:
    """Key id, sealed private key and public key, of those made after ``since``; newest first."""
    rows = await connection.fetch(
        "SELECT kid, sealed, public FROM access_signing_key WHERE created_at > $1 ORDER BY created_at DESC", since
    )
    return [(row["kid"], row["sealed"], orjson.loads(row["public"])) for row in rows]


async def add_signing_key(
    connection: Connection, kid: str, sealed: bytes, public: dict[str, Any], now: datetime
) -> None:
    await connection.execute(
        "INSERT INTO access_signing_key (kid, sealed, public, created_at) VALUES ($1, $2, $3, $4)",
        kid,
        sealed,
        orjson.dumps(public),
        now,
    )


def _client(row: Any) -> Client:
    jwks = None if row["jwks"] is None else orjson.loads(row["jwks"])
    return Client(
        **{**dict(row), "redirect_uris": tuple(row["redirect_uris"]), "scopes": tuple(row["scopes"]), "jwks": jwks}
    )
