"""Writes that share a transaction do not wait for one that is held up."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
from tests.data_platform.calling import PATIENT, created

from xinglin.foundation.database import DatabaseSettings


async def test_writes_go_on_beside_one_that_waits_for_a_row_that_another_holds(
    fhir: httpx.AsyncClient, database_settings: DatabaseSettings
) -> None:
    place = await created(fhir, PATIENT)
    owner = await asyncpg.connect(database_settings.owner_url)
    await owner.execute("SET xinglin.tenant = '1'")
    async with owner.transaction():
        await owner.fetch("SELECT FROM resource WHERE id = $1 FOR UPDATE", place.partition("/")[2])
        held_up = asyncio.create_task(
            fhir.put(f"/{place}", json={**PATIENT, "id": place.partition("/")[2], "active": True})
        )
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            await asyncio.gather(*(created(fhir, PATIENT) for _ in range(5)))
        assert not held_up.done()
    assert (await held_up).status_code == 200
    await owner.close()


async def test_many_at_once_are_all_written_and_told_apart(fhir: httpx.AsyncClient) -> None:
    places = await asyncio.gather(*(created(fhir, PATIENT) for _ in range(200)))
    assert len(set(places)) == 200
    reads = await asyncio.gather(*(fhir.get(f"/{place}") for place in places))
    assert {read.status_code for read in reads} == {200}
