"""The ledger balances because the database refuses what does not."""

from __future__ import annotations

import asyncpg
import pytest
from till import Till

from xinglin.applications.settlement import ledger
from xinglin.foundation.database import Database, DatabaseSettings, open_database


async def _statement(database: Database, *statements: str) -> None:
    async with database.transaction() as connection:
        for one in statements:
            await connection.execute(one)


ENTRY = "INSERT INTO ledger_entry (kind, key, invoice, at) VALUES ('payment', '{0}', 'i', now())"
LINE = "INSERT INTO ledger_line (entry, account, amount_fen) SELECT id, '{1}', {2} FROM ledger_entry WHERE key = '{0}'"


async def test_an_entry_whose_lines_do_not_sum_to_nothing_is_refused_at_the_commit(till: Till) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="sum to 1, not to 0"):
        await _statement(
            till.database,
            ENTRY.format("odd"),
            LINE.format("odd", "online", 1001),
            LINE.format("odd", "receivable", -1000),
        )
    with pytest.raises(asyncpg.CheckViolationError, match="sum to nothing"):
        await _statement(till.database, ENTRY.format("empty"))
    async with till.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM ledger_entry WHERE key IN ('odd', 'empty')") == 0


async def test_what_is_written_is_not_added_to_changed_or_removed(
    till: Till, database_settings: DatabaseSettings
) -> None:
    visit = await till.visit()
    order = await till.paid(visit)
    with pytest.raises(asyncpg.CheckViolationError, match="is written"):
        await _statement(till.database, LINE.format(order.id, "cash", 5), LINE.format(order.id, "revenue", -5))
    for statement in ("UPDATE ledger_line SET amount_fen = 1", "DELETE FROM ledger_entry", "TRUNCATE ledger_line"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _statement(till.database, statement)
    owner = await asyncpg.connect(database_settings.owner_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="stays"):
            await owner.execute("DELETE FROM ledger_line")
    finally:
        await owner.close()
    assert (await till.balances(visit)) == {"online": 2500, "receivable": 0, "revenue": -2500}


async def test_the_same_thing_is_posted_once(till: Till) -> None:
    entry = ledger.paid("once", "an invoice", "cash", 700)
    for expected in (True, False):
        async with till.payments.working() as connection:
            assert await ledger.post(connection, entry, till.clock.now()) is expected
    async with till.payments.working() as connection:
        assert await ledger.balances(connection, ["an invoice"]) == {"cash": 700, "receivable": -700}


async def test_one_institution_does_not_see_the_money_of_another(
    till: Till, database_settings: DatabaseSettings
) -> None:
    await till.paid(await till.visit())
    import msgspec

    other = await open_database(msgspec.structs.replace(database_settings, tenant=7), role="test")
    try:
        async with other.connection() as connection:
            assert await ledger.balances(connection) == {}
            assert await connection.fetchval("SELECT count(*) FROM settlement_order") == 0
    finally:
        await other.close()
