"""A whole node: its parts started in order from one data folder, and stopped in the opposite one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import structlog

from xinglin.foundation.database import is_current, migrate
from xinglin.foundation.errors import Category, XinglinError

from .assembly import MIGRATIONS, WORKERS
from .certificate import ensure_certificate
from .external import check_servers
from .process import run
from .serving import could_not_start, serving
from .settings import Settings, located, read_settings
from .supervisor import Child, ChildEnded, DataFolder, Endpoints, Forks, NatsServer, Postgres, free_port
from .supervisor.postgres import APP_ROLE, OWNER_ROLE

_STATES_SECONDS = 1.0
_SERVING_SECONDS = 60.0
_SERVERS = ("postgres", "nats")

log = structlog.get_logger("node")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the node listens. Off 127.0.0.1 the pages are served over HTTPS from the node's own CA."""

    host: str = "127.0.0.1"
    port: int = 0
    mllp_port: int = 0


@dataclass(slots=True)
class RunningNode:
    """The children, in the order they were started."""

    folder: DataFolder
    settings: Settings
    endpoints: Endpoints
    forks: Forks
    children: list[Child] = field(default_factory=list)

    async def add(self, child: Child) -> None:
        """Start a further child that is kept running and stopped with the node."""
        self.children.append(child)
        await child.start()

    async def add_role(self, name: str, role: str, listening: socket.socket | None = None) -> None:
        """Start one of our own processes."""
        launch = self.forks.fork(f"xinglin: {name} {self.folder.path}", run, role, self.folder.path, listening)
        await self.add(Child(name, launch, self.folder.logs / f"{role}.log", patience_seconds=15.0))

    async def tell_states(self) -> None:
        """Write how the children are, every second, for the health page."""
        while True:
            states = {child.name: child.state for child in self.children}
            with suppress(OSError):  # a full disk must not stop the node
                self.folder.write_states(states, datetime.now(UTC))
            await asyncio.sleep(_STATES_SECONDS)


@asynccontextmanager
async def running_node(folder: DataFolder, reach: Reach, forks: Forks) -> AsyncIterator[RunningNode]:
    """Start a node and stop it when the block ends; its own processes come from ``forks``.

    Raises ``XinglinError`` with what to do when it cannot.
    """
    folder.create()
    folder.lock()
    started: list[Child] = []
    teller: asyncio.Task[None] | None = None
    try:
        settings = read_settings(folder.settings_file)
        await check_servers(settings)
        endpoints = await _start_servers(folder, settings, started)
        settings = located(settings, endpoints)
        if not await is_current(settings.database.owner_url, MIGRATIONS):
            applied = await asyncio.to_thread(migrate, settings.database.owner_url, MIGRATIONS)
            log.info("schema migrated", revisions=len(applied))
        endpoints, webs, mllp = _listen(folder, settings, endpoints, reach)
        node = RunningNode(folder, settings, endpoints, forks, started)
        teller = asyncio.create_task(node.tell_states())
        for number, web in enumerate(webs, 1):
            await node.add_role(f"web-{number}", "web", web)
        await node.add_role("gateway", "gateway", mllp)
        for name in WORKERS:
            await node.add_role(name, name)
        authority = folder.certificate / "ca.pem" if node.endpoints.web_url.startswith("https") else None
        ours = [child for child in started if child.name not in _SERVERS]
        await serving(webs[0], authority, ours, _SERVING_SECONDS)
        yield node
    finally:
        if teller is not None:
            teller.cancel()
        await _stop(started)
        folder.unlock()


async def _start_servers(folder: DataFolder, settings: Settings, started: list[Child]) -> Endpoints:
    """The embedded servers that the settings do not replace by external ones."""
    database_url = owner_url = bus_url = bus_token = database_folder = ""
    if not settings.database.url:
        postgres = Postgres(folder)
        await _started(postgres, started)
        database_url, owner_url = postgres.url(APP_ROLE), postgres.url(OWNER_ROLE)
        database_folder = str(folder.postgres)
    if not settings.bus.url:
        nats = NatsServer(folder)
        await _started(nats, started)
        bus_url, bus_token = nats.url, nats.token
    return Endpoints(database_url, owner_url, bus_url, bus_token, database_folder=database_folder)


async def _started(server: Postgres | NatsServer, started: list[Child]) -> None:
    try:
        await server.start()
    except (ChildEnded, TimeoutError) as error:
        assert server.child is not None
        raise could_not_start(server.child.name, server.child.tail(), str(server.child.log_file)) from error
    finally:
        if server.child is not None:
            started.append(server.child)


def _listen(
    folder: DataFolder, settings: Settings, servers: Endpoints, reach: Reach
) -> tuple[Endpoints, list[socket.socket], socket.socket]:
    """Bind the sockets that outlive the processes serving them, and write down where they are."""
    local = reach.host in ("127.0.0.1", "localhost", "::1")
    webs = _bound_alike(reach.host, reach.port or free_port(settings.web.port, reach.host), settings.web.processes)
    mllp_host = settings.hl7v2.host
    mllp = _bound(mllp_host, reach.mllp_port or free_port(settings.hl7v2.port, mllp_host))
    named = reach.host if reach.host not in ("0.0.0.0", "::") else _outward_address()  # noqa: S104
    if not local:
        ensure_certificate(folder.certificate, [named, "localhost", "127.0.0.1"])
    endpoints = msgspec.structs.replace(
        servers,
        web_url=f"{'http' if local else 'https'}://{named}:{webs[0].getsockname()[1]}",
        mllp_host=mllp_host,
        mllp_port=mllp.getsockname()[1],
    )
    folder.write_endpoints(endpoints)
    return endpoints, webs, mllp


def _bound_alike(host: str, port: int, many: int) -> list[socket.socket]:
    """A socket for each of ``many`` processes on one port, among which the kernel spreads the callers; on a socket
    that they shared, whichever woke first would take them all. The port must be nobody else's."""
    with _bound(host, port) as probe:
        port = probe.getsockname()[1]
    return [_bound(host, port, alike=True) for _ in range(many)]


def _bound(host: str, port: int, *, alike: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512, reuse_port=alike)
    except OSError as error:
        raise XinglinError(
            Category.UNAVAILABLE,
            f"cannot listen on {host} port {port}: {error.strerror}; name another with --host, --port or --mllp-port",
            f"无法监听 {host} 端口 {port}：{error.strerror}，请用 --host、--port 或 --mllp-port 另行指定",
        ) from error
    listening.setblocking(False)
    return listening


def _outward_address() -> str:
    """The address by which this machine is seen from its network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


async def _stop(children: Sequence[Child]) -> None:
    """Stop in the opposite order, PostgreSQL last; our own processes side by side."""
    ours = [child for child in children if child.name not in _SERVERS]
    await asyncio.gather(*(child.stop() for child in ours))
    for child in reversed([child for child in children if child not in ours]):
        await child.stop()
