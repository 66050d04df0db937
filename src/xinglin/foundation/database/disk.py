"""The disk under the database: writes are refused while it has room left, since a server that has none crashes."""

from __future__ import annotations

import os

from ..errors import Category, XinglinError

_MIB = 2**20
_RETRY_SECONDS = 30


def free_bytes(folder: str) -> int:
    """What an unprivileged program may still write on the disk of ``folder``."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def refuse_when_low(folder: str, reserve_mib: int) -> None:
    """Raises STORAGE_FULL where the disk of ``folder`` has less than ``reserve_mib`` MiB free.

    PostgreSQL refuses a row that finds no room, but where its log finds none it ends all sessions and starts anew,
    again and again; those who read would suffer for those who write. An empty ``folder`` is a server elsewhere,
    whose disk cannot be seen from here.
    """
    if not folder or (free := free_bytes(folder)) >= reserve_mib * _MIB:
        return
    raise XinglinError(
        Category.STORAGE_FULL,
        f"The disk of the database is full ({free // _MIB} MiB free, {reserve_mib} are kept in reserve); nothing was"
        " written. Reading goes on, and so does writing once there is room.",
        f"数据库磁盘已满（剩余 {free // _MIB} MiB，需保留 {reserve_mib} MiB），本次没有写入任何内容。"
        "读取不受影响，腾出空间后即可继续写入。",
        retry_after_seconds=_RETRY_SECONDS,
    )
