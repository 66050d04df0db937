"""A node's backup is the node: nothing is lost, nothing damaged passes, nothing is overwritten."""

from __future__ import annotations

import asyncio
import stat
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest

from xinglin.foundation.bus import NewEvent, append, backlog
from xinglin.foundation.database import Database, DatabaseSettings, migrate, open_database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds
from xinglin.server.assembly import MIGRATIONS
from xinglin.server.backup import backup, restore
from xinglin.server.supervisor import DataFolder, Endpoints, Postgres
from xinglin.server.supervisor.postgres import APP_ROLE, OWNER_ROLE

IDS = SystemIds()


@asynccontextmanager
async def running(folder: DataFolder) -> AsyncIterator[Postgres]:
    folder.create()
    folder.lock()
    server = Postgres(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        folder.unlock()


async def happen(database: Database, many: int) -> None:
    events = [
        NewEvent(
            id=IDS.new(),
            room="test",
            name="patient.registered",
            key=f"Patient/{number}",
            occurred_at=datetime.now(UTC),
            body={"name": "王秀英", "number": number},
        )
        for number in range(many)
    ]
    async with database.transaction() as connection:
        await append(connection, events)


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a node that is being written to."""
    folder = DataFolder(tmp_path_factory.mktemp("kept") / "node")
    file = folder.path.parent / "node.backup"
    async with running(folder) as server:
        await asyncio.to_thread(migrate, server.url(OWNER_ROLE), MIGRATIONS)
        folder.write_endpoints(Endpoints(server.url(APP_ROLE), server.url(OWNER_ROLE), "", ""))
        folder.settings_file.write_text('[node]\nname = "杏林"\n', "utf-8")
        database = await open_database(DatabaseSettings(url=server.url(APP_ROLE)), role="test")
        await happen(database, 500)

        async def go_on_writing() -> None:
            while True:
                await happen(database, 20)

        writer = asyncio.create_task(go_on_writing())
        await backup(DataFolder(folder.path), file)
        writer.cancel()
        await asyncio.wait([writer])
        await database.close()
    return file


async def test_a_node_taken_while_it_is_written_to_comes_back_the_same(kept: Path, tmp_path: Path) -> None:
    manifest = await restore(kept, tmp_path / "node")
    folder = DataFolder(tmp_path / "node")
    assert manifest.tables["public.event"].rows >= 500
    assert manifest.schema_revisions
    assert folder.settings_file.read_text("utf-8") == '[node]\nname = "杏林"\n'
    async with running(folder) as server:
        connection = await asyncpg.connect(server.url(APP_ROLE))
        assert await connection.fetchval("SELECT count(*) FROM event") == manifest.tables["public.event"].rows
        assert await backlog(connection) == manifest.tables["public.event"].rows
        with pytest.raises(asyncpg.InsufficientPrivilegeError):  # past the row-level security of its table
            await connection.fetchval("SELECT count(*) FROM resource_history_hosted")
        await connection.close()
        database = await open_database(DatabaseSettings(url=server.url(APP_ROLE)), role="test")
        await happen(database, 1)  # the numbering goes on where it was
        await database.close()


async def test_a_resting_node_is_backed_up_with_the_same_figures(kept: Path, tmp_path: Path) -> None:
    first = await restore(kept, tmp_path / "node")
    second = await backup(DataFolder(tmp_path / "node"), tmp_path / "again.backup")
    assert second.tables == first.tables
    assert stat.S_IMODE((tmp_path / "again.backup").stat().st_mode) == 0o600


async def test_a_server_that_starts_again_is_waited_for(kept: Path, tmp_path: Path) -> None:
    first = await restore(kept, tmp_path / "node")
    folder = DataFolder(tmp_path / "node")
    async with running(folder) as server:
        folder.write_endpoints(Endpoints(server.url(APP_ROLE), server.url(OWNER_ROLE), "", ""))
        await server.stop()
        taken = asyncio.create_task(backup(DataFolder(folder.path), tmp_path / "again.backup"))
        await asyncio.sleep(1)
        assert not taken.done()
        await server.start()
        assert (await taken).tables == first.tables


async def test_a_server_that_stays_away_is_told_in_words(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xinglin.server.backup.database._RESTART_SECONDS", 0.5)
    await restore(kept, tmp_path / "node")
    folder = DataFolder(tmp_path / "node")
    async with running(folder) as server:
        folder.write_endpoints(Endpoints(server.url(APP_ROLE), server.url(OWNER_ROLE), "", ""))
        await server.stop()
        with pytest.raises(XinglinError, match="try again") as refused:
            await backup(DataFolder(folder.path), tmp_path / "never.backup")
    assert refused.value.category is Category.UNAVAILABLE
    assert sorted(each.name for each in tmp_path.iterdir()) == ["node"]


async def test_passwords_are_made_anew(kept: Path, tmp_path: Path) -> None:
    await restore(kept, tmp_path / "node")
    with tarfile.open(kept) as tar:
        assert "secrets.json" not in tar.getnames()
    assert DataFolder(tmp_path / "node").secrets().owner_password


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9], ids=lambda place: f"at {place:.0%} of the file")
async def test_one_changed_byte_is_found_and_nothing_is_left_behind(kept: Path, tmp_path: Path, place: float) -> None:
    damaged = bytearray(kept.read_bytes())
    with tarfile.open(kept) as tar:
        dump = tar.getmember("database.dump")
    damaged[dump.offset_data + int(dump.size * place)] ^= 0x01
    (tmp_path / "damaged.backup").write_bytes(damaged)
    with pytest.raises(XinglinError, match="has changed") as refused:
        await restore(tmp_path / "damaged.backup", tmp_path / "node")
    assert refused.value.category is Category.INVALID
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("content", [b"", b"not a backup at all", None], ids=["empty", "other", "cut short"])
async def test_what_is_no_whole_backup_is_refused(kept: Path, tmp_path: Path, content: bytes | None) -> None:
    whole = kept.read_bytes()
    (tmp_path / "bad.backup").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(XinglinError) as refused:
        await restore(tmp_path / "bad.backup", tmp_path / "node")
    assert refused.value.category is Category.INVALID
    assert not (tmp_path / "node").exists()


async def test_a_folder_that_holds_anything_is_left_alone(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep me")
    with pytest.raises(XinglinError, match="not empty") as refused:
        await restore(kept, tmp_path)
    assert refused.value.category is Category.CONFLICT
    assert (tmp_path / "precious").read_text() == "keep me"


async def test_a_backup_does_not_replace_a_file(kept: Path, tmp_path: Path) -> None:
    before = kept.read_bytes()
    with pytest.raises(XinglinError, match="exists"):
        await backup(DataFolder(tmp_path), kept)
    assert kept.read_bytes() == before


async def test_a_table_that_differs_afterwards_is_told(kept: Path, tmp_path: Path) -> None:
    altered = await _with_manifest(kept, tmp_path, lambda manifest: manifest["tables"]["public.event"].update(rows=1))
    with pytest.raises(XinglinError, match=r"public\.event"):
        await restore(altered, tmp_path / "node")
    assert not (tmp_path / "node").exists()


async def test_a_backup_of_a_newer_release_is_refused(kept: Path, tmp_path: Path) -> None:
    newer = await _with_manifest(kept, tmp_path, lambda manifest: manifest["schema_revisions"].append("bus_9999"))
    with pytest.raises(XinglinError, match="bus_9999") as refused:
        await restore(newer, tmp_path / "node")
    assert refused.value.category is Category.CONFLICT


async def _with_manifest(kept: Path, tmp_path: Path, change) -> Path:  # type: ignore[no-untyped-def]
    unpacked = tmp_path / "unpacked"
    with tarfile.open(kept) as tar:
        names = tar.getnames()
        tar.extractall(unpacked)
    manifest = msgspec.json.decode((unpacked / "manifest.json").read_bytes())
    change(manifest)
    (unpacked / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    with tarfile.open(tmp_path / "altered.backup", "w") as tar:
        for name in names:
            tar.add(unpacked / name, name)
    return tmp_path / "altered.backup"
