"""The node's Python processes. Importing this module loads all that they need."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
import uvicorn
import uvloop
from nats.aio.client import Client

from xinglin.foundation.bus import Publisher, Subscriber, open_bus
from xinglin.foundation.database import Database, open_database

from .assembly import WORKERS, Node, assemble
from .duty import Duty, beside, keep_until_told
from .logs import configure_logs
from .settings import Settings, located, read_settings
from .supervisor import DataFolder
from .web import make_application

_WORKER_NICENESS = 5  # acknowledgements and pages come first

log = structlog.get_logger("process")


def run(role: str, data: Path, listening: socket.socket | None = None) -> None:
    """Work as ``role``, which is ``web``, ``gateway`` or one of ``assembly.WORKERS``, until SIGTERM or SIGINT.

    ``listening`` is what ``web`` and ``gateway`` serve; the supervisor holds it too, so that callers wait while a
    process is away.
    """
    configure_logs(role)
    folder = DataFolder(data)
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    roles: dict[str, Callable[[Node, DataFolder, Client], Awaitable[None]]] = {
        "web": partial(_web, listening),
        "gateway": partial(_gateway, listening),
        **{name: partial(_work, name) for name in WORKERS},
    }
    with suppress(KeyboardInterrupt):
        uvloop.run(_run(role, roles[role], settings, folder))


async def _run(
    role: str,
    work: Callable[[Node, DataFolder, Client], Awaitable[None]],
    settings: Settings,
    folder: DataFolder,
) -> None:
    database = await open_database(settings.database, role=role)
    client = await open_bus(settings.bus, name=role)
    node = assemble(settings, folder, database, client)
    _calm_collector()
    log.info("process started", role=role, process_id=os.getpid())
    try:
        await work(node, folder, client)
    finally:
        await _leave(database, client)
        log.info("process stopped", role=role, process_id=os.getpid())


def _calm_collector() -> None:
    """What was loaded at start is never garbage, and most of what a request makes is in no circle: looking for
    circles at every 700 new objects took a sixth of the HL7 consumer's time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


async def _leave(database: Database, client: Client) -> None:
    with suppress(Exception):  # it ends either way; nothing is held that a new start does not find
        async with asyncio.timeout(5):
            await client.close()
            await database.close()


async def _web(listening: socket.socket | None, node: Node, folder: DataFolder, _: Client) -> None:
    assert listening is not None
    certificate = folder.certificate / "server.pem"
    secure = folder.endpoints().web_url.startswith("https")
    server = uvicorn.Server(
        uvicorn.Config(
            make_application(node),
            http="httptools",
            loop="none",
            access_log=False,
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=3,
            timeout_keep_alive=30,
            server_header=False,
            ssl_certfile=certificate if secure else None,
            ssl_keyfile=folder.certificate / "server.key" if secure else None,
        )
    )
    async with beside("changes of access", node.changes.run):
        await server.serve(sockets=[listening])


async def _gateway(listening: socket.socket | None, node: Node, _: DataFolder, __: Client) -> None:
    assert listening is not None
    listener = node.mllp_listener(listening)
    await keep_until_told({listener.name: listener.run})


async def _work(name: str, node: Node, _: DataFolder, client: Client) -> None:
    os.nice(_WORKER_NICENESS)
    duties: dict[str, Duty] = {
        job.name: job.run for module in node.modules for job in module.jobs if job.process == name
    }
    if name == WORKERS[0]:
        publisher = Publisher(node.database, client, node.settings.bus, node.settings.node.path)
        duties["publisher"] = publisher.run
        for module in node.modules:
            for subscription in module.subscriptions:
                duties[subscription.name] = Subscriber(node.database, client, subscription).run
    await keep_until_told(duties)
