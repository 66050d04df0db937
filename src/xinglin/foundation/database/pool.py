"""A pool of asyncpg connections whose failures are spoken in the closed list of errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeAlias

import asyncpg
import msgspec

from ..errors import Category, XinglinError
from .disk import refuse_when_low
from .listening import listen

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)
_FULL = (asyncpg.DiskFullError,)
_SLOW = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
_CLASH = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class DatabaseSettings(msgspec.Struct, frozen=True):
    """Where the truth lives. ``owner_url`` runs migrations; ``url`` is the role the node works as, which must not
    own the tables. Its sessions see the rows of ``tenant`` only: the institution that runs the node is 1. Writes are
    refused while the disk of ``folder`` has less than ``disk_reserve_mib`` free; the embedded server's is known."""

    url: str = ""
    owner_url: str = ""
    folder: str = ""
    disk_reserve_mib: int = 256
    pool_size: int = 8
    tenant: int = 1
    statement_timeout_seconds: float = 30.0


SessionSettings: TypeAlias = tuple[tuple[str, str], ...]


class Session(msgspec.Struct, frozen=True):
    """As whom a connection is used, in settings of PostgreSQL that row-level security asks for: ``reading`` for what is
    only read, ``writing`` for transactions, whose rules are asked before, ``shared`` for a transaction that carries the
    writes of several callers of one institution. By default a session is the node itself."""

    reading: SessionSettings = ()
    writing: SessionSettings = ()
    shared: SessionSettings = ()


_OF_THE_NODE = Session()
_SESSION: ContextVar[Session] = ContextVar("session", default=_OF_THE_NODE)


def current_session() -> Session:
    """The one that connections are used as here."""
    return _SESSION.get()


@contextmanager
def session(one: Session) -> Iterator[None]:
    """Use every connection inside the block as ``one``, also in tasks that begin there."""
    token = _SESSION.set(one)
    try:
        yield
    finally:
        _SESSION.reset(token)


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Knows which settings its session has, so that they are sent only where they change."""

    settings: SessionSettings = ()
    usual: Mapping[str, str] = MappingProxyType({})

    async def become(self, settings: SessionSettings) -> None:
        """Be used as ``settings`` say, in a transaction until it ends."""
        inside = self.is_in_transaction()
        if settings == self.settings and not inside:
            return
        wanted = {**self.usual, **dict(settings)}
        if not inside:
            self.settings = _UNCLEAR
        await self.execute(_SET, list(wanted), list(wanted.values()), inside)
        if not inside:
            self.settings = settings


_UNCLEAR: SessionSettings = (("", ""),)  # between two: nothing compares equal to it
_SET = "SELECT set_config(name, value, $3) FROM unnest($1::text[], $2::text[]) AS one(name, value)"


class Database:
    """The node's PostgreSQL. Connections break when the server does; the next acquire makes a new one."""

    def __init__(self, pool: asyncpg.Pool, settings: DatabaseSettings) -> None:
        self._pool = pool
        self._settings = settings

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit, for single statements; failures become ``XinglinError``."""
        async with self._used_as(_SESSION.get().reading) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """As ``connection``, for a statement that brings much: raises STORAGE_FULL where the disk is nearly full."""
        self._refuse_when_low()
        async with self._used_as(_SESSION.get().writing) as connection:
            yield connection

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Connection]:
        """As ``writing``, for what must be noted so that reading can go on: three quarters of the disk's reserve are
        for this."""
        self._refuse_when_low(self._settings.disk_reserve_mib // 4)
        async with self.connection() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction, committed when the block ends well and rolled back otherwise. Raises STORAGE_FULL, before
        the block begins, where the disk is nearly full."""
        self._refuse_when_low()
        async with self._used_as(_SESSION.get().writing) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _used_as(self, settings: SessionSettings) -> AsyncIterator[Connection]:
        with Spoken():
            async with self._pool.acquire(timeout=10) as connection:
                await connection.become(settings)
                yield connection

    async def listen(self, channel: str, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
        """Hear the notices on ``channel``, beside the pool; see ``listening.listen``."""
        await listen(self._settings.url, channel, begun, heard)

    async def close(self) -> None:
        await self._pool.close()

    def _refuse_when_low(self, reserve_mib: int | None = None) -> None:
        reserve_mib = self._settings.disk_reserve_mib if reserve_mib is None else reserve_mib
        refuse_when_low(self._settings.folder, reserve_mib)


class Spoken:
    """Failures of PostgreSQL inside the block, and its being away, become ``XinglinError``."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, XinglinError):
            return
        if isinstance(error, _FULL):
            raise XinglinError(
                Category.STORAGE_FULL,
                "The database's disk is full; nothing was written.",
                "数据库磁盘已满，本次没有写入任何内容。",
            ) from error
        if isinstance(error, _CLASH):
            raise XinglinError(
                Category.CONFLICT,
                "Another change came first; read again and retry.",
                "其他修改已先行提交，请重新读取后再试。",
                retry_after_seconds=1,
            ) from error
        if isinstance(error, _SLOW):
            raise XinglinError(
                Category.UNAVAILABLE,
                "The request took too long and was stopped; narrow it (further criteria, a shorter period, no exact"
                " total) and try again.",
                "请求耗时过长已被停止，请缩小范围（增加条件、缩短时间段、不要求精确总数）后再试。",
                issue_code="too-costly",
                retry_after_seconds=5,
            ) from error
        if isinstance(error, _AWAY):
            raise XinglinError(
                Category.UNAVAILABLE,
                "The database is restarting; try again in a moment.",
                "数据库正在重启，请稍后再试。",
                retry_after_seconds=2,
            ) from error


async def open_database(settings: DatabaseSettings, *, role: str) -> Database:
    """A pool for one process; ``role`` names it in ``pg_stat_activity``. Connects at first use."""
    return Database(await _pool(settings, role), settings)


def closed_database(settings: DatabaseSettings) -> Database:
    """A database that nobody may ask anything, for joining rooms without a server."""
    return Database(_pool(settings, "none"), settings)


def _pool(settings: DatabaseSettings, role: str) -> asyncpg.Pool:
    usual = _session_settings(settings)

    async def prepare(connection: _Connection) -> None:
        connection.usual = usual
        await connection.set_type_codec("json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary")

    return asyncpg.create_pool(
        settings.url,
        min_size=0,
        max_size=settings.pool_size,
        init=prepare,
        reset=_end_transaction,
        command_timeout=settings.statement_timeout_seconds + 5,
        server_settings={
            "application_name": f"xinglin-{role}",
            "statement_timeout": str(int(settings.statement_timeout_seconds * 1000)),
            "idle_in_transaction_session_timeout": "60000",
            "jit": "off",
            "max_parallel_workers_per_gather": "0",  # a worker takes longer to start than a page to find
            **usual,
        },
        connection_class=_Connection,
    )


def _session_settings(settings: DatabaseSettings) -> dict[str, str]:
    """Those of the node itself, which sees all of its own tenant. Policies of rooms name them."""
    return {
        "xinglin.tenant": str(settings.tenant),
        "xinglin.reach": "all",
        "xinglin.account": "",
        "xinglin.patients": "{}",
        "xinglin.parties": "{}",
        "xinglin.desks": "{}",
        "xinglin.purpose": "",
    }


async def _end_transaction(connection: asyncpg.Connection[Any]) -> None:
    """No caller sets session state (SET, LISTEN, session locks) but ``become``, which knows what it set, so the
    driver's reset, a round trip after every use, is left out."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def _same(value: bytes) -> bytes:
    return value
