"""Runs a command beside a PostgreSQL and a NATS that belong to no node, and ends them after it.

    python tools/external_servers.py COMMAND...

The command finds them as ``XINGLIN_TEST_DATABASE_URL`` and ``XINGLIN_TEST_BUS_URL``; one that is already set is
kept. Leaves with the command's exit code.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

from xinglin.server.supervisor import Child, Command, DataFolder, Postgres
from xinglin.server.supervisor.folder import free_port
from xinglin.server.supervisor.nats_server import binary

_ACCOUNTS = 64
_CONNECTIONS = 400  # those of all the tests' nodes together


class _RoomyPostgres(Postgres):
    def _options(self) -> list[str]:
        return [*super()._options(), "-c", f"max_connections={_CONNECTIONS}"]


async def _nats(folder: DataFolder, port: int) -> Child:
    """A server with an account for each node, as a region would run one."""
    password = folder.secrets().bus_token
    accounts = "\n".join(
        f'  NODE_{number}: {{ jetstream: enabled, users: [{{ user: "{number}", password: "{password}" }}] }}'
        for number in range(1, _ACCOUNTS + 1)
    )
    file = folder.nats / "external.conf"
    file.write_text(
        f'listen: "127.0.0.1:{port}"\nmax_payload: 8MB\naccounts {{\n{accounts}\n}}\n'
        f'jetstream {{ store_dir: "{folder.nats / "jetstream"}", sync_interval: always }}\n',
        "utf-8",
    )

    async def answering() -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    launch = Command([binary(), "-c", str(file)])
    server = Child(name="nats", launch=launch, log_file=folder.logs / "nats.log", ready=answering)
    await server.start()
    return server


async def _beside_servers(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="xinglin-external-") as place:
        folder = DataFolder(Path(place) / "servers")
        folder.create()
        environment = dict(os.environ)
        servers: list[Postgres | Child] = []
        try:
            if not environment.get("XINGLIN_TEST_DATABASE_URL"):
                postgres = _RoomyPostgres(folder, port=free_port())
                servers.append(postgres)
                await postgres.start()
                environment["XINGLIN_TEST_DATABASE_URL"] = postgres.url("postgres", "postgres")
            if not environment.get("XINGLIN_TEST_BUS_URL"):
                port = free_port()
                servers.append(await _nats(folder, port))
                password = folder.secrets().bus_token
                environment["XINGLIN_TEST_BUS_URL"] = f"nats://{{account}}:{password}@127.0.0.1:{port}"
            process = await asyncio.create_subprocess_exec(*command, env=environment)
            for each in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(each, process.send_signal, each)
            return await process.wait()
        finally:
            for server in reversed(servers):
                await server.stop()


if __name__ == "__main__":
    sys.exit(asyncio.run(_beside_servers(sys.argv[1:])))
