"""After a release that indexes otherwise, what was stored before is found as the new release finds it."""

from __future__ import annotations

import httpx

from xinglin.data_platform.search import INDEX_REVISION
from xinglin.data_platform.store.defining import Reindexer
from xinglin.foundation.database import Database


async def test_entries_of_an_older_release_are_made_anew_step_by_step(
    fhir: httpx.AsyncClient, database: Database
) -> None:
    for number in range(3):
        body = {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
            "effectiveDateTime": f"2026-0{number + 1}-01",
            "valueQuantity": {"value": number, "unit": "g/L"},
        }
        assert (await fhir.put(f"/Observation/o{number}", json=body)).status_code == 201
    async with database.transaction() as connection:
        await connection.execute("UPDATE resource_token SET tokens = '{1,2,3}'")
        await connection.execute("DELETE FROM search_date")
        await connection.execute("UPDATE search_quantity SET low = 99, high = 99")
        await connection.execute("UPDATE store_index SET revision = $1, reached = 0", INDEX_REVISION - 1)
    assert await _found(fhir, "code=718-7") == set()

    reindexer = Reindexer(database)
    assert await reindexer.step() == 3
    assert await reindexer.step() == 0
    assert await reindexer.step() == 0

    assert await _found(fhir, "code=718-7") == {"o0", "o1", "o2"}
    assert await _found(fhir, "date=ge2026-02-01") == {"o1", "o2"}
    assert await _found(fhir, "value-quantity=gt1") == {"o2"}
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT revision FROM store_index") == INDEX_REVISION
        assert await connection.fetchval("SELECT count(*) FROM search_date") == 3


async def _found(fhir: httpx.AsyncClient, asked: str) -> set[str]:
    answer = await fhir.get(f"/Observation?{asked}")
    return {entry["resource"]["id"] for entry in answer.json().get("entry", [])}
