"""The table of online visits: who asked for which, and how many messages each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class OnlineVisit:
    """One online visit; ``consent`` is the id of the Consent under which it is held."""

    encounter: str
    patient: str
    service: str
    account: str
    key: str
    consent: str
    asked_at: datetime
    messages: int
    closed_at: datetime | None


_COLUMNS = "encounter, patient, service, account, key, consent, asked_at, messages, closed_at"


async def add(connection: Any, one: OnlineVisit) -> bool:
    """Note a new visit; False where it is there."""
    return bool(
        await connection.fetchval(
            f"INSERT INTO online_visit ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608 - constants
            " ON CONFLICT DO NOTHING RETURNING true",
            one.encounter,
            one.patient,
            one.service,
            one.account,
            one.key,
            one.consent,
            one.asked_at,
            one.messages,
            one.closed_at,
        )
    )


async def lock_consent(connection: Any, consent: str) -> None:
    """Let one of several same requests at a time write the Consent, also before it is there."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('consent/' || current_setting('xinglin.tenant') || $1, 0))",
        consent,
    )


async def visit(connection: Any, encounter: str, *, lock: bool = False) -> OnlineVisit | None:
    """The visit; with ``lock`` others wait who want to write a message in it."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM online_visit WHERE encounter = $1{' FOR UPDATE' if lock else ''}",  # noqa: S608
        encounter,
    )
    return None if row is None else OnlineVisit(**row)


async def asked(connection: Any, account: str, key: str) -> OnlineVisit | None:
    """What this request has made."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM online_visit WHERE account = $1 AND key = $2",  # noqa: S608 - constants
        account,
        key,
    )
    return None if row is None else OnlineVisit(**row)


async def of_patients(connection: Any, patients: Sequence[str], since: datetime) -> list[OnlineVisit]:
    """The visits of these patients asked for since, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM online_visit WHERE patient = ANY($1::text[]) AND asked_at > $2"  # noqa: S608
        " ORDER BY asked_at DESC LIMIT 50",
        patients,
        since,
    )
    return [OnlineVisit(**row) for row in rows]


async def count(connection: Any, encounter: str) -> int:
    """One message more; its number."""
    return int(
        await connection.fetchval(
            "UPDATE online_visit SET messages = messages + 1 WHERE encounter = $1 RETURNING messages", encounter
        )
    )


async def overdue(connection: Any, before: datetime, most: int) -> list[OnlineVisit]:
    """Visits asked for before, which nobody has closed."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM online_visit WHERE closed_at IS NULL AND asked_at < $1"  # noqa: S608 - constants
        " ORDER BY asked_at LIMIT $2",
        before,
        most,
    )
    return [OnlineVisit(**row) for row in rows]


async def close(connection: Any, encounter: str, at: datetime) -> bool:
    """Note that the visit has ended; False where it had."""
    return bool(
        await connection.fetchval(
            "UPDATE online_visit SET closed_at = $2 WHERE encounter = $1 AND closed_at IS NULL RETURNING true",
            encounter,
            at,
        )
    )
