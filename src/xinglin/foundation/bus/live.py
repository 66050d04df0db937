"""A process's own ear on the bus, for screens that show what happens now; nothing is kept but the last seconds."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from .event import Event

RECENT_SECONDS = 5.0
_QUEUE_EVENTS = 1000


class Live:
    """Fans events out to any number of listeners; one that falls behind loses the oldest and is told so.

    The process is subscribed only while somebody listens, so that events cost nothing where no screen is open.
    """

    def __init__(self, client: Client, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._recent: deque[tuple[float, Event]] = deque(maxlen=_QUEUE_EVENTS - 1)
        self._whole_since = 0.0
        self._decode = msgspec.json.Decoder(Event).decode
        self._subscribed: Subscription | None = None
        self._changing = asyncio.Lock()

    async def listen(self, *, recent: bool = False) -> AsyncGenerator[Event | None, None]:
        """Events from now on, with ``recent`` also those of the last ``RECENT_SECONDS``; ``None`` means that some
        were lost and the listener should read anew."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE_EVENTS)
        self._listeners.add(queue)
        try:
            await self._follow()
            if recent:
                self._repeat(queue)
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
                self._whole_since = self._seconds()
            elif not self._listeners and self._subscribed is not None:
                subscribed, self._subscribed = self._subscribed, None
                self._recent.clear()
                await subscribed.unsubscribe()

    def _repeat(self, queue: asyncio.Queue[Event | None]) -> None:
        """Fill ``queue`` with what was heard of late, which is also all that it already holds."""
        while not queue.empty():
            queue.get_nowait()
        begin = self._seconds() - RECENT_SECONDS
        if self._whole_since > begin:
            queue.put_nowait(None)
        for heard, event in self._recent:
            if heard >= begin:
                queue.put_nowait(event)

    async def _hear(self, message: Msg) -> None:
        with suppress(msgspec.DecodeError):
            event = self._decode(message.data)
            self._note(event)
            for queue in self._listeners:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(None)
                else:
                    queue.put_nowait(event)

    def _note(self, event: Event) -> None:
        now = self._seconds()
        if len(self._recent) == self._recent.maxlen:
            self._whole_since = self._recent[0][0]
        self._recent.append((now, event))
        while self._recent[0][0] < now - RECENT_SECONDS:
            self._recent.popleft()
