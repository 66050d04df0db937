"""Asks the process that foresees, and starts it when it is needed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from .model import House, HouseForeseen

_LONGEST_LINE_BYTES = 256 * 1024 * 1024


class Oracle:
    """One process beside the node's own. ``fresh`` tells that it knows nothing yet and is to be given the past."""

    def __init__(self, timeout_seconds: float = 300.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._process: Process | None = None
        self._decode = msgspec.json.Decoder(HouseForeseen).decode

    @property
    def fresh(self) -> bool:
        return self._process is None or self._process.returncode is not None

    async def ask(self, house: House) -> HouseForeseen:
        """What is foreseen. Raises UNAVAILABLE where the process died or needs too long; the next asking starts it
        anew."""
        if self.fresh:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __package__, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE_BYTES
            )
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                process.stdin.write(msgspec.json.encode(house) + b"\n")
                await process.stdin.drain()
                answer = await process.stdout.readline()
            return self._decode(answer)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            await self.close()
            raise XinglinError(
                Category.UNAVAILABLE, "the process that foresees has ended", "预测进程已退出，将自动重启"
            ) from error
        except asyncio.CancelledError:
            await self.close()
            raise

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
