"""Asks the process that tries plans, one question after the other, and starts it when it is needed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from .model import Answer, Question, Refused

_LONGEST_LINE_BYTES = 64 * 1024 * 1024


class Trier:
    """One process beside the node's own; it is started by the first question and ends when it is closed."""

    def __init__(self, timeout_seconds: float = 120.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def ask(self, question: Question) -> Answer:
        """What comes of the plan. Raises INVALID where it is impossible, UNAVAILABLE where the process died or needs
        too long; the next asking starts it anew."""
        async with self._turn:
            found = await self._ask(question)
        if not isinstance(found, Refused):
            return found
        raise XinglinError(Category.INVALID, found.english, found.chinese, expression=found.where)

    async def _ask(self, question: Question) -> Answer | Refused:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __package__, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE_BYTES
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                process.stdin.write(msgspec.json.encode(question) + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            if b'"chinese"' in line:
                return msgspec.json.decode(line, type=Refused)
            return msgspec.json.decode(line, type=Answer)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            await self.close()
            raise XinglinError(
                Category.UNAVAILABLE, "the process that tries plans has ended", "推演进程已退出，请重试"
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
