"""One child process that is started again whenever it ends, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

_QUICK_END_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 4.0

log = structlog.get_logger("supervisor")


class Process(Protocol):
    """What a supervisor needs of a process; ``asyncio.subprocess.Process`` is one."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, signal: int) -> None: ...

    def kill(self) -> None: ...


Launch = Callable[[Path, signal.Signals], Awaitable[Process]]
"""Starts a process that appends its output to that file and gets that signal when this process dies.

Raises ``OSError`` where it cannot be started now.
"""


@dataclass(slots=True)
class ChildState:
    """What the health page says of a child; ``status`` is starting, ok, restarting, stopped."""

    status: str = "starting"
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    process_id: int | None = None
    restarts: int = 0

    def become(self, status: str) -> None:
        self.status, self.since = status, datetime.now(UTC)


@dataclass(slots=True)
class Child:
    """``launch`` (a ``Command``, or of ``Forks``) starts the process; ``ready`` returns when it serves.

    Should the supervisor itself be killed, the kernel sends ``stop_signal`` to the child, so that nothing is left
    behind.
    """

    name: str
    launch: Launch
    log_file: Path
    stop_signal: signal.Signals = signal.SIGTERM
    ready: Callable[[], Awaitable[None]] | None = None
    patience_seconds: float = 20.0
    state: ChildState = field(default_factory=ChildState)
    _process: Process | None = None
    _keeper: asyncio.Task[None] | None = None
    _stopping: bool = False

    async def start(self) -> None:
        """Start it and return when it is ready; from then on it is kept running."""
        await self._spawn()
        await self._until_ready()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def stop(self) -> None:
        """Ask it to end, and end it by force after ``patience_seconds``."""
        self._stopping = True
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(self.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.patience_seconds)
            except TimeoutError:
                log.warning("child did not stop in time and was ended", child=self.name)
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        self.state.become("stopped")

    async def _spawn(self) -> None:
        try:
            self._process = await self.launch(self.log_file, self.stop_signal)
        except OSError as error:
            raise ChildEnded(self.name, str(error)) from error
        self.state.process_id = self._process.pid

    async def _until_ready(self) -> None:
        if self.ready is not None:
            assert self._process is not None
            waiting = asyncio.ensure_future(self.ready())
            ended = asyncio.ensure_future(self._process.wait())
            await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if not waiting.done():
                waiting.cancel()
                raise ChildEnded(self.name, self.tail())
            await waiting
        self.state.become("ok")

    async def _keep(self) -> None:
        pause = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping:
            assert self._process is not None
            began = loop.time()
            code = await self._process.wait()
            self.state.restarts += 1
            self.state.become("restarting")
            log.warning("child ended; starting it again", child=self.name, exit_code=code)
            pause = (
                min(max(pause * 2, 0.25), _LONGEST_PAUSE_SECONDS) if loop.time() - began < _QUICK_END_SECONDS else 0.0
            )
            while True:
                await asyncio.sleep(pause)
                try:
                    await self._spawn()
                    await self._until_ready_however_long()
                    break
                except ChildEnded as error:
                    pause = min(max(pause * 2, 0.25), _LONGEST_PAUSE_SECONDS)
                    log.error("child ended before it was ready", child=self.name, last_words=error.last_words)
            log.info("child is back", child=self.name, process_id=self.state.process_id)

    async def _until_ready_however_long(self) -> None:
        """To end what is slow, a database that recovers, would only make it begin again."""
        while True:
            try:
                return await self._until_ready()
            except TimeoutError:
                log.error("child is not ready yet", child=self.name, last_words=self.tail())

    def tail(self, lines: int = 12) -> str:
        """The last lines of its log."""
        try:
            with self.log_file.open("rb") as log_bytes:
                log_bytes.seek(max(0, self.log_file.stat().st_size - 8000))
                return "\n".join(log_bytes.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


class ChildEnded(Exception):
    """A child ended before it was ready; ``last_words`` is the end of its log."""

    def __init__(self, name: str, last_words: str) -> None:
        super().__init__(f"{name} ended before it was ready:\n{last_words}")
        self.last_words = last_words
