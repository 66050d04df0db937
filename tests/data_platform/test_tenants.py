"""Two institutions on one database: each sees and changes its own, whatever is asked, even in plain SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from data_platform.conftest import SETTINGS, served
from xinglin.data_platform.store import Store
from xinglin.foundation.database import Database, DatabaseSettings, open_database

_GUARDED = ("resource", "resource_history", "search_date", "search_string", "search_quantity")


@pytest.fixture
async def guests(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """The same database as another tenant sees it."""
    pool = await open_database(msgspec.structs.replace(database_settings, tenant=2), role="guests")
    yield pool
    await pool.close()


def patient(name: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "shared-id",
        "identifier": [{"system": "urn:mrn", "value": "4711"}],
        "name": [{"family": name}],
        "birthDate": "1950-02-03",
    }


async def test_the_same_id_is_another_patient_in_another_institution(
    database: Database, guests: Database, store: Store
) -> None:
    async with served(database, store, SETTINGS) as ours, served(guests, store, SETTINGS) as theirs:
        assert (await ours.put("/Patient/shared-id", json=patient("王"))).status_code == 201
        assert (await theirs.get("/Patient/shared-id")).status_code == 404
        assert (await theirs.put("/Patient/shared-id", json=patient("李"))).status_code == 201
        assert (await theirs.put("/Patient/shared-id", json=patient("赵"))).json()["meta"]["versionId"] == "2"
        assert (await ours.get("/Patient/shared-id")).json()["name"] == [{"family": "王"}]
        for asked in ("identifier=urn:mrn|4711", "birthdate=1950-02-03", "_id=shared-id", "name=王,李,赵"):
            await _finds_own(ours, asked, "王")
            await _finds_own(theirs, asked, "赵")
        assert [entry["resource"]["name"][0]["family"] for entry in await _entries(theirs, "/_history")] == ["赵", "李"]
        assert [
            entry["resource"]["name"][0]["family"] for entry in await _entries(ours, "/Patient/shared-id/_history")
        ] == ["王"]
        assert (await theirs.delete("/Patient/shared-id")).status_code in (200, 204)
        assert (await ours.get("/Patient/shared-id")).status_code == 200
    async with guests.connection() as connection:
        assert await store.find(connection, [("Patient", "urn:mrn", "4711")]) == {}


async def test_plain_sql_as_the_nodes_role_sees_no_other_tenants_row(database: Database, guests: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO resource (key, type, id, version, updated, method, content)"
            " VALUES (-5, 'Patient', 'hidden', 1, now(), 'PUT', '{}')"
        )
        await connection.execute("INSERT INTO search_string (key, path, value) VALUES (-5, 1, 'hidden')")
    async with guests.connection() as connection:
        for table in _GUARDED:
            seen = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE tenant = 1 OR tenant <> 2")
            assert seen == 0, table
        assert await connection.execute("UPDATE resource SET method = 'POST' WHERE id = 'hidden'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM search_string WHERE key = -5") == "DELETE 0"
    async with guests.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO resource (key, tenant, type, id, version, updated, method)"
                " VALUES (-6, 1, 'Patient', 'smuggled', 1, now(), 'PUT')"
            )
    async with guests.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM resource_history_1")


async def test_a_session_that_names_no_tenant_sees_nothing_at_all(database_settings: DatabaseSettings) -> None:
    connection = await asyncpg.connect(database_settings.url)
    try:
        for table in _GUARDED:
            with pytest.raises(asyncpg.UndefinedObjectError):
                await connection.fetch(f"SELECT * FROM {table}")
    finally:
        await connection.close()


async def _entries(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    return list((await client.get(path)).json().get("entry", []))


async def _finds_own(client: httpx.AsyncClient, asked: str, family: str) -> None:
    found = await _entries(client, f"/Patient?{asked}")
    assert [entry["resource"]["name"][0]["family"] for entry in found] == [family], asked
