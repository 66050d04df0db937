"""Waiting for what the consumer, in whatever process, made of a message."""

from __future__ import annotations

import asyncio

from xinglin.foundation.errors import XinglinError

from . import repository
from .intake import Transactions

_POLL_SECONDS = 0.05


class OutcomeWatch:
    """Asks the inbox once for all who wait; asks nothing while nobody does."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self._waiting: dict[int, list[asyncio.Future[tuple[str, str | None]]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def of(self, message_id: int, seconds: float) -> tuple[str, str | None]:
        """State and reason of a message; ``("received", None)`` when it still waits after ``seconds``."""
        future: asyncio.Future[tuple[str, str | None]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(message_id, []).append(future)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return "received", None
        finally:
            others = self._waiting.get(message_id, [])
            if future in others:
                others.remove(future)
            if not others:
                self._waiting.pop(message_id, None)

    async def _watch(self) -> None:
        while self._waiting:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                async with self._database.connection() as connection:
                    done = await repository.outcomes(connection, list(self._waiting))
            except XinglinError:
                continue
            for message_id, outcome in done.items():
                for future in self._waiting.pop(message_id, []):
                    if not future.done():
                        future.set_result(outcome)
