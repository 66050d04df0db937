"""The live line of a patient's page: it says that there is something to read, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from xinglin.foundation.bus import Event, Passing

_SILENCE_SECONDS = 15.0
_LONGEST_SECONDS = 900.0
_RING = b"event: bell\ndata: {}\n\n"


class Bell:
    """Rings in whichever process the patient's page is heard. A line ends after 15 minutes, so that who opens it again
    is asked again who they are."""

    def __init__(self, passing: Passing) -> None:
        self._passing = passing

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Ring once for each patient of whom ``events`` tell."""
        for patient in dict.fromkeys(event.key for event in events):
            await self._passing.send(_topic(patient), b"")

    async def line(self, patients: Sequence[str]) -> AsyncIterator[bytes]:
        """Server-sent events: ``bell`` when something changed, a comment in silence."""
        yield b"retry: 2000\n: connected\n\n"
        until = time.monotonic() + _LONGEST_SECONDS
        async with AsyncExitStack() as stack:
            heard = [
                await stack.enter_async_context(self._passing.listening(_topic(f"Patient/{one}"))) for one in patients
            ]
            while heard and time.monotonic() < until:
                waiting = {asyncio.ensure_future(one.get()) for one in heard}
                try:
                    rang, _ = await asyncio.wait(waiting, timeout=_SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for one in waiting:
                        one.cancel()
                yield _RING if rang else b": still here\n\n"


def _topic(patient: str) -> str:
    return f"notices/{patient}"
