"""The data folder's disk: may we write, is there room, and does it keep what it says it keeps."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from .finding import Finding, Told, well

_GIB = 2**30
_SPACE_FAIL_BYTES = 2 * _GIB
_SPACE_WARN_BYTES = 20 * _GIB
_PROBE_SECONDS = 0.7
_PAGE_BYTES = 8192
# No medium that survives a power cut is known to sync in less; memory and disks that lie take 1 to 5 µs.
FASTEST_TRUE_SYNC_SECONDS = 10e-6
_SLOW_SYNC_SECONDS = 20e-3
_IN_MEMORY = {"tmpfs", "ramfs"}
_OVER_THE_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"}


def folder(data: Path) -> Finding:
    """Whether the folder, or the one it would be made in, can be written."""
    nearest = nearest_existing(data)
    if os.access(nearest, os.W_OK | os.X_OK):
        return well("folder", f"{data} can be written", f"{data} 可写")
    return Finding(
        "folder",
        "fail",
        Told(f"{nearest} cannot be written", f"{nearest} 不可写"),
        Told("name another folder with --data", "请用 --data 指定其他目录"),
    )


def space(data: Path) -> Finding:
    """Free bytes on the folder's disk."""
    free = shutil.disk_usage(nearest_existing(data)).free
    told = Told(f"{free / _GIB:.1f} GiB free", f"剩余 {free / _GIB:.1f} GiB")
    advice = Told("free some, or move the data folder to a larger disk", "请清理磁盘，或将数据目录移到更大的磁盘")
    if free < _SPACE_FAIL_BYTES:
        return Finding("space", "fail", told, advice)
    if free < _SPACE_WARN_BYTES:
        return Finding("space", "warn", told, advice)
    return Finding("space", "ok", told)


def fsync(data: Path) -> Finding:
    """How long a synced write of one page takes, and whether that can be true."""
    nearest = nearest_existing(data)
    kind = file_system(nearest)
    if kind in _IN_MEMORY:
        return judge_sync(0.0, kind)
    return judge_sync(measure_sync(nearest), kind)


def measure_sync(where: Path) -> float:
    """The median of seconds that one page takes to be written and synced in the folder ``where``."""
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=where) as scratch:
        page = os.urandom(_PAGE_BYTES)
        scratch.write(page)
        ends = time.perf_counter() + _PROBE_SECONDS
        while time.perf_counter() < ends:
            began = time.perf_counter()
            os.pwrite(scratch.fileno(), page, 0)
            os.fdatasync(scratch.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def judge_sync(seconds: float, kind: str) -> Finding:
    """What a median sync of ``seconds`` on a file system of this ``kind`` means."""
    told = Told(
        f"a synced write takes {seconds * 1e6:.0f} µs on {kind}", f"一次落盘写入需 {seconds * 1e6:.0f} 微秒（{kind}）"
    )
    if kind in _IN_MEMORY:
        return Finding(
            "fsync",
            "fail",
            Told(f"the folder lies in memory ({kind})", f"数据目录位于内存中（{kind}）"),
            Told("all is lost at a restart: name a folder on a disk", "重启即丢失，请使用磁盘上的目录"),
        )
    if seconds < FASTEST_TRUE_SYNC_SECONDS:
        return Finding(
            "fsync",
            "fail",
            told,
            Told(
                "faster than any disk that keeps its word: turn off its volatile write cache, or that of the virtual"
                " machine's disk; a power cut would lose acknowledged data",
                "快得不真实：请关闭磁盘或虚拟机磁盘的易失写缓存，否则断电会丢失已确认的数据",
            ),
        )
    if kind in _OVER_THE_NETWORK:
        return Finding("fsync", "warn", told, Told("keep the database on a local disk", "请将数据库放在本地磁盘上"))
    if seconds > _SLOW_SYNC_SECONDS:
        return Finding(
            "fsync",
            "warn",
            told,
            Told(
                f"about {1 / seconds:.0f} commits a second and connection; use a solid-state disk",
                f"每连接每秒仅约 {1 / seconds:.0f} 次提交，请使用固态硬盘",
            ),
        )
    return Finding("fsync", "ok", told)


def file_system(path: Path) -> str:
    """The kind of file system that ``path`` lies on, as the kernel names it."""
    resolved = path.resolve()
    mounts = [part for part in psutil.disk_partitions(all=True) if resolved.is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"


def nearest_existing(path: Path) -> Path:
    """``path`` itself, or the lowest folder above it that is there."""
    resolved = path.resolve()
    return next(place for place in (resolved, *resolved.parents) if place.is_dir())
