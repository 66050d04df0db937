"""Many change one resource at once, each in another way: who comes second is told so, and no change is lost."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from tests.data_platform.calling import bundle, entry

from nodes import RunningNode

WRITERS_A_WAY = 3
CHANGES = 4
TOLD = (409, 412)
JSON_PATCH = "application/json-patch+json"
Change = Callable[[httpx.AsyncClient, dict[str, Any], str], Awaitable[httpx.Response]]


def added(current: dict[str, Any], mark: str) -> dict[str, Any]:
    return {**current, "name": [*current.get("name", []), {"text": mark}]}


def held(current: dict[str, Any]) -> dict[str, str]:
    """http.html#concurrency: only on the version that was read."""
    return {"if-match": f'W/"{current["meta"]["versionId"]}"'}


def patch(mark: str) -> list[dict[str, Any]]:
    return [{"op": "add", "path": "/name/-", "value": {"text": mark}}]


async def by_update(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    return await client.put(f"/fhir/Patient/{current['id']}", json=added(current, mark), headers=held(current))


async def by_condition(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    query = f"identifier=urn:mrn|{current['identifier'][0]['value']}"
    return await client.put(f"/fhir/Patient?{query}", json=added(current, mark), headers=held(current))


async def by_patch(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    """Needs no version: the patch is applied to whatever is current."""
    headers = {"content-type": JSON_PATCH}
    return await client.patch(f"/fhir/Patient/{current['id']}", content=json.dumps(patch(mark)), headers=headers)


async def by_patch_of_a_version(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    headers = {"content-type": JSON_PATCH, **held(current)}
    return await client.patch(f"/fhir/Patient/{current['id']}", content=json.dumps(patch(mark)), headers=headers)


async def by_transaction(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    beside = {"resourceType": "Basic", "code": {"text": "beside"}, "identifier": [{"value": mark}]}
    version = held(current)["if-match"]
    put = entry("PUT", f"Patient/{current['id']}", added(current, mark), ifMatch=version)
    return await client.post("/fhir", json=bundle(entry("POST", "Basic", beside), put))


async def by_patch_in_a_transaction(client: httpx.AsyncClient, current: dict[str, Any], mark: str) -> httpx.Response:
    data = base64.b64encode(json.dumps(patch(mark)).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
    return await client.post("/fhir", json=bundle(entry("PATCH", f"Patient/{current['id']}", binary)))


WAYS: list[Change] = [
    by_update,
    by_condition,
    by_patch,
    by_patch_of_a_version,
    by_transaction,
    by_patch_in_a_transaction,
]


async def until_taken(client: httpx.AsyncClient, place: str, change: Change, marks: list[str]) -> int:
    """Make a change for each mark, reading anew whenever another came first; how often that was."""
    overtaken = 0
    for mark in marks:
        while True:
            current = (await client.get(place)).json()
            answer = await change(client, current, mark)
            if answer.status_code == 200:
                break
            assert answer.status_code in TOLD, answer.text
            overtaken += 1
    return overtaken


async def test_changes_made_at_once_in_every_way_are_all_there_and_each_is_a_version(node: RunningNode) -> None:
    headers = {"Authorization": f"Bearer {node.token}"}
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": uuid.uuid4().hex}]}
    async with httpx.AsyncClient(base_url=node.url, headers=headers, timeout=60) as client:
        person["name"] = [{"text": "first"}]
        made = await client.post("/fhir/Patient", json=person)
        place = f"/fhir/Patient/{made.json()['id']}"
        work = {
            (way, writer): [f"{way.__name__}-{writer}-{number}-{uuid.uuid4().hex}" for number in range(CHANGES)]
            for way in WAYS
            for writer in range(WRITERS_A_WAY)
        }
        overtaken = await asyncio.gather(*(until_taken(client, place, way, marks) for (way, _), marks in work.items()))
        wanted = {"first", *(mark for marks in work.values() for mark in marks)}
        current = (await client.get(place)).json()
        assert sorted(name["text"] for name in current["name"]) == sorted(wanted)
        assert current["meta"]["versionId"] == str(len(wanted))
        assert sum(overtaken) > 0, "nobody met anybody"
        history = (await client.get(f"{place}/_history", params={"_count": len(wanted)})).json()
        versions = [int(one["resource"]["meta"]["versionId"]) for one in history["entry"]]
        assert versions == list(range(len(wanted), 0, -1))
        for (way, _), marks in work.items():
            if way is by_transaction:
                for mark in marks:  # refused transactions left nothing beside
                    found = await client.get("/fhir/Basic", params={"identifier": mark})
                    assert found.json()["total"] == 1
