"""The bus is a transport: it may freeze, and any stream may vanish; the truth is in PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import signal

import asyncpg
import nats
import pytest

import external
from faults.load import parts_of, process_of, wait_until, writing
from nodes import RunningNode
from xinglin.foundation.bus import STREAM

own_bus = pytest.mark.skipif(bool(external.BUS_URL), reason="an external NATS is not the node's to set up or to freeze")


def status_of(node: RunningNode, part: str) -> str | None:
    told = parts_of(node).get(part)
    return None if told is None else str(told["status"])


@own_bus
def test_every_write_to_a_stream_is_synced_before_it_is_acknowledged(frail: RunningNode) -> None:
    assert "sync_interval: always" in (frail.folder / "nats" / "server.conf").read_text("utf-8")


@own_bus
def test_while_the_bus_is_frozen_writes_go_on_and_the_health_page_says_so(frail: RunningNode) -> None:
    process = process_of(frail, "nats")
    with writing(frail) as load:
        os.kill(process, signal.SIGSTOP)
        try:
            wait_until(lambda: status_of(frail, "bus") in ("degraded", "down"), 60)
            before = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) >= before + 20, 60)
        finally:
            os.kill(process, signal.SIGCONT)
        wait_until(lambda: status_of(frail, "bus") == "ok", 30)
    assert load.lost() == {}
    assert load.defects == []


async def test_a_stream_that_vanished_is_rebuilt_with_every_event(frail: RunningNode) -> None:
    with writing(frail) as load:
        await asyncio.to_thread(wait_until, lambda: len(load.acknowledged) >= 50, 60)
        await delete_stream(frail)
    async with asyncio.timeout(30):
        while await events_missing(frail) != 0:
            await asyncio.sleep(0.2)
    assert load.lost() == {}


async def delete_stream(node: RunningNode) -> None:
    client = await connected(node)
    await client.jetstream().delete_stream(STREAM)
    await client.close()


async def events_missing(node: RunningNode) -> int:
    """How many events of the log the stream does not hold."""
    client = await connected(node)
    try:
        held = (await client.jetstream().stream_info(STREAM)).state.messages
    except nats.js.errors.NotFoundError:
        held = 0
    finally:
        await client.close()
    database, _ = node.servers()
    connection = await asyncpg.connect(database.owner_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM event")) - held
    finally:
        await connection.close()


async def connected(node: RunningNode) -> nats.NATS:
    _, bus = node.servers()
    return await nats.connect(bus.url, token=bus.token or None)
