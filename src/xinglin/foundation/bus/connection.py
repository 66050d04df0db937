"""The connection to NATS and the one stream that holds events."""

from __future__ import annotations

import msgspec
import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

STREAM = "EVENT"


class BusSettings(msgspec.Struct, frozen=True):
    """Where NATS is and how long events are kept there and in the log."""

    url: str = ""
    token: str = ""
    retention_days: int = 7
    max_bytes: int = 2**31


async def open_bus(settings: BusSettings, *, name: str) -> Client:
    """A client that reconnects for ever; its first connection is awaited, so call it where waiting is right."""
    return await nats.connect(
        settings.url,
        token=settings.token or None,
        name=f"xinglin-{name}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        allow_reconnect=True,
        connect_timeout=2,
        ping_interval=5,
        max_outstanding_pings=2,
        error_cb=_quiet,
    )


async def ensure_stream(client: Client, settings: BusSettings) -> str:
    """Create the stream where it is missing; returns when NATS says it was created."""
    manager: JetStreamContext = client.jetstream()
    try:
        found = await manager.stream_info(STREAM)
    except NotFoundError:
        found = await manager.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=["event.>"],
                storage=StorageType.FILE,
                retention=RetentionPolicy.LIMITS,
                max_age=settings.retention_days * 86_400,
                max_bytes=settings.max_bytes,
                duplicate_window=120,
                allow_atomic=True,
            )
        )
    return str(found.created)


async def _quiet(error: Exception) -> None:
    """Reconnection is the client's business; what waits for it reports its own failures."""
