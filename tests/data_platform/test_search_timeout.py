"""A search that would read the world is stopped and answered with advice, and the connection serves the next caller."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from tests.data_platform.calling import PATIENT, bundle, created, entry, refused
from tests.data_platform.conftest import SETTINGS, served

from xinglin.data_platform.store import Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import DatabaseSettings, open_database
from xinglin.foundation.ids import SystemIds

MANY_PEOPLE = 50_000
TIMEOUT_SECONDS = 0.5
WORLDWIDE = f"/Patient?name:contains={','.join(a + b for a in 'abcdefgh' for b in 'hijklmno')}&_total=accurate"
"""No index helps a search for two letters in the middle of words: every name is read and held against each of these."""

_PEOPLE = f"""
INSERT INTO resource (key, type, id, version, updated, method, content)
SELECT -number, 'Patient', 'p' || number, 1, now(), 'PUT', '{{"resourceType":"Patient"}}'
FROM generate_series(1, {MANY_PEOPLE}) AS number
"""
_NAMES = f"""
INSERT INTO search_string (key, path, value)
SELECT -number, path, repeat('q', 60) || number
FROM (SELECT DISTINCT path FROM search_string) AS paths, generate_series(1, {MANY_PEOPLE}) AS number
"""


@pytest.fixture(scope="module")
async def impatient(database_settings: DatabaseSettings) -> AsyncIterator[httpx.AsyncClient]:
    """The interface on one single connection that gives a statement half a second, and a world of names."""
    settings = DatabaseSettings(url=database_settings.url, pool_size=1, statement_timeout_seconds=TIMEOUT_SECONDS)
    database = await open_database(settings, role="impatient")
    async with served(database, Store(SystemClock(), SystemIds()), SETTINGS) as fhir:
        await created(fhir, {"resourceType": "Patient", "name": [{"family": "seed"}]})
        owner = await asyncpg.connect(database_settings.owner_url)
        await owner.execute("SET xinglin.tenant = '1'")
        await owner.execute(_PEOPLE)
        await owner.execute(_NAMES)
        await owner.execute("ANALYZE resource, search_string")
        await owner.close()
        yield fhir
    await database.close()


async def test_it_is_answered_503_with_advice_in_both_languages(impatient: httpx.AsyncClient) -> None:
    issue = refused(await impatient.get(WORLDWIDE), 503)
    assert issue["code"] == "too-costly"
    assert "narrow it" in issue["details"]["text"]
    assert "缩小范围" in str(issue["details"]["_text"])


async def test_the_only_connection_serves_others_afterwards_and_the_statement_works_no_longer(
    impatient: httpx.AsyncClient, database_settings: DatabaseSettings
) -> None:
    place = await created(impatient, PATIENT)
    for _ in range(3):
        refused(await impatient.get(WORLDWIDE), 503)
        assert (await impatient.get(f"/{place}")).status_code == 200
        await created(impatient, {**PATIENT, "identifier": [{"value": uuid.uuid4().hex}]})
    owner = await asyncpg.connect(database_settings.url)
    working = await owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'xinglin-impatient' AND state <> 'idle'"
    )
    await owner.close()
    assert working == 0


async def test_in_a_batch_it_fails_alone_and_in_a_transaction_nothing_is_written(impatient: httpx.AsyncClient) -> None:
    name = uuid.uuid4().hex
    write = entry("POST", "Patient", {**PATIENT, "identifier": [{"value": name}]})
    search = entry("GET", WORLDWIDE.removeprefix("/"))
    refused(await impatient.post("", json=bundle(write, search)), 503)
    assert (await impatient.get(f"/Patient?identifier={name}")).json()["total"] == 0
    answer = await impatient.post("", json=bundle(write, search, type_="batch"))
    assert [one["response"]["status"][:3] for one in answer.json()["entry"]] == ["201", "503"]
    assert (await impatient.get(f"/Patient?identifier={name}")).json()["total"] == 1
