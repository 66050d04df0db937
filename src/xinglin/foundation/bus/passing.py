"""Short messages between those who listen to one topic now, in whichever process; nothing is kept or repeated."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.aio.msg import Msg

_QUEUE_MESSAGES = 500


class Passing:
    """For what is worthless a moment later: that something is to be read anew, or how two browsers may meet. Messages
    of one sender come in the order of sending; one that nobody listens to is gone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, topic: str, message: bytes) -> None:
        """Bring ``message`` to everybody who listens to ``topic``; returns when the bus has it."""
        await self._client.publish(_subject(topic), message)
        await self._client.flush()

    @asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes | None]]:
        """What is sent from the moment the block is entered; ``None`` tells that some were lost to a slow reader."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE_MESSAGES)

        async def hear(message: Msg) -> None:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(message.data)

        subscribed = await self._client.subscribe(_subject(topic), cb=hear)
        try:
            await self._client.flush()
            yield queue
        finally:
            await subscribed.unsubscribe()


def _subject(topic: str) -> str:
    """A topic may hold what a subject may not; its digest is a subject nobody guesses a neighbour of."""
    return f"passing.{hashlib.sha256(topic.encode()).hexdigest()}"
