"""The tables of accounts and invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from .model import Charge, Invoice, State

_COLUMNS = "id, encounter, patient, place, state, lines, total_fen, made_at, paid_at"


async def lock(connection: Any, encounter: str) -> None:
    """Let one transaction at a time change what a visit costs and who pays it."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bill/' || current_setting('xinglin.tenant') || $1, 0))",
        encounter,
    )


async def open_account(connection: Any, encounter: str, patient: str, at: datetime) -> None:
    """Note that the visit is billed here; it follows its patient when records are merged."""
    await connection.execute(
        """
        INSERT INTO settlement_account (encounter, patient, opened_at) VALUES ($1, $2, $3)
        ON CONFLICT (tenant, encounter) DO UPDATE SET patient = EXCLUDED.patient
        WHERE settlement_account.patient <> EXCLUDED.patient
        """,
        encounter,
        patient,
        at,
    )


async def with_account(connection: Any, encounters: Sequence[str]) -> list[str]:
    """Which of these visits are billed here."""
    rows = await connection.fetch(
        "SELECT encounter FROM settlement_account WHERE encounter = ANY($1::text[]) ORDER BY encounter",
        list(encounters),
    )
    return [row["encounter"] for row in rows]


async def billed_patients(connection: Any, patients: Sequence[str]) -> set[str]:
    """Those of these patients of whom a visit is billed here."""
    rows = await connection.fetch(
        "SELECT DISTINCT patient FROM settlement_account WHERE patient = ANY($1::text[])", list(patients)
    )
    return {row["patient"] for row in rows}


async def accounts_of(connection: Any, patients: Sequence[str], limit: int = 200) -> list[str]:
    """The visits of these patients that are billed here, the newest first."""
    rows = await connection.fetch(
        """
        SELECT encounter FROM settlement_account WHERE patient = ANY($1::text[])
        ORDER BY opened_at DESC, encounter LIMIT $2
        """,
        list(patients),
        limit,
    )
    return [row["encounter"] for row in rows]


async def invoices(connection: Any, encounters: Sequence[str]) -> list[Invoice]:
    """Every invoice of these visits, by visit and place."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM settlement_invoice WHERE encounter = ANY($1::text[]) ORDER BY encounter, place",  # noqa: S608
        list(encounters),
    )
    return [_invoice(row) for row in rows]


async def invoice(connection: Any, id_: str) -> Invoice | None:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM settlement_invoice WHERE id = $1", id_)  # noqa: S608
    return None if row is None else _invoice(row)


async def by_ids(connection: Any, ids: Sequence[str]) -> dict[str, Invoice]:
    """The invoices of these ids."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM settlement_invoice WHERE id = ANY($1::text[])",  # noqa: S608
        list(ids),
    )
    return {row["id"]: _invoice(row) for row in rows}


async def put(connection: Any, one: Invoice) -> None:
    await connection.execute(
        """
        INSERT INTO settlement_invoice (id, encounter, patient, place, state, lines, total_fen, made_at, paid_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (tenant, id) DO UPDATE SET patient = EXCLUDED.patient, state = EXCLUDED.state,
            lines = EXCLUDED.lines, total_fen = EXCLUDED.total_fen, paid_at = EXCLUDED.paid_at
        """,
        one.id,
        one.encounter,
        one.patient,
        one.place,
        one.state,
        msgspec.json.encode(one.lines),
        one.total_fen,
        one.made_at,
        one.paid_at,
    )


async def waiting(connection: Any, limit: int = 200) -> list[Invoice]:
    """Invoices that are to be paid, the newest first."""
    states: tuple[State, ...] = ("draft", "issued")
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM settlement_invoice WHERE state = ANY($1::text[]) AND lines::text <> '[]'
        ORDER BY made_at DESC LIMIT $2""",  # noqa: S608
        list(states),
        limit,
    )
    return [_invoice(row) for row in rows]


def _invoice(row: Any) -> Invoice:
    return Invoice(**{**row, "lines": msgspec.json.decode(row["lines"], type=list[Charge])})
