"""The data folder: everything one node keeps, and what its processes need to find one another."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, TextIO

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from .child import ChildEnded, ChildState


class Endpoints(msgspec.Struct, frozen=True):
    """Where the running node's parts are; written by the supervisor, readable by its owner alone.
    ``database_folder`` is the embedded server's, empty for an external one."""

    database_url: str
    database_owner_url: str
    bus_url: str
    bus_token: str
    web_url: str = ""
    mllp_host: str = ""
    mllp_port: int = 0
    database_folder: str = ""


class Secrets(msgspec.Struct, frozen=True):
    """Passwords made at first start; they never leave the folder."""

    superuser_password: str
    owner_password: str
    app_password: str
    bus_token: str


class DataFolder:
    """``path`` and what lies in it: ``postgres/ nats/ logs/ certificate/ audit/ xinglin.toml access.key run.json
    secrets.json states.json``."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.settings_file = self.path / "xinglin.toml"
        self.postgres = self.path / "postgres"
        self.nats = self.path / "nats"
        self.logs = self.path / "logs"
        self.certificate = self.path / "certificate"
        self.access_key_file = self.path / "access.key"
        self.audit = self.path / "audit"
        self._lock: TextIO | None = None

    def create(self) -> None:
        """Make the folder and its secrets where they are missing. Raises INVALID where it cannot be written."""
        try:
            for folder in (self.path, self.nats, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise XinglinError(
                Category.INVALID,
                f"cannot make the data folder {self.path}: {error.strerror}; name another with --data",
                f"无法创建数据目录 {self.path}：{error.strerror}，请用 --data 指定其他目录",
            ) from error
        if not self._secrets_file.exists():
            fresh = Secrets(*(secrets.token_urlsafe(24) for _ in range(4)))
            _write_private(self._secrets_file, msgspec.json.encode(fresh))
        self.access_key()

    def lock(self) -> None:
        """Hold the folder for this process. Raises CONFLICT when another node runs from it."""
        handle = (self.path / "lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise XinglinError(
                Category.CONFLICT,
                f"another node already runs from {self.path}; stop it or name another folder with --data",
                f"已有节点在使用 {self.path}，请先停止它或用 --data 指定其他目录",
            ) from error
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secrets(self) -> Secrets:
        return msgspec.json.decode(self._secrets_file.read_bytes(), type=Secrets)

    def access_key(self) -> bytes:
        """The 32 bytes that seal what the database keeps of second factors and signing keys; made where missing."""
        if not self.access_key_file.exists():
            _write_private(self.access_key_file, secrets.token_bytes(32))
        return self.access_key_file.read_bytes()

    def write_endpoints(self, endpoints: Endpoints) -> None:
        _write_private(self._run_file, msgspec.json.encode(endpoints))

    def endpoints(self) -> Endpoints:
        """Where the node's parts are. Raises UNAVAILABLE when no node has started from this folder."""
        try:
            return msgspec.json.decode(self._run_file.read_bytes(), type=Endpoints)
        except FileNotFoundError as error:
            raise XinglinError(
                Category.UNAVAILABLE,
                f"no node has been started from {self.path}; run: xinglin up --data {self.path}",
                f"{self.path} 尚未启动过节点，请运行：xinglin up --data {self.path}",
            ) from error

    def write_states(self, states: dict[str, ChildState], now: datetime) -> None:
        """Tell the node's other processes how its children are."""
        fresh = self._states_file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode((now, states)))
        fresh.replace(self._states_file)

    def read_states(self) -> tuple[datetime, dict[str, ChildState]] | None:
        """When the supervisor last wrote, and what; None before its first word."""
        try:
            return msgspec.json.decode(self._states_file.read_bytes(), type=tuple[datetime, dict[str, ChildState]])
        except FileNotFoundError:
            return None

    @property
    def _states_file(self) -> Path:
        return self.path / "states.json"

    @property
    def _run_file(self) -> Path:
        return self.path / "run.json"

    @property
    def _secrets_file(self) -> Path:
        return self.path / "secrets.json"


def free_port(preferred: int = 0, host: str = "127.0.0.1") -> int:
    """``preferred`` if nothing listens there, else any free TCP port of ``host``."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise XinglinError(Category.UNAVAILABLE, f"no free TCP port on {host}", f"{host} 上没有可用的 TCP 端口")


class HasPort(Protocol):
    """A server that can be told another port before it is started again."""

    port: int


async def start_on_free_port(server: HasPort, start: Callable[[], Awaitable[None]]) -> None:
    """``start``, again on another port when somebody took this one between choosing and binding it."""
    for last_try in (False, False, True):
        try:
            await start()
            return
        except ChildEnded as error:
            if last_try or "address already in use" not in error.last_words.lower():
                raise
            server.port = free_port()


def _write_private(file: Path, content: bytes) -> None:
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
