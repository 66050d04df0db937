"""A data folder of any release is opened by this one; one of a later release is left alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from faults.load import client_of, wait_until
from nodes import started_node
from xinglin.foundation.database import DatabaseSettings, Migrations, migrate, pending
from xinglin.server.assembly import MIGRATIONS
from xinglin.server.backup import restore
from xinglin.server.backup.database import resting_database
from xinglin.server.supervisor import DataFolder

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.backup"))


def test_there_is_a_backup_of_a_release() -> None:
    assert RELEASES, "run: make release-fixture"


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.stem)
async def test_the_folder_of_a_release_is_opened_and_holds_what_it_held(release: Path, tmp_path: Path) -> None:
    manifest = await restore(release, tmp_path / "data")
    kept = json.loads(release.with_suffix(".json").read_text("utf-8"))
    assert manifest.release == release.stem
    async with resting_database(DataFolder(tmp_path / "data")) as url:
        older = await asyncio.to_thread(pending, url, MIGRATIONS)
    assert older, "a kept backup is of an older schema, so that opening it migrates"
    with started_node(tmp_path / "data", own_servers=True) as node, client_of(node) as client:
        for resource in kept:
            place = f"/fhir/{resource['resourceType']}/{resource['id']}"
            assert client.get(place).json() == resource
            found = client.get(f"/fhir/{resource['resourceType']}", params={"_id": resource["id"]}).json()
            assert [entry["resource"] for entry in found["entry"]] == [resource]
        referring = [one for one in kept if "subject" in one]
        assert referring
        for resource in referring:  # by entries that this release makes otherwise
            asked = {"subject": resource["subject"]["reference"], "_id": resource["id"]}
            wait_until(lambda: client.get(f"/fhir/{resource['resourceType']}", params=asked).json().get("entry"), 30)  # noqa: B023
        patient = kept[0]
        changed = client.put(f"/fhir/Patient/{patient['id']}", json={**patient, "active": True})
        assert changed.status_code == 200
    folder = DataFolder(tmp_path / "data")
    async with resting_database(folder) as url:
        assert await asyncio.to_thread(pending, url, MIGRATIONS) == []


@pytest.mark.skipif(not RELEASES, reason="run: make release-fixture")
async def test_the_folder_of_a_later_release_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    await restore(RELEASES[-1], tmp_path / "data")
    folder = DataFolder(tmp_path / "data")
    async with resting_database(folder) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("INSERT INTO schema_revision VALUES ('store_9999')")
        await connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", "up", "--data", str(folder.path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "newer release" in done.stderr
    assert "更新的版本" in done.stderr
    assert "Traceback" not in done.stderr
    async with resting_database(folder) as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT count(*) FROM schema_revision WHERE version_num = 'store_9999'") == 1
        await connection.close()


REVISION = """\
from xinglin.foundation.database import execute_script

revision = "ward_{number:04}"
down_revision = {before}
branch_labels = {label}
depends_on = None


def upgrade() -> None:
    execute_script("CREATE TABLE ward_{number} (id int); {further}")
"""


def write_revision(folder: Path, number: int, further: str = "") -> None:
    before = f'"ward_{number - 1:04}"' if number > 1 else None
    label = '("ward",)' if number == 1 else None
    text = REVISION.format(number=number, before=before, label=label, further=further)
    (folder / f"ward_{number:04}_table.py").write_text(text, "utf-8")


async def test_an_upgrade_that_broke_off_goes_on_where_it_stopped(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    rooms = [*MIGRATIONS, Migrations("ward", tmp_path)]
    for number in (1, 2, 3):
        write_revision(tmp_path, number, further="SELECT 1 / 0;" if number == 2 else "")
    with pytest.raises(Exception, match="division by zero"):
        await asyncio.to_thread(migrate, database_settings.owner_url, rooms)
    assert await tables_of(database_settings) == {"ward_1"}
    write_revision(tmp_path, 2)
    applied = await asyncio.to_thread(migrate, database_settings.owner_url, rooms)
    assert applied == ["ward_0002", "ward_0003"]
    assert await tables_of(database_settings) == {"ward_1", "ward_2", "ward_3"}


async def tables_of(settings: DatabaseSettings) -> set[str]:
    connection = await asyncpg.connect(settings.owner_url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE tablename LIKE 'ward\\_%'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()
