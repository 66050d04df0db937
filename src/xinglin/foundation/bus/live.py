"""A process's own ear on the bus, for screens that show what happens now; nothing is kept or repeated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from .event import Event

_QUEUE_EVENTS = 1000


class Live:
    """Fans events out to any number of listeners; one that falls behind loses the oldest and is told so.

    The process is subscribed only while somebody listens, so that events cost nothing where no screen is open.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._decode = msgspec.json.Decoder(Event).decode
        self._subscribed: Subscription | None = None
        self._changing = asyncio.Lock()

    async def listen(self) -> AsyncGenerator[Event | None, None]:
        """Events from now on; ``None`` means that some were lost and the listener should read anew."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE_EVENTS)
        self._listeners.add(queue)
        try:
            await self._follow()
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)
            await self._follow()

    async def _follow(self) -> None:
        """Be subscribed exactly while there are listeners."""
        async with self._changing:
            if self._listeners and self._subscribed is None:
                self._subscribed = await self._client.subscribe("event.>", cb=self._hear)
                await self._client.flush()
            elif not self._listeners and self._subscribed is not None:
                subscribed, self._subscribed = self._subscribed, None
                await subscribed.unsubscribe()

    async def _hear(self, message: Msg) -> None:
        with suppress(msgspec.DecodeError):
            event = self._decode(message.data)
            for queue in self._listeners:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(None)
                else:
                    queue.put_nowait(event)
