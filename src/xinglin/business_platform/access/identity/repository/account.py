"""The SQL of accounts, memberships and representations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xinglin.foundation.database import Connection

from ..model import Account, Membership, NewAccount, Representation

_ADMINISTRATION_LOCK = 7_291_004
_ACCOUNT = """
    SELECT a.id::text, a.kind, a.name, a.login, a.phone, a.practitioner, a.state, a.created_at,
        ARRAY(SELECT ARRAY[m.role, m.unit] FROM access_membership m WHERE m.account = a.id
            ORDER BY m.role, m.unit) AS memberships,
        EXISTS (SELECT FROM access_password p WHERE p.account = a.id) AS has_password,
        EXISTS (SELECT FROM access_totp t WHERE t.account = a.id AND t.confirmed_at IS NOT NULL) AS has_totp,
        (SELECT count(*) FROM access_passkey k WHERE k.account = a.id) AS passkeys
    FROM access_account a
    """


async def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction changes who is who: rules over several accounts hold only so."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADMINISTRATION_LOCK)


async def add(connection: Connection, id_: str, new: NewAccount, kind: str, by: str, now: datetime) -> bool:
    """False where the login or the phone is somebody else's."""
    status = await connection.execute(
        "INSERT INTO access_account (id, kind, name, login, phone, practitioner, state, created_at, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'invited', $7, $8) ON CONFLICT DO NOTHING",
        id_,
        kind,
        new.name,
        new.login,
        new.phone,
        new.practitioner,
        now,
        by,
    )
    return bool(status.endswith(" 1"))


async def get(connection: Connection, account: str) -> Account | None:
    row = await connection.fetchrow(f"{_ACCOUNT} WHERE a.id = $1", account)
    if row is None:
        return None
    acting = await connection.fetch(
        "SELECT patient, relation, since, until FROM access_representation WHERE account = $1"
        " ORDER BY relation <> 'self', patient",
        account,
    )
    return _account(row, tuple(Representation(**dict(each)) for each in acting))


async def by_login(connection: Connection, login: str) -> Account | None:
    row = await connection.fetchrow(f"{_ACCOUNT} WHERE a.login = $1", login)
    return None if row is None else _account(row)


async def by_phone(connection: Connection, phone: str) -> Account | None:
    row = await connection.fetchrow(f"{_ACCOUNT} WHERE a.phone = $1", phone)
    return None if row is None else _account(row)


async def listed(connection: Connection, query: str, limit: int) -> list[Account]:
    """Accounts whose name, login or phone holds ``query``; newest first."""
    rows = await connection.fetch(
        f"{_ACCOUNT} WHERE a.tenant = 1 AND ($1 = '' OR strpos(lower(a.name), $1) > 0"
        " OR strpos(coalesce(a.login, ''), $1) > 0 OR strpos(coalesce(a.phone, ''), $1) > 0)"
        " ORDER BY a.created_at DESC LIMIT $2",
        query.lower(),
        limit,
    )
    return [_account(row) for row in rows]


async def set_state(connection: Connection, account: str, state: str) -> None:
    await connection.execute("UPDATE access_account SET state = $2 WHERE id = $1", account, state)


async def activate(connection: Connection, account: str) -> None:
    """An invited account that can prove itself is active."""
    await connection.execute("UPDATE access_account SET state = 'active' WHERE id = $1 AND state = 'invited'", account)


async def set_memberships(connection: Connection, account: str, memberships: Sequence[Membership]) -> None:
    await connection.execute("DELETE FROM access_membership WHERE account = $1", account)
    await connection.execute(
        "INSERT INTO access_membership (account, role, unit) SELECT DISTINCT $1::uuid, role, unit"
        " FROM unnest($2::text[], $3::text[]) AS given (role, unit)",
        account,
        [each.role for each in memberships],
        [each.unit for each in memberships],
    )


async def active_holders(connection: Connection, role: str) -> int:
    """How many active accounts hold ``role``, the console's aside."""
    return int(
        await connection.fetchval(
            "SELECT count(DISTINCT a.id) FROM access_account a JOIN access_membership m ON m.account = a.id"
            " WHERE a.state = 'active' AND a.kind = 'user' AND m.role = $1",
            role,
        )
    )


async def add_representation(connection: Connection, account: str, new: Representation) -> bool:
    """False where the patient has an own account already, or this one acts for them."""
    status = await connection.execute(
        "INSERT INTO access_representation (account, patient, relation, since, until) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        account,
        new.patient,
        new.relation,
        new.since,
        new.until,
    )
    return bool(status.endswith(" 1"))


async def end_representation(connection: Connection, account: str, patient: str, now: datetime) -> bool:
    status = await connection.execute(
        "UPDATE access_representation SET until = $3"
        " WHERE account = $1 AND patient = $2 AND (until IS NULL OR until > $3)",
        account,
        patient,
        now,
    )
    return bool(status.endswith(" 1"))


async def represents(connection: Connection, patient: str, account: str, now: datetime) -> bool:
    """Whether the person who is ``patient`` acts, through whomever, for one whom ``account`` is."""
    return bool(
        await connection.fetchval(
            """
            WITH RECURSIVE reached (patient) AS (
                SELECT $1::text
                UNION
                SELECT acting.patient FROM reached
                    JOIN access_representation own ON own.patient = reached.patient AND own.relation = 'self'
                    JOIN access_representation acting ON acting.account = own.account AND acting.relation <> 'self'
                        AND (acting.until IS NULL OR acting.until > $3))
            SELECT EXISTS (SELECT FROM reached JOIN access_representation r USING (patient)
                WHERE r.account = $2 AND r.relation = 'self')
            """,
            patient,
            account,
            now,
        )
    )


async def remove_credentials(connection: Connection, account: str) -> None:
    for table in ("access_password", "access_passkey", "access_totp", "access_recovery_code"):
        await connection.execute(f"DELETE FROM {table} WHERE account = $1", account)  # noqa: S608 - constants only


def _account(row: Any, representations: tuple[Representation, ...] = ()) -> Account:
    memberships = tuple(Membership(*each) for each in row["memberships"])
    return Account(**{**dict(row), "memberships": memberships, "representations": representations})
