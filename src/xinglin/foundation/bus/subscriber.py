"""Feeds a room's subscription: each event's effects happen once, in order, or it is put aside with a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from ..errors import Category, XinglinError
from . import outbox
from .connection import STREAM
from .event import Event

_BATCH = 200
_WAIT_SECONDS = 1.0
_ACK_WAIT_SECONDS = 60.0

log = structlog.get_logger("bus.subscriber")

Handler = Callable[[Any, Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """``handle(connection, events)`` is called with events not seen before, oldest first, inside the
    transaction that notes them as seen. ``name`` is stable for ever; ``subjects`` are bus subjects."""

    name: str
    subjects: tuple[str, ...]
    handle: Handler


class Subscriber:
    """Runs one subscription; may be killed at any point and started again."""

    def __init__(self, database: outbox.Transactions, client: Client, subscription: Subscription) -> None:
        self._database = database
        self._client = client
        self._subscription = subscription
        self._decode = msgspec.json.Decoder(Event).decode

    async def run(self) -> None:
        """Consume for ever; raises when the database or NATS fails, to be started again."""
        pull = await self._pull()
        while True:
            try:
                messages = await pull.fetch(_BATCH, timeout=_WAIT_SECONDS)
            except TimeoutError:  # nothing waits
                continue
            if not messages:  # nor does anything where the client heard no more than the server's word on that
                continue
            await self.apply(messages)
            await messages[-1].ack()  # and all before it

    async def _pull(self) -> JetStreamContext.PullSubscription:
        """The durable consumer, made where it is missing. One acknowledgement stands for a whole batch; a consumer
        of a release that acknowledged each event is made anew and passes over what the inbox has seen."""
        stream, name = self._client.jetstream(), self._subscription.name
        config = ConsumerConfig(
            durable_name=name,
            filter_subjects=list(self._subscription.subjects),
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.ALL,
            ack_wait=_ACK_WAIT_SECONDS,
            max_ack_pending=_BATCH,
        )
        with suppress(NotFoundError):
            found = await stream.consumer_info(STREAM, name)
            if found.config.ack_policy != AckPolicy.ALL:
                await stream.delete_consumer(STREAM, name)
        return await stream.pull_subscribe("", durable=name, stream=STREAM, config=config)

    async def apply(self, messages: Sequence[Msg]) -> None:
        """Apply a batch; when it fails as a whole, one by one, putting aside those that fail alone."""
        events = [self._decode(message.data) for message in messages]
        try:
            await self._apply(events)
        except Exception as error:
            _reraise_when_away(error)
            for event in events:
                try:
                    await self._apply([event])
                except Exception as alone:
                    _reraise_when_away(alone)
                    await self._put_aside(event, alone)

    async def _apply(self, events: Sequence[Event]) -> None:
        name = self._subscription.name
        async with self._database.transaction() as connection:
            fresh = await outbox.first_seen(connection, name, [event.id for event in events])
            if fresh:
                await self._subscription.handle(connection, [event for event in events if event.id in fresh])

    async def _put_aside(self, event: Event, error: Exception) -> None:
        log.error("event put aside", subscriber=self._subscription.name, event_id=event.id, reason=repr(error))
        async with self._database.transaction() as connection:
            envelope = msgspec.json.encode(event)
            await outbox.refuse(connection, self._subscription.name, event, envelope, repr(error))


def _reraise_when_away(error: Exception) -> None:
    """A database that is away, slow or contended is no fault of the event: stop and try again later."""
    away = (Category.UNAVAILABLE, Category.CONFLICT, Category.STORAGE_FULL)
    if isinstance(error, XinglinError) and error.category in away:
        raise error
