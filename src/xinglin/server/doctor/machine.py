"""The machine itself: account, memory, limits, language and time."""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

import xinglin

from ..supervisor.account import ACCOUNT
from .finding import Finding, Told, well

_MIB = 2**20
_MEMORY_FAIL_MIB = 1024
_MEMORY_WARN_MIB = 3072
_OPEN_FILES = 4096
_DRIFT_SECONDS = 0.05
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # more than struct timex takes on any architecture


def account() -> Finding:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return well("account", f"runs as {_own_name()}", f"以 {_own_name()} 身份运行")
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        if shutil.which("useradd") or Path("/usr/sbin/useradd").exists():
            return well("account", f"root; makes the account {ACCOUNT}", f"root；将创建账户 {ACCOUNT}")
        return Finding(
            "account",
            "fail",
            Told(f"root, and no account {ACCOUNT} can be made", f"root 身份，且无法创建账户 {ACCOUNT}"),
            Told("run as an ordinary user", "请以普通用户运行"),
        )
    return well("account", f"root; PostgreSQL runs as {ACCOUNT}", f"root；PostgreSQL 以 {ACCOUNT} 运行")


def memory() -> Finding:
    """What is there and what is free, swap left aside."""
    seen = psutil.virtual_memory()
    total, free = seen.total // _MIB, seen.available // _MIB
    told = Told(f"{total} MiB, {free} available", f"共 {total} MiB，可用 {free}")
    advice = Told(
        "a node wants 3 GiB available; end other programs or add memory", "节点需要 3 GiB 可用内存，请释放或增加内存"
    )
    if free < _MEMORY_FAIL_MIB:
        return Finding("memory", "fail", told, advice)
    return Finding("memory", "warn", told, advice) if free < _MEMORY_WARN_MIB else Finding("memory", "ok", told)


def open_files() -> Finding:
    """How many files and connections a process may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(soft, hard) if resource.RLIM_INFINITY not in (soft, hard) else resource.RLIM_INFINITY
    if most == resource.RLIM_INFINITY or soft >= _OPEN_FILES:
        return well("files", f"{soft} files may be open", f"可同时打开 {soft} 个文件")
    return Finding(
        "files",
        "warn",
        Told(f"only {soft} files may be open", f"只能同时打开 {soft} 个文件"),
        Told(
            f"run: ulimit -n {_OPEN_FILES}, or set LimitNOFILE in the systemd unit",
            f"请运行 ulimit -n {_OPEN_FILES}，或在 systemd 单元中设置 LimitNOFILE",
        ),
    )


def locale() -> Finding:
    """Chinese text must survive file names and consoles."""
    encoding = sys.getfilesystemencoding()
    if encoding.lower().replace("-", "") == "utf8" and (sys.stdout.encoding or "utf-8").lower().startswith("utf"):
        return well("locale", "UTF-8", "UTF-8")
    return Finding(
        "locale",
        "warn",
        Told(f"files in {encoding}, console in {sys.stdout.encoding}", f"文件 {encoding}，终端 {sys.stdout.encoding}"),
        Told("run: export LANG=C.UTF-8", "请运行：export LANG=C.UTF-8"),
    )


def clock() -> Finding:
    """Whether the clock can be right, runs evenly and is kept by somebody."""
    offset = datetime.now().astimezone().strftime("%z")
    now = datetime.now(UTC)
    told = Told(f"{now:%Y-%m-%d %H:%M:%S} UTC, local time {offset}", f"UTC {now:%Y-%m-%d %H:%M:%S}，本地时区 {offset}")
    built = datetime.fromtimestamp(Path(xinglin.__file__).stat().st_mtime, UTC)
    if now < built:
        return Finding(
            "clock",
            "fail",
            Told(f"{told.en} is before this release was installed", f"{told.zh}，早于本版本安装时间"),
            Told("set the clock, run: timedatectl set-ntp true", "请校准时钟：timedatectl set-ntp true"),
        )
    if abs(drift_seconds()) > _DRIFT_SECONDS:
        return Finding(
            "clock",
            "warn",
            Told(f"{told.en}; it is being moved while it runs", f"{told.zh}；时钟正在被调整"),
            Told("wait until the clock is set, then start the node", "请等时钟稳定后再启动节点"),
        )
    if not is_synchronised():
        return Finding(
            "clock",
            "warn",
            Told(f"{told.en}; nobody keeps it right", f"{told.zh}；没有时间同步服务"),
            Told(
                "run: timedatectl set-ntp true (or let the host keep it)",
                "请运行：timedatectl set-ntp true（或由宿主机校时）",
            ),
        )
    return Finding("clock", "ok", told)


def drift_seconds(watch_seconds: float = 0.2) -> float:
    """How far wall time and monotonic time part in a short watch."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(watch_seconds)
    return (time.time() - wall) - (time.monotonic() - steady)


def is_synchronised() -> bool:
    """What the kernel was told by whoever keeps its clock (adjtimex(2), asking only)."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return bool(0 <= state < _TIME_ERROR)


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
