"""The servers that settings name in place of the embedded ones: do they answer, before anything is started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import nats
from nats.errors import Error as NatsError

from xinglin.foundation.bus import BusSettings
from xinglin.foundation.errors import Category, XinglinError

from .settings import Settings

_PATIENCE_SECONDS = 5.0


async def check_servers(settings: Settings) -> None:
    """Return when every external server that ``settings`` name answers. Raises UNAVAILABLE naming the one that does
    not, and why; its address is told without the password."""
    for url in dict.fromkeys((settings.database.url, settings.database.owner_url)):
        if settings.database.url and url:
            async with connected(url):
                pass
    if settings.bus.url:
        await ask_bus(settings.bus)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection to the external PostgreSQL at ``url``; UNAVAILABLE with the reason where there is none."""
    try:
        connection = await asyncpg.connect(url, timeout=_PATIENCE_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        raise _away("PostgreSQL", url, error, "[database]") from error
    try:
        yield connection
    finally:
        await connection.close()


async def ask_bus(settings: BusSettings) -> None:
    """Ask the external NATS for its JetStream; UNAVAILABLE with the reason where it gives none."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            client = await nats.connect(
                settings.url, token=settings.token or None, allow_reconnect=False, error_cb=_quiet
            )
            try:
                await client.jetstream().account_info()
            finally:
                await client.close()
    except (NatsError, OSError, TimeoutError, ValueError) as error:
        raise _away("NATS", settings.url, error, "[bus]") from error


def _away(server: str, url: str, error: Exception, section: str) -> XinglinError:
    parts = urlsplit(url)
    place = f"{parts.netloc.rpartition('@')[2]}{parts.path}"
    reason = str(error).strip() or type(error).__name__
    return XinglinError(
        Category.UNAVAILABLE,
        f"the external {server} at {place} cannot be used: {reason}; see {section} in xinglin.toml",
        f"无法使用外部 {server}（{place}）：{reason}，请检查 xinglin.toml 的 {section}",
    )


async def _quiet(error: Exception) -> None:
    """What matters is raised to the caller."""
