"""Copies the event log to the stream, in order, until NATS has acknowledged each event."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import structlog
from nats.aio.client import Client
from nats.js.api import PubAck
from nats.js.errors import NoStreamResponseError

from . import outbox
from .connection import STREAM, BusSettings, ensure_stream
from .event import Event, subject_of

_BATCH = 500
_IDLE_SECONDS = 0.05
_ACK_SECONDS = 10.0
_STREAM_CHECK_SECONDS = 5.0
_FORGET_SECONDS = 3600.0

log = structlog.get_logger("bus.publisher")


class Publisher:
    """One per node. It may be killed at any point: an event whose acknowledgement was not noted is sent
    again under the same ``Nats-Msg-Id``, and subscribers that have seen it pass over it."""

    def __init__(self, database: outbox.Transactions, client: Client, settings: BusSettings, node: str) -> None:
        self._database = database
        self._client = client
        self._settings = settings
        self._node = node
        self._stream = client.jetstream()
        self._encode = msgspec.json.Encoder().encode

    async def run(self) -> None:
        """Publish for ever; raises when the database or NATS fails, to be started again."""
        loop = asyncio.get_running_loop()
        check_at = forget_at = loop.time()
        while True:
            if loop.time() >= check_at:
                await self._hold_stream()
                check_at = loop.time() + _STREAM_CHECK_SECONDS
            if loop.time() >= forget_at:
                async with self._database.connection() as connection:
                    await outbox.forget(connection, timedelta(days=self._settings.retention_days))
                forget_at = loop.time() + _FORGET_SECONDS
            if await self.publish_batch() == 0:
                await asyncio.sleep(_IDLE_SECONDS)

    async def publish_batch(self) -> int:
        """Publish the oldest unpublished events and note their acknowledgement; returns how many."""
        async with self._database.connection() as connection:
            waiting = await outbox.unpublished(connection, self._node, _BATCH)
            if not waiting:
                return 0
            try:
                acknowledgements = [await self._send(event) for _, event in waiting]
                async with asyncio.timeout(_ACK_SECONDS):
                    await asyncio.gather(*acknowledgements)
            except NoStreamResponseError:
                await self._hold_stream()
                return 0
            await outbox.mark_published(connection, [position for position, _ in waiting])
            return len(waiting)

    async def _send(self, event: Event) -> asyncio.Future[PubAck]:
        return await self._stream.publish_async(
            subject_of(event.room, event.name, event.node),
            self._encode(event),
            headers={"Nats-Msg-Id": event.id},
        )

    async def _hold_stream(self) -> None:
        created = await ensure_stream(self._client, self._settings)
        async with self._database.transaction() as connection:
            if await outbox.stream_created(connection, STREAM) == created:
                return
            again = await outbox.copy_again(connection, STREAM, created)
        log.warning("stream is new; the log is copied to it", stream=STREAM, events=again)
