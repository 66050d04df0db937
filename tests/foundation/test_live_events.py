"""What screens hear of the bus: everything from when they listen, and on asking the last seconds before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
from nats.aio.client import Client

from heard import heard
from xinglin.foundation.bus import BusSettings, Live, open_bus
from xinglin.foundation.bus.live import RECENT_SECONDS

_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Ear:
    """A process's ear, its time, and somebody who listens all along."""

    def __init__(self, client: Client) -> None:
        self.now = 100.0
        self.live = Live(client, lambda: self.now)
        self._client = client
        self._everything = self.live.listen()

    async def tell(self, *names: str) -> None:
        for name in names:
            event = heard("test", name, "Patient/1", _AT, {})
            await self._client.publish("event.test.told.now", msgspec.json.encode(event))
        for name in names:
            event = await asyncio.wait_for(anext(self._everything), 10)
            assert event is not None and event.name == name

    async def recent(self, upto: str) -> list[str | None]:
        """What somebody who comes now is told first, until they hear ``upto``."""
        found: list[str | None] = []
        async with aclosing(self.live.listen(recent=True)) as events:
            first = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0.05)
            await self.tell(upto)
            event = await asyncio.wait_for(first, 10)
            while event is None or event.name != upto:
                found.append(event.name if event else None)
                event = await asyncio.wait_for(anext(events), 10)
        return found

    async def close(self) -> None:
        await self._everything.aclose()


@asynccontextmanager
async def listening(bus: BusSettings) -> AsyncIterator[Ear]:
    client = await open_bus(bus, name="ear")
    ear = Ear(client)
    first = asyncio.ensure_future(anext(ear._everything))
    await asyncio.sleep(0.3)
    await client.publish("event.test.told.now", msgspec.json.encode(heard("test", "begun", "x", _AT, {})))
    await asyncio.wait_for(first, 10)
    try:
        yield ear
    finally:
        await ear.close()
        await client.close()


@pytest.fixture
async def ear(bus_settings: BusSettings) -> AsyncIterator[Ear]:
    async with listening(bus_settings) as one:
        yield one


async def test_the_last_seconds_are_repeated_and_what_is_older_is_not(ear: Ear) -> None:
    await ear.tell("old")
    ear.now += RECENT_SECONDS + 1
    await ear.tell("new", "newer")
    assert await ear.recent("now") == ["new", "newer"]


async def test_a_process_that_has_not_listened_long_enough_says_that_some_may_be_missing(ear: Ear) -> None:
    ear.now += 1
    await ear.tell("new")
    assert await ear.recent("now") == [None, "begun", "new"]


async def test_more_than_it_keeps_is_told_as_missing(ear: Ear) -> None:
    ear.now += RECENT_SECONDS + 1
    for batch in range(10):
        await ear.tell(*(f"{batch}.{number}" for number in range(101)))
    found = await ear.recent("now")
    assert found[0] is None and found[-1] == "9.100" and len(found) == 1000
