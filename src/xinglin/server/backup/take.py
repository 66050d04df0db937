"""Takes a backup of a node that runs, or of one that rests."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import xinglin
from xinglin.foundation.clock import Clock, SystemClock
from xinglin.foundation.errors import Category, XinglinError

from ..supervisor import DataFolder
from . import archive, programs
from .database import external_owner_url, reading, resting_database
from .fingerprint import schema_revisions, table_figures

_COMPRESSION = "gzip:3"


async def backup(folder: DataFolder, file: Path, clock: Clock | None = None) -> archive.Manifest:
    """Write the node of ``folder`` to ``file`` and return what it holds.

    A running node goes on working; the backup shows the instant at which it began. Kept are the database, the
    settings, the certificates that devices trust, the key of sealed secrets, and the audit trail's anchors with their
    public keys; passwords of the parts, and the key that signs anchors, are made anew by ``restore``.
    Raises UNAVAILABLE when the node's database cannot be reached, CONFLICT when ``file`` exists, STORAGE_FULL when its
    disk has no room: nothing is left of it then.
    """
    _make_room(file)
    try:
        return await _taken(folder, file, clock or SystemClock())
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _full(file.parent) from error


async def _taken(folder: DataFolder, file: Path, clock: Clock) -> archive.Manifest:
    async with _database_of(folder) as url:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".xinglin-backup-") as work:
            dump = Path(work) / archive.DUMP
            figures, revisions = await _dump(url, dump)
            members = {archive.DUMP: dump, **_kept_files(folder)}
            manifest = archive.Manifest(
                format=archive.FORMAT,
                release=xinglin.__version__,
                taken_at=clock.now(),
                schema_revisions=revisions,
                tables=figures,
                members={name: archive.sha256_of(path) for name, path in members.items()},
            )
            archive.write(file, manifest, members)
    return manifest


def _full(place: Path) -> XinglinError:
    return XinglinError(
        Category.STORAGE_FULL,
        f"the disk of {place} is full; free some room there, or name a backup file elsewhere",
        f"{place} 所在磁盘已满，请清理空间，或将备份文件改放其他位置",
    )


def _make_room(file: Path) -> None:
    if file.exists():
        raise XinglinError(
            Category.CONFLICT,
            f"{file} exists; name another file",
            f"文件 {file} 已存在，请换一个文件名",
        )
    file.parent.mkdir(parents=True, exist_ok=True)


async def _dump(url: str, dump: Path) -> tuple[dict[str, archive.TableFigures], list[str]]:
    async with reading(url) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        await programs.run(
            "pg_dump",
            url,
            "--format=custom",
            f"--compress={_COMPRESSION}",
            f"--snapshot={snapshot}",
            "--exclude-extension=*",
            "--no-owner",
            f"--file={dump}",
        )
        return await table_figures(connection), await schema_revisions(connection)


@asynccontextmanager
async def _database_of(folder: DataFolder) -> AsyncIterator[str]:
    """The owner's address of the database: the external one, the running node's, or that of a server started
    for this alone."""
    if not folder.path.is_dir():
        raise XinglinError(Category.NOT_FOUND, f"there is no data folder {folder.path}", f"没有数据目录 {folder.path}")
    external = external_owner_url(folder)
    if external is not None:
        yield external
        return
    try:
        folder.lock()
    except XinglinError as error:
        if error.category is not Category.CONFLICT:
            raise
        yield folder.endpoints().database_owner_url
        return
    try:
        if not (folder.postgres / "PG_VERSION").exists():
            raise XinglinError(Category.NOT_FOUND, f"{folder.path} holds no node", f"{folder.path} 中没有节点数据")
        async with resting_database(folder) as url:
            yield url
    finally:
        folder.unlock()


def _kept_files(folder: DataFolder) -> dict[str, Path]:
    files = [folder.settings_file, folder.access_key_file]
    files += [*folder.certificate.glob("*"), *folder.audit.glob("*.jsonl")]
    return {str(file.relative_to(folder.path)): file for file in files if file.is_file()}
