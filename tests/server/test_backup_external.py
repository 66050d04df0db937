"""A backup comes back into a database that an administrator prepared, guarded as it was; or is refused in words."""

from __future__ import annotations

import asyncio
import stat
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import external
from faults.load import client_of
from nodes import started_node
from xinglin.foundation.database import DatabaseSettings, migrate
from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.assembly import MIGRATIONS
from xinglin.server.backup import Manifest, backup, restore
from xinglin.server.doctor import servers
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder, Postgres

PATIENT = {"resourceType": "Patient", "id": "kept", "name": [{"text": "王秀英"}]}


@pytest.fixture(scope="module")
def administrator_url(postgres: Postgres | None) -> str:
    """A superuser of the server that the tests use, which to these nodes is somebody else's."""
    if postgres is None:
        return external.DATABASE_URL
    return postgres.url("postgres", "postgres")


@pytest.fixture
async def prepared(administrator_url: str) -> DatabaseSettings:
    """An empty database as deploy/external-database.sql makes it."""
    return await external.prepared_database(administrator_url, f"kept_{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The backup of a node with servers of its own and one patient in two versions."""
    folder = tmp_path_factory.mktemp("kept") / "data"
    file = folder.with_suffix(".backup")
    with started_node(folder, own_servers=True) as node, client_of(node) as client:
        client.put("/fhir/Patient/kept", json=PATIENT).raise_for_status()
        client.put("/fhir/Patient/kept", json={**PATIENT, "active": True}).raise_for_status()
        await backup(DataFolder(folder), file)
    yield file


@pytest.fixture
async def kept_elsewhere(
    administrator_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Path]:
    """The backup of a node whose database is an external one, which is gone by now."""
    old = await external.prepared_database(administrator_url, f"old_{uuid.uuid4().hex[:12]}")
    await asyncio.to_thread(migrate, old.owner_url, MIGRATIONS)
    folder = DataFolder(tmp_path / "old")
    folder.create()
    folder.settings_file.write_text(
        f'[database]  # of the east campus\nurl = "{old.url}"\nowner_url = "{old.owner_url}"\npool_size = 5\n'
        '\n[node]\nname = "东院"\n',
        "utf-8",
    )
    file = tmp_path / "old.backup"
    await backup(folder, file)
    yield file


def name_database(monkeypatch: pytest.MonkeyPatch, settings: DatabaseSettings) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_URL", settings.url)
    monkeypatch.setenv("XINGLIN_DATABASE_OWNER_URL", settings.owner_url)


async def restored(kept: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, into: DatabaseSettings) -> Manifest:
    name_database(monkeypatch, into)
    return await restore(kept, folder)


async def test_a_node_that_had_its_own_database_goes_on_with_an_external_one(
    kept: Path, prepared: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = await restored(kept, tmp_path / "data", monkeypatch, prepared)
    assert manifest.tables["public.resource"].rows >= 1
    assert not (tmp_path / "data" / "postgres").exists()
    with started_node(tmp_path / "data", own_servers=True) as node, client_of(node) as client:
        assert client.get("/fhir/Patient/kept").json()["active"] is True
        assert client.get("/fhir/Patient/kept/_history").json()["total"] == 2
        assert client.post("/fhir/Patient", json={"resourceType": "Patient"}).status_code == 201


async def test_the_settings_name_the_new_database_and_keep_all_else_so_that_the_old_one_is_left_alone(
    kept_elsewhere: Path, prepared: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restored(kept_elsewhere, tmp_path / "data", monkeypatch, prepared)
    monkeypatch.delenv("XINGLIN_DATABASE_URL")
    monkeypatch.delenv("XINGLIN_DATABASE_OWNER_URL")
    file = DataFolder(tmp_path / "data").settings_file
    settings = read_settings(file)
    assert (settings.database.url, settings.database.owner_url) == (prepared.url, prepared.owner_url)
    assert (settings.database.pool_size, settings.node.name) == (5, "东院")
    assert "# of the east campus" in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600  # it holds passwords


async def test_afterwards_the_nodes_role_sees_its_own_institution_only(
    kept: Path, prepared: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restored(kept, tmp_path / "data", monkeypatch, prepared)
    for tenant, seen in (("1", 1), ("2", 0)):
        whole = {"xinglin.reach": "all", "xinglin.patients": "{}", "xinglin.parties": "{}", "xinglin.desks": "{}"}
        role = await asyncpg.connect(prepared.url, server_settings={"xinglin.tenant": tenant, **whole})
        assert await role.fetchval("SELECT count(*) FROM resource WHERE id = 'kept'") == seen
        assert await role.fetchval("SELECT count(*) FROM resource_history WHERE id = 'kept'") == seen
        for partition in ("resource_history_1", "resource_history_hosted"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await role.fetchval(f"SELECT count(*) FROM {partition}")
        await role.close()


async def test_a_database_that_holds_tables_is_refused_and_left_as_it_is(
    kept: Path, prepared: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asyncpg.connect(prepared.owner_url)
    await owner.execute("CREATE TABLE precious AS SELECT 1 AS one")
    with pytest.raises(XinglinError, match="holds 1 tables already") as refused:
        await restored(kept, tmp_path / "data", monkeypatch, prepared)
    assert refused.value.category is Category.CONFLICT
    assert await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    await owner.close()
    assert not (tmp_path / "data").exists()


async def test_the_doctor_is_content_with_two_roles_and_warns_of_one(
    kept: Path, prepared: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, administrator_url: str
) -> None:
    await restored(kept, tmp_path / "data", monkeypatch, prepared)
    found = {}
    for who, url in (
        ("app", prepared.url),
        ("owner", prepared.owner_url),
        ("superuser", administrator_url.rpartition("/")[0] + "/" + prepared.url.rpartition("/")[2]),
        ("nobody", prepared.url.replace(":", ":wrong", 2)),
    ):
        monkeypatch.setenv("XINGLIN_DATABASE_URL", url)
        found[who] = await asyncio.to_thread(servers.database, tmp_path / "data")
    assert {who: finding.status for who, finding in found.items()} == {
        "app": "ok",
        "owner": "warn",
        "superuser": "warn",
        "nobody": "fail",
    }
    assert "owns the tables" in found["owner"].told.en
    assert "superuser" in found["superuser"].told.en
