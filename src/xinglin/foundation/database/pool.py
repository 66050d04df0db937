"""A pool of asyncpg connections whose failures are spoken in the closed list of errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import msgspec

from ..errors import Category, XinglinError
from .disk import refuse_when_low

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


class Database:
    """The node's PostgreSQL. Connections break when the server does; the next acquire makes a new one."""

    def __init__(self, pool: asyncpg.Pool, settings: DatabaseSettings) -> None:
        self._pool = pool
        self._settings = settings

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit, for single statements; failures become ``XinglinError``."""
        with _spoken():
            async with self._pool.acquire(timeout=10) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """As ``connection``, for a statement that brings much: raises STORAGE_FULL where the disk is nearly full."""
        self._refuse_when_low()
        async with self.connection() as connection:
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
        with _spoken():
            async with self._pool.acquire(timeout=10) as connection, connection.transaction():
                yield connection

    async def close(self) -> None:
        await self._pool.close()

    def _refuse_when_low(self, reserve_mib: int | None = None) -> None:
        reserve_mib = self._settings.disk_reserve_mib if reserve_mib is None else reserve_mib
        refuse_when_low(self._settings.folder, reserve_mib)


class _spoken:  # noqa: N801 - reads as a phrase: "with _spoken()"
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
    return asyncpg.create_pool(
        settings.url,
        min_size=0,
        max_size=settings.pool_size,
        init=_prepare,
        reset=_end_transaction,
        command_timeout=settings.statement_timeout_seconds + 5,
        server_settings={
            "application_name": f"xinglin-{role}",
            "statement_timeout": str(int(settings.statement_timeout_seconds * 1000)),
            "idle_in_transaction_session_timeout": "60000",
            "jit": "off",
            "max_parallel_workers_per_gather": "0",  # a worker takes longer to start than a page to find
            "xinglin.tenant": str(settings.tenant),
        },
    )


async def _end_transaction(connection: asyncpg.Connection[Any]) -> None:
    """No caller sets session state (SET, LISTEN, session locks), so the driver's reset, a round trip after every
    use, is left out."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary")


def _same(value: bytes) -> bytes:
    return value
