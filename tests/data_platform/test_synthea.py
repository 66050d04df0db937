"""Real patient histories from Synthea, sent as the transactions they are."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from xinglin.foundation.database import Database


def bundles(folder: Path) -> list[Path]:
    files = sorted((folder / "synthea_r4").glob("*.json.gz"), key=lambda file: not file.name.startswith("hospital"))
    if not files:
        pytest.skip("no Synthea bundles in the shared data folder")
    return files


def linked(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: linked(inner, places) for key, inner in value.items()}
    if isinstance(value, list):
        return [linked(inner, places) for inner in value]
    return places.get(value, value) if isinstance(value, str) else value


async def test_all_forty_histories_are_accepted_and_read_back_as_they_were_sent(
    fhir: httpx.AsyncClient, database: Database, shared_data: Path
) -> None:
    sent: Counter[str] = Counter()
    for file in bundles(shared_data):
        text = gzip.decompress(file.read_bytes())
        answer = await fhir.post("", content=text, headers={"content-type": "application/fhir+json"})
        assert answer.status_code == 200, (file.name, answer.text[:500])
        entries = json.loads(text, parse_float=str)["entry"]
        made = [entry["response"] for entry in answer.json()["entry"]]
        assert all(one["status"] == "201 Created" for one in made) and len(made) == len(entries)
        places = {
            entry["fullUrl"]: one["location"].partition("/_history")[0]
            for entry, one in zip(entries, made, strict=True)
        }
        async with database.connection() as connection:
            rows = await connection.fetch(
                "SELECT type || '/' || id AS place, content FROM resource WHERE id = ANY($1)",
                [place.partition("/")[2] for place in places.values()],
            )
        stored = {row["place"]: json.loads(row["content"], parse_float=str) for row in rows}
        for entry in entries:
            resource = entry["resource"]
            sent[resource["resourceType"]] += 1
            kept = stored[places[entry["fullUrl"]]]
            expected = linked(resource, places)
            assert kept["id"] == places[entry["fullUrl"]].partition("/")[2]
            for resource_ in (kept, expected):
                resource_.pop("id")
                resource_.get("meta", {}).pop("versionId", None)
                resource_.get("meta", {}).pop("lastUpdated", None)
                if not resource_.get("meta"):
                    resource_.pop("meta", None)
            assert kept == expected
    async with database.connection() as connection:
        counted = await connection.fetch("SELECT type, count(*) AS many FROM resource GROUP BY type")
    assert {row["type"]: row["many"] for row in counted} == dict(sent)
