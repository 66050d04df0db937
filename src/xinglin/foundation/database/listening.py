"""Notices of PostgreSQL (LISTEN), heard on a connection of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg

from ..errors import Category, XinglinError

_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0


async def listen(url: str, channel: str, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
    """Call ``begun`` once every later notice on ``channel`` will be heard, then ``heard`` with the payload of each, in
    the order in which their transactions were committed.

    Never returns: raises UNAVAILABLE as soon as the server ends the connection, or 3 seconds after it fell silent.
    """
    lost = asyncio.Event()
    try:
        connection: Any = await asyncpg.connect(
            url, timeout=_PATIENCE_SECONDS, server_settings={"application_name": "xinglin-listening"}
        )
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(channel, lambda *notice: heard(notice[-1]))
            begun()
            while not lost.is_set():
                await connection.execute("SELECT 1", timeout=_PATIENCE_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _LOOK_SECONDS)
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise _away() from error
    raise _away()


def _away() -> XinglinError:
    return XinglinError(
        Category.UNAVAILABLE,
        "The database tells of no changes.",
        "数据库暂时无法通知变更",
        retry_after_seconds=2,
    )
