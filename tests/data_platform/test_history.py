"""Histories (hl7.org/fhir/R4/http.html#history)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from calling import PATIENT, bundle, created, entry, identified, next_of, refused


async def lived(fhir: httpx.AsyncClient) -> tuple[str, list[str]]:
    """A patient created, changed, deleted and brought back, with the instant of each version."""
    place = f"/Patient/h-{uuid.uuid4().hex[:10]}"
    moments = []
    for number in range(4):
        await asyncio.sleep(0.01)
        if number == 2:
            await fhir.delete(place)
        else:
            await fhir.put(place, json={**PATIENT, "id": place[9:], "multipleBirthInteger": number})
        history = (await fhir.get(f"{place}/_history")).json()
        moments.append(history["entry"][0]["response"]["lastModified"])
    return place, moments


def versions(page: dict[str, Any]) -> list[str]:
    return [one["response"]["etag"].strip('W/"') for one in page.get("entry", ())]


async def test_a_history_tells_every_version_with_what_made_it(fhir: httpx.AsyncClient) -> None:
    """Sorted with oldest versions last, deleted ones without content; each with request and response."""
    place, _ = await lived(fhir)
    page = (await fhir.get(f"{place}/_history")).json()
    assert (page["type"], page["total"], versions(page)) == ("history", 4, ["4", "3", "2", "1"])
    methods = [one["request"]["method"] for one in page["entry"]]
    assert methods == ["PUT", "DELETE", "PUT", "PUT"]
    assert [one["response"]["status"][:3] for one in page["entry"]] == ["200", "204", "200", "201"]
    assert all(one["request"]["url"] == place[1:] for one in page["entry"])
    assert all(one["fullUrl"] == f"http://node/fhir{place}" for one in page["entry"])
    assert ["resource" in one for one in page["entry"]] == [True, False, True, True]
    refused(await fhir.get(f"{place}/_history/3"), 410)
    refused(await fhir.get(f"{place}/_history/9"), 404)
    refused(await fhir.get(f"{place}/_history/x"), 404)


async def test_conditional_writes_are_told_as_direct_ones(fhir: httpx.AsyncClient) -> None:
    """Conditional creates, updates and deletes are converted to direct updates and deletes."""
    resource, query = identified(PATIENT)
    place = (await fhir.post("", json=bundle(entry("PUT", f"Patient?{query}", resource)))).json()
    place = "/" + place["entry"][0]["response"]["location"].partition("/_history")[0]
    await fhir.delete(f"/Patient?{query}")
    page = (await fhir.get(f"{place}/_history")).json()
    assert [one["request"] for one in page["entry"]] == [
        {"method": "DELETE", "url": place[1:]},
        {"method": "PUT", "url": place[1:]},
    ]


async def test_since_tells_what_came_at_or_after(fhir: httpx.AsyncClient) -> None:
    place, moments = await lived(fhir)
    for number, moment in enumerate(moments):
        page = (await fhir.get(f"{place}/_history", params={"_since": moment})).json()
        assert len(versions(page)) == 4 - number
    later = (await fhir.get(f"{place}/_history?_since=2999-01-01T00:00:00Z")).json()
    assert "entry" not in later and later["total"] == 0


async def test_at_tells_what_was_current_then(fhir: httpx.AsyncClient) -> None:
    """_at: versions that were current at some point during the period; it may be given more than once."""
    place, moments = await lived(fhir)

    async def at(*values: str) -> list[str]:
        page = (await fhir.get(f"{place}/_history", params=[("_at", value) for value in values])).json()
        return versions(page)

    assert await at("2020") == []
    assert await at("2999") == ["4"]
    assert await at(moments[1]) == ["2"]
    assert await at(moments[0], moments[2]) == ["3", "1"]
    assert await at(moments[0][:10]) == ["4", "3", "2", "1"]
    both = {"_at": "2999", "_since": "2999-01-01T00:00:00Z"}
    assert versions((await fhir.get(f"{place}/_history", params=both)).json()) == []


async def test_pages_stay_as_they_are_while_others_write(fhir: httpx.AsyncClient) -> None:
    """http.html#paging: no version is told twice or left out; the count is kept across pages."""
    places = [await created(fhir, {"resourceType": "Basic", "code": {"text": str(n)}}) for n in range(5)]
    seen, url = [], "/Basic/_history?_count=2"
    while url:
        page = (await fhir.get(url)).json()
        assert len(page["entry"]) <= 2
        seen += [(one["fullUrl"], one["response"]["etag"]) for one in page["entry"]]
        url = next_of(page)
        number = len(seen)
        changed = {"resourceType": "Basic", "id": places[0][6:], "code": {"text": f"again {number}"}}
        await fhir.put(f"/{places[0]}", json=changed)
        await created(fhir, {"resourceType": "Basic", "code": {"text": "new"}})
    assert len(seen) == len(set(seen)) == 5
    assert {url.rpartition("fhir/")[2] for url, _ in seen} == set(places)


async def test_the_history_of_all_and_of_a_type_take_the_same_parameters(fhir: httpx.AsyncClient) -> None:
    place, moments = await lived(fhir)
    for url in ("/_history", "/Patient/_history"):
        page = (await fhir.get(url, params={"_at": moments[1], "_count": 500})).json()
        assert f"http://node/fhir{place}" in {one["fullUrl"] for one in page["entry"]}
        assert "_at=" in page["link"][0]["url"]


@pytest.mark.parametrize(
    "query",
    [
        "_since=yesterday",
        "_at=tomorrow",
        "_count=0",
        "_count=-1",
        "_count=x",
        "_cursor=x",
        "_cursor=WzFd",
        "_summary=x",
        "_since=0000-00-00",
        "_at=%00",
    ],
)
async def test_parameters_that_say_nothing_are_refused(fhir: httpx.AsyncClient, query: str) -> None:
    refused(await fhir.get(f"/Patient/_history?{query}"), 400)


async def test_a_history_by_a_list_has_what_the_list_refers_to(fhir: httpx.AsyncClient) -> None:
    """http.html#history, _list: versions that are referenced in the list; of a versioned reference that one alone."""
    for id_ in ("listed", "once", "deleted", "other"):
        for active in (True, False, True):
            answer = await fhir.put(f"/Patient/{id_}", json={"resourceType": "Patient", "id": id_, "active": active})
            assert answer.status_code in (200, 201)
    references = ["Patient/listed", "http://node/fhir/Patient/once/_history/2", "urn:uuid:1", "Patient/deleted"]
    entries: list[dict[str, Any]] = [{"item": {"reference": one}} for one in references]
    entries[3]["deleted"] = True
    patients = {"resourceType": "List", "id": "people", "status": "current", "mode": "changes", "entry": entries}
    assert (await fhir.put("/List/people", json=patients)).status_code == 201

    async def found(asked: str) -> list[str]:
        answer = await fhir.get(asked)
        assert answer.status_code == 200, answer.text
        return [
            f"{one['resource']['id']}/{one['resource']['meta']['versionId']}" for one in answer.json().get("entry", [])
        ]

    assert await found("/Patient/_history?_list=people") == ["once/2", "listed/3", "listed/2", "listed/1"]
    assert await found("/_history?_list=List/people") == ["once/2", "listed/3", "listed/2", "listed/1"]
    assert await found("/Observation/_history?_list=people") == []
    assert await found("/Patient/_history?_list=people&_at=2999") == ["listed/3"]
    first = (await fhir.get("/_history?_list=people&_count=3")).json()
    assert len(first["entry"]) == 3 and "_list=people" in next_of(first)
    refused(await fhir.get("/_history?_list=nobody"), 404)
    refused(await fhir.get("/_history?_list=$current-problems"), 400)
