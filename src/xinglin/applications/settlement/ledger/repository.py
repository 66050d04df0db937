"""The tables of the ledger: added to and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .model import Entry


async def post(connection: Any, entry: Entry, at: datetime) -> bool:
    """Add ``entry`` in the caller's transaction; False where it is there already. The database refuses at the commit
    what does not sum to 0."""
    number = await connection.fetchval(
        """
        INSERT INTO ledger_entry (kind, key, invoice, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant, kind, key) DO NOTHING RETURNING id
        """,
        entry.kind,
        entry.key,
        entry.invoice,
        at,
    )
    if number is None:
        return False
    await connection.execute(
        "INSERT INTO ledger_line (entry, account, amount_fen) SELECT $1, * FROM unnest($2::text[], $3::bigint[])",
        number,
        list(entry.lines),
        list(entry.lines.values()),
    )
    return True


async def balances(connection: Any, invoices: Sequence[str] | None = None) -> dict[str, int]:
    """What each account holds in fen, of these invoices or of all; accounts without lines are left out."""
    rows = await connection.fetch(
        """
        SELECT account, sum(amount_fen)::bigint AS fen FROM ledger_line JOIN ledger_entry AS one
        ON one.tenant = ledger_line.tenant AND one.id = entry
        WHERE $1::text[] IS NULL OR invoice = ANY($1) GROUP BY account
        """,
        None if invoices is None else list(invoices),
    )
    return {row["account"]: row["fen"] for row in rows}


async def turnover(connection: Any, begin: datetime, end: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """How many entries of each (kind, account) there were in [begin, end), and what they sum to in fen."""
    rows = await connection.fetch(
        """
        SELECT kind, account, count(*) AS entries, sum(amount_fen)::bigint AS fen
        FROM ledger_entry AS one JOIN ledger_line ON ledger_line.tenant = one.tenant AND entry = one.id
        WHERE at >= $1 AND at < $2 GROUP BY kind, account
        """,
        begin,
        end,
    )
    return {(row["kind"], row["account"]): (row["entries"], row["fen"]) for row in rows}
