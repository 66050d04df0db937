"""An MLLP sender that gives up nothing: it sends again until the receiver has answered."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from .hl7 import END_BLOCK, START_BLOCK, Acknowledgement, frame, read_acknowledgement

_ANSWER_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_REFUSALS_UNTIL_GIVEN_UP = 6
_LARGEST_ANSWER_BYTES = 2**16


class MllpSender:
    """One connection to one listener, one message at a time; not for concurrent use."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, message: bytes, control_id: str) -> Acknowledgement:
        """Deliver ``message``; returns when it was accepted, or the last refusal after several tries.

        A listener that is away, silent or answers something else is tried again without end, always with
        the same bytes and so with the same control id.
        """
        pause_seconds = _FIRST_PAUSE_SECONDS
        refusals = 0
        while True:
            try:
                answer = await self._exchange(message, control_id)
            except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ValueError):
                await self.close()
            else:
                refusals += 1
                if answer.accepted or refusals == _REFUSALS_UNTIL_GIVEN_UP:
                    return answer
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)

    async def close(self) -> None:
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)

    async def _exchange(self, message: bytes, control_id: str) -> Acknowledgement:
        async with asyncio.timeout(_ANSWER_SECONDS):
            if self._streams is None:
                self._streams = await asyncio.open_connection(self._host, self._port, limit=_LARGEST_ANSWER_BYTES)
            reader, writer = self._streams
            writer.write(frame(message))
            await writer.drain()
            while True:
                block = await reader.readuntil(END_BLOCK)
                answer = read_acknowledgement(block[: -len(END_BLOCK)].lstrip(START_BLOCK))
                if answer is None:
                    raise ValueError("an answer without MSA")
                if answer.control_id == control_id:
                    return answer
