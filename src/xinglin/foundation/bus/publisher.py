"""Copies the event log to the stream, in order, until NATS has acknowledged each event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import orjson
import structlog
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import PubAck
from nats.js.errors import NoStreamResponseError

from . import outbox
from .connection import STREAM, BusSettings, ensure_stream
from .event import Event, subject_of

_BATCH = 500
_GATHER_SECONDS = 0.05  # a batch is synced to disk once, so fuller ones cost the disk and the bus less
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
            if await self.publish_batch() < _BATCH:
                await asyncio.sleep(_GATHER_SECONDS)

    async def publish_batch(self) -> int:
        """Publish the oldest unpublished events and note their acknowledgement; returns how many."""
        async with self._database.connection() as connection:
            if not await outbox.waits(connection):
                return 0
        async with self._database.transaction() as connection:
            waiting = await outbox.next_to_publish(connection, self._node, _BATCH)
        if not waiting:
            return 0
        events = [event for _, event in waiting]
        try:
            async with asyncio.timeout(_ACK_SECONDS):
                if not await self._send_together(events):
                    await asyncio.gather(*[await self._send(event) for event in events])
        except (NoStreamResponseError, NoRespondersError):
            await self._hold_stream()
            return 0
        async with self._database.connection() as connection:
            await outbox.mark_published(connection, waiting[-1][0])
        return len(waiting)

    async def _send_together(self, events: Sequence[Event]) -> bool:
        """Publish as one atomic batch (NATS ADR-50), which is synced to disk once; whether it was taken.

        It is not when the stream has one of the events already, or on a server before 2.12, which keeps the
        events and answers without their count; sending them one by one is right then, since those kept are
        known by their ids.
        """
        batch = {"Nats-Batch-Id": self._client.new_inbox()[-22:]}
        for place, event in enumerate(events[:-1], 1):
            headers = {**batch, "Nats-Batch-Sequence": str(place), "Nats-Msg-Id": event.id}
            await self._client.publish(self._subject(event), self._encode(event), headers=headers)
        last = events[-1]
        headers = {
            **batch,
            "Nats-Batch-Sequence": str(len(events)),
            "Nats-Batch-Commit": "1",
            "Nats-Msg-Id": last.id,
        }
        answer = await self._client.request(
            self._subject(last), self._encode(last), timeout=_ACK_SECONDS, headers=headers
        )
        return bool(orjson.loads(answer.data).get("count") == len(events))

    @staticmethod
    def _subject(event: Event) -> str:
        return subject_of(event.room, event.name, event.node)

    async def _send(self, event: Event) -> asyncio.Future[PubAck]:
        return await self._stream.publish_async(
            self._subject(event), self._encode(event), headers={"Nats-Msg-Id": event.id}
        )

    async def _hold_stream(self) -> None:
        created = await ensure_stream(self._client, self._settings)
        async with self._database.transaction() as connection:
            if await outbox.stream_created(connection, STREAM) == created:
                return
            again = await outbox.copy_again(connection, STREAM, created)
        log.warning("stream is new; the log is copied to it", stream=STREAM, events=again)
