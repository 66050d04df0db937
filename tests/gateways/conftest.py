"""A gateway on real servers: inbox and store on a fresh database, the door on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from tests.gateways.hl7v2.wire import Wire

from xinglin.data_platform import store as store_room
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database, DatabaseSettings, migrate, open_database
from xinglin.foundation.ids import SystemIds
from xinglin.gateways import hl7v2
from xinglin.gateways.hl7v2.consumer import Consumer
from xinglin.gateways.hl7v2.intake import Intake
from xinglin.gateways.hl7v2.listener import Listener
from xinglin.gateways.hl7v2.outcome import OutcomeWatch
from xinglin.gateways.hl7v2.refusal import RefusalBook
from xinglin.gateways.hl7v2.service import MessageDesk
from xinglin.gateways.hl7v2.settings import Hl7v2Settings
from xinglin.server.assembly import MIGRATIONS


@dataclass(slots=True)
class Gateway:
    """A running gateway: connect with ``wire``, work the inbox off with ``settle``."""

    database: Database
    store: store_room.Store
    settings: Hl7v2Settings
    intake: Intake
    listener: Listener
    consumer: Consumer
    desk: MessageDesk
    book: RefusalBook
    port: int

    async def wire(self) -> Wire:
        return await Wire.open(self.port)

    async def settle(self) -> None:
        await self.consumer.drain()

    async def take(self, *messages: bytes) -> list[str]:
        """Send messages one by one, work them off, and return their acknowledgement codes."""
        wire = await self.wire()
        codes = [(await wire.ask(message)).code for message in messages]
        await wire.close()
        await self.settle()
        return codes

    async def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def of_type(self, type_: str) -> list[dict[str, object]]:
        """All current resources of a type, read the way the store reads them."""
        async with self.database.connection() as connection:
            ids = await connection.fetch(
                "SELECT DISTINCT c->>0 AS type, c->>1 AS id FROM hl7_message,"
                " json_array_elements(produced) AS c WHERE c->>0 = $1",
                type_,
            )
            found = await self.store.fetch(connection, [(row["type"], row["id"]) for row in ids])
        return list(found.values())

    async def one(self, type_: str) -> dict[str, object]:
        found = await self.of_type(type_)
        assert len(found) == 1, f"{len(found)} resources of type {type_}"
        return found[0]


@pytest.fixture
async def gateway_settings() -> Hl7v2Settings:
    return Hl7v2Settings(port=0, zone="Asia/Shanghai")


@pytest.fixture(scope="session")
async def gateway_url(new_database: Callable[[], Awaitable[DatabaseSettings]]) -> str:
    """A database with the rooms that the gateway rests on, made once; the node's own role."""
    settings = await new_database()
    rooms = {each.room: each for each in (*MIGRATIONS, store_room.MIGRATIONS, hl7v2.MIGRATIONS)}
    await asyncio.to_thread(migrate, settings.owner_url, list(rooms.values()))
    return settings.url


@pytest.fixture(scope="session")
async def gateway_server(gateway_url: str) -> AsyncIterator[Database]:
    """A pool on that database."""
    database = await open_database(DatabaseSettings(url=gateway_url), role="test")
    yield database
    await database.close()


@pytest.fixture
async def gateway_database(gateway_server: Database) -> Database:
    """That database, emptied but for what nobody may delete: the audit trail."""
    async with gateway_server.transaction() as connection:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND has_table_privilege(oid, 'DELETE')"
        )
        for table in {row["relname"] for row in tables} - {
            "schema_revision",
            "hl7_announced",
            "bus_log",
            "store_index",
            "search_revision",
        }:
            await connection.execute(f'DELETE FROM "{table}"')
    return gateway_server


@pytest.fixture
async def gateway(gateway_database: Database, gateway_settings: Hl7v2Settings) -> AsyncIterator[Gateway]:
    """The gateway's door is open; nothing works the inbox off until ``settle`` is called."""
    clock, ids = SystemClock(), SystemIds()
    store = store_room.Store(clock, ids)
    intake = Intake(gateway_database, clock, ids)
    outcomes = OutcomeWatch(gateway_database)
    book = RefusalBook(gateway_database)
    listener = Listener(gateway_settings, intake, outcomes, book, clock)
    bound = socket.create_server(("127.0.0.1", 0))
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(listener.run(bound))]
    yield Gateway(
        gateway_database,
        store,
        gateway_settings,
        intake,
        listener,
        Consumer(gateway_database, store, gateway_settings, clock, ids),
        MessageDesk(gateway_database, gateway_settings, clock),
        book,
        bound.getsockname()[1],
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    bound.close()
