"""The SQL of passwords, passkeys, second factors, recovery and phone codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xinglin.foundation.database import Connection

from ..model import Passkey, Totp


async def password_hash(connection: Connection, account: str) -> str | None:
    found = await connection.fetchval("SELECT hash FROM access_password WHERE account = $1", account)
    return None if found is None else str(found)


async def set_password(connection: Connection, account: str, hash_: str, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO access_password (account, hash, changed_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
        account,
        hash_,
        now,
    )


async def add_passkey(connection: Connection, new: Passkey) -> bool:
    """False where the credential is known already."""
    status = await connection.execute(
        "INSERT INTO access_passkey (id, account, name, public_key, sign_count, synced, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        new.id,
        new.account,
        new.name,
        new.public_key,
        new.sign_count,
        new.synced,
        new.created_at,
    )
    return bool(status.endswith(" 1"))


_PASSKEY = "SELECT id, account::text, name, public_key, sign_count, synced, created_at, used_at FROM access_passkey"


async def passkey(connection: Connection, id_: bytes) -> Passkey | None:
    """The passkey, held against others until the transaction ends."""
    row = await connection.fetchrow(f"{_PASSKEY} WHERE id = $1 FOR UPDATE", id_)
    return None if row is None else Passkey(**dict(row))


async def passkeys(connection: Connection, account: str) -> list[Passkey]:
    rows = await connection.fetch(f"{_PASSKEY} WHERE account = $1 ORDER BY created_at", account)
    return [Passkey(**dict(row)) for row in rows]


async def used_passkey(connection: Connection, id_: bytes, sign_count: int, now: datetime) -> None:
    await connection.execute(
        "UPDATE access_passkey SET sign_count = $2, used_at = $3 WHERE id = $1", id_, sign_count, now
    )


async def remove_passkey(connection: Connection, account: str, id_: bytes) -> bool:
    status = await connection.execute("DELETE FROM access_passkey WHERE account = $1 AND id = $2", account, id_)
    return bool(status.endswith(" 1"))


async def ways_in(connection: Connection, account: str) -> int:
    """By how many passkeys and passwords the account can be entered."""
    return int(
        await connection.fetchval(
            "SELECT (SELECT count(*) FROM access_passkey WHERE account = $1)"
            " + (SELECT count(*) FROM access_password WHERE account = $1)"
            " + (SELECT count(phone) FROM access_account WHERE id = $1)",
            account,
        )
    )


async def totp(connection: Connection, account: str) -> Totp | None:
    row = await connection.fetchrow(
        "SELECT sealed, confirmed_at IS NOT NULL AS confirmed, last_step FROM access_totp WHERE account = $1", account
    )
    return None if row is None else Totp(**dict(row))


async def propose_totp(connection: Connection, account: str, sealed: bytes) -> bool:
    """False where a confirmed one stands."""
    status = await connection.execute(
        "INSERT INTO access_totp (account, sealed) VALUES ($1, $2)"
        " ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, last_step = 0"
        " WHERE access_totp.confirmed_at IS NULL",
        account,
        sealed,
    )
    return bool(status.endswith(" 1"))


async def spend_totp(connection: Connection, account: str, step: int, now: datetime) -> bool:
    """Note that the code of ``step`` was used; False where it, or a later one, was before."""
    status = await connection.execute(
        "UPDATE access_totp SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3)"
        " WHERE account = $1 AND last_step < $2",
        account,
        step,
        now,
    )
    return bool(status.endswith(" 1"))


async def remove_totp(connection: Connection, account: str) -> None:
    await connection.execute("DELETE FROM access_totp WHERE account = $1", account)
    await connection.execute("DELETE FROM access_recovery_code WHERE account = $1", account)


async def set_recovery_codes(connection: Connection, account: str, hashes: Sequence[bytes]) -> None:
    await connection.execute("DELETE FROM access_recovery_code WHERE account = $1", account)
    await connection.execute(
        "INSERT INTO access_recovery_code (account, hash) SELECT $1, unnest($2::bytea[])", account, list(hashes)
    )


async def spend_recovery_code(connection: Connection, account: str, hash_: bytes, now: datetime) -> bool:
    status = await connection.execute(
        "UPDATE access_recovery_code SET used_at = $3 WHERE account = $1 AND hash = $2 AND used_at IS NULL",
        account,
        hash_,
        now,
    )
    return bool(status.endswith(" 1"))


async def set_phone_code(connection: Connection, phone: str, hash_: bytes, expires_at: datetime) -> None:
    await connection.execute(
        "INSERT INTO access_phone_code (phone, hash, expires_at, tries) VALUES ($1, $2, $3, 0)"
        " ON CONFLICT (phone) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at, tries = 0",
        phone,
        hash_,
        expires_at,
    )


async def try_phone_code(connection: Connection, phone: str, tries: int, now: datetime) -> bytes | None:
    """Count one try; the hash of the code that is waited for, None where none is or ``tries`` are used up."""
    found = await connection.fetchval(
        "UPDATE access_phone_code SET tries = tries + 1 WHERE phone = $1 AND tries < $2 AND expires_at > $3"
        " RETURNING hash",
        phone,
        tries,
        now,
    )
    return None if found is None else bytes(found)


async def remove_phone_code(connection: Connection, phone: str) -> None:
    await connection.execute("DELETE FROM access_phone_code WHERE phone = $1", phone)
