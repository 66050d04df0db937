"""Puts a backup back into an empty folder and proves that it is the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from xinglin.foundation.database import known_revisions
from xinglin.foundation.errors import Category, XinglinError

from ..assembly import MIGRATIONS
from ..external import connected
from ..supervisor import DataFolder
from . import archive, programs
from .addresses import keep_addresses
from .database import external_owner_url, reading, resting_database
from .fingerprint import table_figures, table_names
from .privilege import close_side_doors


async def restore(file: Path, path: Path) -> archive.Manifest:
    """Make the data folder ``path`` from the backup ``file`` and return what it holds.

    The database is as it was, with the schema it had: ``xinglin up`` brings it up to date. Servers that the
    environment names are written into its settings, in the place of those of the node that was backed up. Raises
    CONFLICT when ``path`` holds anything or the backup is of a newer release; INVALID when the file is damaged
    or a table's count or hash differs afterwards. What was begun is taken away again when it fails.
    """
    existed = _make_empty(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xinglin-restore-") as work:
            manifest = archive.unpack(file, Path(work))
            _refuse_newer(manifest)
            await _fill(DataFolder(path), Path(work), manifest)
    except BaseException:
        _take_away(path, existed)
        raise
    return manifest


async def _fill(folder: DataFolder, work: Path, manifest: archive.Manifest) -> None:
    folder.create()
    for name in manifest.members:
        if name != archive.DUMP:
            target = folder.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(work / name, target)
    keep_addresses(folder.settings_file)
    external = external_owner_url(folder)
    if external is not None:
        await _refuse_filled(external)
        await _load(external, work / archive.DUMP, "--no-privileges")
        await _compare(external, manifest)
        return
    folder.lock()
    try:
        async with resting_database(folder) as url:
            await _load(url, work / archive.DUMP)
            await _compare(url, manifest)
    finally:
        folder.unlock()


async def _refuse_filled(url: str) -> None:
    async with connected(url) as connection:
        held = list(await table_names(connection))
    if held:
        database = urlsplit(url).path.lstrip("/")
        raise XinglinError(
            Category.CONFLICT,
            f"the external database {database} holds {len(held)} tables already; name an empty one, prepared with"
            " deploy/external-database.sql, by XINGLIN_DATABASE_URL and XINGLIN_DATABASE_OWNER_URL",
            f"外部数据库 {database} 中已有 {len(held)} 张表；请用 XINGLIN_DATABASE_URL 与 XINGLIN_DATABASE_OWNER_URL"
            " 指定一个按 deploy/external-database.sql 准备好的空数据库",
        )


async def _load(url: str, dump: Path, *options: str) -> None:
    """All or nothing: the database is as before when anything fails, for instance that an extension is missing."""
    await programs.run("pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", *options, str(dump))
    async with reading(url) as connection:
        await close_side_doors(connection)


async def _compare(url: str, manifest: archive.Manifest) -> None:
    async with reading(url) as connection:
        found = await table_figures(connection)
    different = sorted(
        name for name in manifest.tables.keys() | found.keys() if manifest.tables.get(name) != found.get(name)
    )
    if different:
        names = ", ".join(different)
        raise XinglinError(
            Category.INVALID,
            f"these tables differ from what the backup says of them: {names}",
            f"以下数据表与备份记录不一致：{names}",
        )


def _refuse_newer(manifest: archive.Manifest) -> None:
    unknown = sorted(set(manifest.schema_revisions) - known_revisions(MIGRATIONS))
    if unknown:
        names = ", ".join(unknown)
        raise XinglinError(
            Category.CONFLICT,
            f"the backup is of the newer release {manifest.release} ({names}); restore it with that release",
            f"该备份由更新的版本 {manifest.release} 写入（{names}），请使用该版本恢复",
        )


def _make_empty(path: Path) -> bool:
    """Make the folder; says whether it was there before."""
    existed = path.exists()
    if existed and any(path.iterdir()):
        raise XinglinError(
            Category.CONFLICT,
            f"{path} is not empty; a backup is restored into an empty folder only",
            f"{path} 不是空目录，备份只能恢复到空目录",
        )
    path.mkdir(parents=True, exist_ok=True)
    return existed


def _take_away(path: Path, existed: bool) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    if not existed:
        path.rmdir()
