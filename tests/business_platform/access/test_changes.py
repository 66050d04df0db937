"""What changed about access is known in every process of a node before the next request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from xinglin.business_platform.access import Access, AccessSettings, Changes, make_access
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database, DatabaseSettings, open_database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(changes: Changes) -> AsyncIterator[asyncio.Task[None]]:
    """``changes`` as a web process runs them."""
    task = asyncio.create_task(changes.run())
    await until(lambda: changes.listening)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, XinglinError):
            await task


@pytest.fixture
async def elsewhere(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """The pool of another process."""
    pool = await open_database(database_settings, role="elsewhere")
    yield pool
    await pool.close()


def accesses(database: Database) -> tuple[Access, Changes]:
    changes = Changes(database)
    return make_access(database, SystemClock(), SystemIds(), AccessSettings(), changes), changes


async def test_a_session_revoked_in_one_process_is_shut_out_of_the_others_at_once(
    database: Database, elsewhere: Database
) -> None:
    here, _ = accesses(database)
    there, changes = accesses(elsewhere)
    async with listening(changes):
        session, issued = await here.sign_in((await here.make_link("lost phone", "device")).secret)
        assert await there.principal_of(issued.secret) is not None
        epoch = changes.epoch
        await here.revoke(session.id)
        await until(lambda: changes.epoch > epoch, 0.5)
        assert await there.principal_of(issued.secret) is None


async def test_nothing_is_remembered_while_nobody_listens(database: Database, elsewhere: Database) -> None:
    here, _ = accesses(database)
    there, changes = accesses(elsewhere)
    session, issued = await here.sign_in((await here.make_link("lost phone", "device")).secret)
    assert await there.principal_of(issued.secret) is not None
    await here.revoke(session.id)
    assert not changes.listening and await there.principal_of(issued.secret) is None


async def test_a_change_that_was_rolled_back_is_told_to_nobody(database: Database, elsewhere: Database) -> None:
    heard: list[str] = []
    changes = Changes(elsewhere)
    async with listening(changes):
        changes.subscribe(heard.append)
        with pytest.raises(RuntimeError):
            async with database.transaction() as connection:
                await changes.announce(connection, "policy")
                raise RuntimeError
        async with database.transaction() as connection:
            await changes.announce(connection, "account/1")
        await until(lambda: bool(heard))
    assert heard[0] == "account/1"


async def test_a_lost_connection_ends_remembering_until_it_is_back(
    database: Database, database_settings: DatabaseSettings
) -> None:
    heard: list[str] = []
    changes = Changes(database)
    async with listening(changes) as task:
        changes.subscribe(heard.append)
        owner = await asyncpg.connect(database_settings.url)
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'xinglin-listening' AND datname = current_database()"
        )
        await owner.close()
        await until(lambda: not changes.listening)
        assert heard == [""]
        with pytest.raises(XinglinError) as away:
            await task
    assert away.value.category is Category.UNAVAILABLE
    async with listening(changes):
        assert heard == ["", ""]
