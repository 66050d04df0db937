"""What a room says happened reaches every subscriber once and in order, whatever becomes of the bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client

from xinglin.foundation.bus import (
    STREAM,
    BusSettings,
    Event,
    NewEvent,
    Passing,
    Publisher,
    Subscriber,
    Subscription,
    append,
    backlog,
    open_bus,
    subject_of,
)
from xinglin.foundation.bus.outbox import mark_published, next_to_publish
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

NODE = "cn.sh.test"


def said(key: str, number: int, room: str = "store") -> NewEvent:
    return NewEvent(
        id=SystemIds().new(),
        room=room,
        name="resource.changed",
        key=key,
        occurred_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        body={"number": number},
    )


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(work()) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def collector(into: list[Event]) -> Callable[[Any, Sequence[Event]], Awaitable[None]]:
    async def handle(connection: Any, events: Sequence[Event]) -> None:
        into.extend(events)

    return handle


async def test_the_subject_puts_fixed_tokens_first_and_the_nodes_path_last() -> None:
    assert subject_of("scheduling", "appointment.booked", "cn.sh.qingpu") == (
        "event.scheduling.appointment_booked.cn.sh.qingpu"
    )


async def test_events_of_one_patient_arrive_in_order_and_are_numbered_without_gaps(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    heard: list[Event] = []
    subscription = Subscription("in_order", ("event.in_order.>",), collector(heard))
    publisher = Publisher(database, bus, bus_settings, NODE)
    async with running(publisher.run):
        for start in range(0, 60, 6):
            async with database.transaction() as connection:
                await append(connection, [said(f"Patient/{n % 3}", n, "in_order") for n in range(start, start + 6)])
        async with running(Subscriber(database, bus, subscription).run):
            await until(lambda: len(heard) >= 60)
    for patient in range(3):
        mine = [event for event in heard if event.key == f"Patient/{patient}"]
        assert [event.sequence for event in mine] == list(range(1, 21))
        assert [event.body["number"] for event in mine] == list(range(patient, 60, 3))
        assert {event.node for event in mine} == {NODE}


async def test_what_was_rolled_back_was_never_said(database: Database) -> None:
    async with database.connection() as connection:
        before = await backlog(connection)
    with suppress(RuntimeError):
        async with database.transaction() as connection:
            await append(connection, [said("Patient/rolled-back", 1)])
            raise RuntimeError
    async with database.connection() as connection:
        assert await backlog(connection) == before


async def test_a_deleted_stream_is_rebuilt_and_nothing_has_a_second_effect(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    heard: list[Event] = []
    subscription = Subscription("rebuilt", ("event.rebuilt.>",), collector(heard))
    publisher = Publisher(database, bus, bus_settings, NODE)
    async with running(publisher.run):
        async with database.transaction() as connection:
            await append(connection, [said("Patient/a", n, "rebuilt") for n in range(20)])
        async with running(Subscriber(database, bus, subscription).run):
            await until(lambda: len(heard) >= 20)
    await bus.jetstream().delete_stream(STREAM)
    async with running(publisher.run):
        async with database.transaction() as connection:
            await append(connection, [said("Patient/a", n, "rebuilt") for n in range(20, 40)])
        await until_stream_holds(bus, 40)
        async with running(Subscriber(database, bus, subscription).run):
            await until(lambda: len(heard) >= 40)
            await asyncio.sleep(0.3)
    assert [event.body["number"] for event in heard] == list(range(40))


async def test_events_published_but_not_noted_before_a_kill_are_sent_again_without_a_second_copy(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    publisher = Publisher(database, bus, bus_settings, NODE)
    async with database.transaction() as connection:
        await append(connection, [said("Patient/k", n, "again") for n in range(30)])
    async with running(publisher.run):
        await until_published(database)
    held = (await bus.jetstream().stream_info(STREAM)).state.messages
    async with database.connection() as connection:
        await connection.execute("UPDATE bus_log SET published = 0")
        await append(connection, [said("Patient/k", n, "again") for n in range(30, 40)])
    async with running(publisher.run):
        await until_published(database)
    assert (await bus.jetstream().stream_info(STREAM)).state.messages == held + 10


async def until_published(database: Database) -> None:
    async with asyncio.timeout(20):
        while True:
            async with database.connection() as connection:
                if await backlog(connection) == 0:
                    return
            await asyncio.sleep(0.05)


async def until_stream_holds(bus: Client, messages: int) -> None:
    async with asyncio.timeout(20):
        while True:
            with suppress(Exception):
                if (await bus.jetstream().stream_info(STREAM)).state.messages >= messages:
                    return
            await asyncio.sleep(0.05)


async def test_an_event_that_cannot_be_applied_is_put_aside_and_holds_nobody_up(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    applied: list[int] = []

    async def handle(connection: Any, events: Sequence[Event]) -> None:
        if any(event.body["number"] == 3 for event in events):
            raise ValueError("number three is poison")
        applied.extend(event.body["number"] for event in events)

    subscription = Subscription("poisoned", ("event.poisoned.>",), handle)
    publisher = Publisher(database, bus, bus_settings, NODE)
    async with running(publisher.run):
        async with database.transaction() as connection:
            await append(connection, [said("Patient/p", n, "poisoned") for n in range(6)])
        async with running(Subscriber(database, bus, subscription).run):
            await until(lambda: len(applied) >= 5)
    assert applied == [0, 1, 2, 4, 5]
    async with database.connection() as connection:
        reason = await connection.fetchval("SELECT reason FROM event_refused WHERE subscriber = 'poisoned'")
    assert "number three is poison" in reason


async def test_writers_of_one_patient_wait_neither_for_one_another_nor_for_the_publisher(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    async with database.transaction() as slow:
        await append(slow, [said("Patient/x", 1, "at_once"), said("Patient/y", 1, "at_once")])
        async with asyncio.timeout(5), database.transaction() as quick:
            await append(quick, [said("Patient/y", 2, "at_once"), said("Patient/x", 2, "at_once")])
        async with running(Publisher(database, bus, bus_settings, NODE).run):
            await until_published(database)
    async with running(Publisher(database, bus, bus_settings, NODE).run):
        await until_published(database)
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT sequence FROM event WHERE room = 'at_once' AND ordering_key = 'Patient/x' ORDER BY publish_position"
        )
    assert [row["sequence"] for row in rows] == [1, 2]


async def test_two_publishers_at_once_number_each_event_once(database: Database) -> None:
    async with database.transaction() as connection:
        await append(connection, [said(f"Patient/{n % 7}", n, "twice") for n in range(300)])

    async def number() -> None:
        async with database.transaction() as connection:
            places = [place for place, _ in await next_to_publish(connection, NODE, 40)]
        async with database.connection() as connection:
            await mark_published(connection, places[-1])

    await asyncio.gather(*(number() for _ in range(8)))
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT ordering_key, array_agg(sequence ORDER BY publish_position) AS numbers FROM event"
            " WHERE room = 'twice' AND sequence IS NOT NULL GROUP BY 1"
        )
    for row in rows:
        numbers = row["numbers"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), row["ordering_key"]


def test_nats_is_told_to_sync_every_write_before_it_acknowledges() -> None:
    from xinglin.server.supervisor.nats_server import CONFIGURATION

    assert "sync_interval: always" in CONFIGURATION


async def test_a_publisher_with_nothing_to_say_writes_nothing_to_disk(
    database: Database, bus: Client, bus_settings: BusSettings
) -> None:
    publisher = Publisher(database, bus, bus_settings, NODE)
    async with running(publisher.run):
        async with database.transaction() as connection:
            await append(connection, [said("a", 1)])
        while True:
            async with database.connection() as connection:
                published = await connection.fetchval("SELECT published FROM bus_log")
                if published and not await backlog(connection):
                    break
            await asyncio.sleep(0.02)
        async with database.connection() as connection:
            before = await connection.fetchval("SELECT (xmin, xmax)::text FROM bus_log")
        await asyncio.sleep(0.5)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT (xmin, xmax)::text FROM bus_log") == before


async def test_passing_words_reach_every_listener_of_their_topic_in_order_and_nobody_later(
    bus: Client, bus_settings: BusSettings
) -> None:
    other = await open_bus(bus_settings, name="other-process")
    here, there = Passing(bus), Passing(other)
    await here.send("visit 1/*.>", b"too early")
    async with (
        there.listening("visit 1/*.>") as first,
        here.listening("visit 1/*.>") as second,
        here.listening("visit 2") as another,
    ):
        for number in range(50):
            await here.send("visit 1/*.>", str(number).encode())
        for heard in (first, second):
            assert [await asyncio.wait_for(heard.get(), 5) for _ in range(50)] == [
                str(number).encode() for number in range(50)
            ]
        assert another.empty()
    await other.close()


async def test_a_listener_that_falls_behind_is_told_so_and_keeps_no_more_than_it_can_hold(bus: Client) -> None:
    passing = Passing(bus)
    async with passing.listening("slow") as heard:
        for number in range(600):
            await passing.send("slow", str(number).encode())
        await until(lambda: heard.qsize() == 100)
        assert await heard.get() is None
        assert await heard.get() == b"501"
