"""The truth: migrations under one lock, failures spoken plainly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import msgspec
import pytest

from xinglin.foundation.database import Database, DatabaseSettings, is_current, migrate, open_database, pending
from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.assembly import MIGRATIONS


async def test_migrating_twice_changes_nothing(database_settings: DatabaseSettings) -> None:
    assert await asyncio.to_thread(migrate, database_settings.owner_url, MIGRATIONS) == []
    assert await asyncio.to_thread(pending, database_settings.owner_url, MIGRATIONS) == []


async def test_a_current_schema_is_told_from_an_old_and_an_empty_one(database_settings: DatabaseSettings) -> None:
    assert await is_current(database_settings.owner_url, MIGRATIONS)
    owner = await asyncpg.connect(database_settings.owner_url)
    (newest,) = await owner.fetchrow("DELETE FROM schema_revision WHERE version_num LIKE 'bus%' RETURNING version_num")
    try:
        assert not await is_current(database_settings.owner_url, MIGRATIONS)
    finally:
        await owner.execute("INSERT INTO schema_revision VALUES ($1)", newest)
        await owner.close()


async def test_a_database_of_a_newer_release_is_left_alone(database_settings: DatabaseSettings) -> None:
    owner = await asyncpg.connect(database_settings.owner_url)
    await owner.execute("INSERT INTO schema_revision VALUES ('store_9999')")
    try:
        with pytest.raises(XinglinError) as refused:
            await asyncio.to_thread(migrate, database_settings.owner_url, MIGRATIONS)
    finally:
        await owner.execute("DELETE FROM schema_revision WHERE version_num = 'store_9999'")
        await owner.close()
    assert refused.value.category is Category.CONFLICT
    assert "store_9999" in refused.value.english


async def test_the_nodes_own_role_owns_nothing_and_cannot_change_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DROP TABLE event")


async def test_a_statement_that_takes_too_long_is_stopped_with_advice(database_settings: DatabaseSettings) -> None:
    impatient = DatabaseSettings(url=database_settings.url, statement_timeout_seconds=0.2)
    database = await open_database(impatient, role="impatient")
    with pytest.raises(XinglinError) as stopped:
        async with database.connection() as connection:
            await connection.execute("SELECT pg_sleep(5)")
    await database.close()
    assert stopped.value.category is Category.UNAVAILABLE
    assert stopped.value.retry_after_seconds is not None


async def test_a_server_that_is_away_is_said_to_be_away() -> None:
    database = await open_database(DatabaseSettings(url="postgresql://nobody@127.0.0.1:1/none"), role="lost")
    with pytest.raises(XinglinError) as away:
        async with database.connection():
            pass
    assert away.value.category is Category.UNAVAILABLE


async def test_while_the_disk_has_less_than_its_reserve_writes_are_refused_and_reads_are_not(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    cramped = msgspec.structs.replace(database_settings, folder=str(tmp_path), disk_reserve_mib=2**40)
    database = await open_database(cramped, role="cramped")
    for writing in (database.transaction, database.writing):
        with pytest.raises(XinglinError) as refused:
            async with writing():
                raise AssertionError("the block must not begin")
        assert refused.value.category is Category.STORAGE_FULL
        assert refused.value.retry_after_seconds is not None
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await database.close()
