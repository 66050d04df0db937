"""What a process of ours does for as long as it runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import structlog

from xinglin.foundation.errors import XinglinError

_LONGEST_PAUSE_SECONDS = 2.0
_CANCEL_AGAIN_SECONDS = 1.0

Duty = Callable[[], Awaitable[None]]

log = structlog.get_logger("duty")


async def keep_until_told(duties: Mapping[str, Duty]) -> None:
    """Run ``duties`` side by side until SIGTERM or SIGINT; one that fails is started again with growing pauses.

    When told, it returns even where a library turns a cancellation into an error of its own, as the NATS client does
    whose connection has just ended: a worker that went on after its node was killed would take events from the next.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, told.set)
    pending = {asyncio.ensure_future(_kept(name, run, told)) for name, run in duties.items()}
    await told.wait()
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)


@asynccontextmanager
async def beside(name: str, run: Duty) -> AsyncIterator[None]:
    """Keep one duty running while the block does, for a process whose signals another looks after."""
    task = asyncio.ensure_future(_kept(name, run, told := asyncio.Event()))
    try:
        yield
    finally:
        told.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _kept(name: str, run: Duty, told: asyncio.Event) -> None:
    loop, pause = asyncio.get_running_loop(), 0.1
    while not told.is_set():
        began = loop.time()
        try:
            await run()
        except XinglinError as error:
            log.warning("duty interrupted", duty=name, reason=error.english)
        except Exception:
            log.exception("duty failed", duty=name)
        pause = 0.1 if loop.time() - began > 30 else min(pause * 2, _LONGEST_PAUSE_SECONDS)
        if not told.is_set():
            await asyncio.sleep(pause)
