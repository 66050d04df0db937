"""Single interactions, clause by clause (hl7.org/fhir/R4/http.html)."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from calling import JSON, OBSERVATION, PATIENT, created, identified, refused

from xinglin.data_platform.store import Store, StoreSettings
from xinglin.foundation.database import Database


async def test_every_answer_about_one_resource_names_its_version(fhir: httpx.AsyncClient) -> None:
    """http.html#versions, #create: ETag, Last-Modified, and Location of what was written."""
    made = await fhir.post("/Patient", json=PATIENT)
    place = f"/Patient/{made.json()['id']}"
    changed = await fhir.put(place, json={**made.json(), "active": True})
    patch = [{"op": "replace", "path": "/active", "value": False}]
    patched = await fhir.patch(place, json=patch, headers={"content-type": "application/json-patch+json"})
    for number, answer in enumerate((made, changed, patched), 1):
        assert answer.headers["etag"] == f'W/"{number}"'
        assert answer.headers["last-modified"].endswith("GMT")
        assert answer.headers["location"] == f"http://node/fhir{place}/_history/{number}"
    for read in (await fhir.get(place), await fhir.head(place), await fhir.get(f"{place}/_history/3")):
        assert (read.status_code, read.headers["etag"]) == (200, 'W/"3"')
        assert "location" not in read.headers
    deleted = await fhir.delete(place)
    assert (deleted.status_code, deleted.headers["etag"]) == (200, 'W/"4"')


async def test_a_conditional_read_tells_only_what_is_new(fhir: httpx.AsyncClient) -> None:
    """http.html#cread: If-None-Match goes before If-Modified-Since (RFC 9110, 13.1.3)."""
    place = "/" + await created(fhir, PATIENT)
    earlier = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    later = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)

    async def status(**headers: str) -> int:
        return (
            await fhir.get(place, headers={name.replace("_", "-"): text for name, text in headers.items()})
        ).status_code

    assert await status(if_none_match='W/"1"') == 304
    assert await status(if_none_match='W/"7", W/"1"') == 304
    assert await status(if_none_match='W/"2"', if_modified_since=later) == 200
    assert await status(if_modified_since=later) == 304
    assert await status(if_modified_since=earlier) == 200
    assert await status(if_modified_since="yesterday") == 200


async def test_a_conditional_create_makes_one_or_names_the_one_there(fhir: httpx.AsyncClient) -> None:
    """http.html#ccreate: none 201, one 200, several 412."""
    resource, query = identified(PATIENT)
    first = await fhir.post("/Patient", json=resource, headers={"if-none-exist": query})
    second = await fhir.post("/Patient", json=resource, headers={"if-none-exist": query})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["location"] == first.headers["location"]
    await created(fhir, resource)
    refused(await fhir.post("/Patient", json=resource, headers={"if-none-exist": query}), 412)


async def test_a_conditional_update_minds_the_id_in_the_resource(fhir: httpx.AsyncClient) -> None:
    """http.html#cond-update, with an id: none creates with it, one must have it (400), a stranger's is refused."""
    resource, query = identified(PATIENT)
    made = await fhir.put(f"/Patient?{query}", json={**resource, "id": f"own-{query[-8:]}"})
    assert made.status_code == 201 and made.json()["id"] == f"own-{query[-8:]}"
    same = await fhir.put(f"/Patient?{query}", json={**made.json(), "active": True})
    assert same.status_code == 200
    issue = refused(await fhir.put(f"/Patient?{query}", json={**resource, "id": "another"}), 400)
    assert issue["expression"] == ["Patient.id"]
    other, other_query = identified(PATIENT)
    refused(await fhir.put(f"/Patient?{other_query}", json={**other, "id": made.json()["id"]}), 409)
    refused(await fhir.put(f"/Patient?{query}", json=resource, headers={"if-match": 'W/"1"'}), 412)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_a_stale_version_is_refused_by_each_write(fhir: httpx.AsyncClient, method: str) -> None:
    """http.html#concurrency: 412, and nothing is changed."""
    resource, query = identified(PATIENT)
    place = "/" + await created(fhir, resource)
    await fhir.put(place, json={**resource, "id": place[9:], "active": True})
    body: Any = {**resource, "id": place[9:]} if method == "PUT" else [{"op": "remove", "path": "/active"}]
    kind = {"content-type": "application/json-patch+json"} if method == "PATCH" else JSON
    for url in (place, f"/Patient?{query}"):
        stale = await fhir.request(method, url, json=body, headers={"if-match": 'W/"1"', **kind})
        refused(stale, 412)
    assert (await fhir.get(place)).headers["etag"] == 'W/"2"'
    fresh = await fhir.request(method, place, json=body, headers={"if-match": 'W/"2"', **kind})
    assert fresh.status_code == 200


async def test_a_conditional_delete_takes_one_and_never_some(fhir: httpx.AsyncClient) -> None:
    """http.html#3.1.0.7.1: none and one as an ordinary delete, several refused with 412."""
    resource, query = identified(PATIENT)
    assert (await fhir.delete(f"/Patient?{query}")).status_code == 200
    first, second = await created(fhir, resource), await created(fhir, resource)
    refused(await fhir.delete(f"/Patient?{query}"), 412)
    assert (await fhir.delete(f"/{first}")).status_code == 200
    assert (await fhir.delete(f"/Patient?{query}")).status_code == 200
    refused(await fhir.get(f"/{second}"), 410)


async def test_by_setting_a_conditional_delete_takes_all_that_match_or_none(
    database: Database, store: Store, serve: Any
) -> None:
    """http.html#3.1.0.7.1: if there are multiple matches, either all are deleted or an error is returned."""
    async with serve(StoreSettings(max_conditional_deletes=3)) as fhir:
        stated = (await fhir.get("/metadata")).json()["rest"][0]["resource"][0]
        assert stated["conditionalDelete"] == "multiple"
        resource, query = identified(PATIENT)
        places = [await created(fhir, resource) for _ in range(4)]
        refused(await fhir.delete(f"/Patient?{query}"), 412)
        assert (await fhir.get(f"/Patient?{query}")).json()["total"] == 4
        await fhir.delete(f"/{places[0]}")
        assert (await fhir.delete(f"/Patient?{query}")).status_code == 200
        assert (await fhir.get(f"/Patient?{query}")).json()["total"] == 0


async def test_the_caller_says_what_writes_return(fhir: httpx.AsyncClient) -> None:
    """http.html#prefer."""
    place = "/" + await created(fhir, PATIENT)
    for wanted, length in (("minimal", 0), ("representation", 1), ("OperationOutcome", 1)):
        resource = {**PATIENT, "id": place[9:], "language": "zh" if wanted == "minimal" else "en"}
        answer = await fhir.put(place, json=resource, headers={"prefer": f"return={wanted}; handling=strict"})
        assert answer.status_code == 200 and bool(answer.content) == bool(length)
        if wanted != "minimal":
            kind = "OperationOutcome" if wanted == "OperationOutcome" else "Patient"
            assert answer.json()["resourceType"] == kind
    assert (await fhir.delete(place, headers={"prefer": "return=minimal"})).status_code == 204


async def test_head_tells_the_same_as_get_without_the_body(fhir: httpx.AsyncClient) -> None:
    """http.html#3.1.0.2: HEAD where GET is."""
    place = "/" + await created(fhir, PATIENT)
    for url in (place, f"{place}/_history", f"{place}/_history/1", "/Patient?_count=1", "/metadata"):
        assert (await fhir.head(url)).status_code == 200, url
    assert (await fhir.head("/Patient/nobody")).status_code == 404


async def test_writers_by_the_same_condition_at_once_lose_nothing(fhir: httpx.AsyncClient) -> None:
    resource, query = identified(OBSERVATION)
    answers = await asyncio.gather(
        *(fhir.put(f"/Observation?{query}", json={**resource, "valueInteger": number}) for number in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [*[200] * 7, 201]
    assert len({answer.headers["etag"] for answer in answers}) == 8


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"accept": "application/fhir+xml"}, "", 406),
        ({"accept": "text/turtle"}, "", 406),
        ({"accept": "application/fhir+json;q=0, application/fhir+xml"}, "", 406),
        ({"accept": "application/fhir+json; fhirVersion=3.0"}, "", 406),
        ({"accept": "application/fhir+json; fhirVersion=4.0"}, "", 200),
        ({"accept": "text/html, application/json;q=0.5"}, "", 200),
        ({"accept": "application/fhir+xml"}, "?_format=json", 200),
        ({}, "?_format=application/fhir%2Bjson", 200),
        ({}, "?_format=application/fhir+json", 200),
        ({}, "?_format=xml", 406),
        ({}, "?_format=text/html", 406),
    ],
)
async def test_json_is_spoken_and_what_else_is_asked_is_refused(
    fhir: httpx.AsyncClient, headers: dict[str, str], query: str, status: int
) -> None:
    """http.html#mime-type, #parameters: _format overrides Accept; what cannot be given is a 406."""
    answer = await fhir.get(f"/Patient{query}", headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/fhir+json"
    if status == 406:
        assert "XML" in refused(answer, 406)["diagnostics"]


@pytest.mark.parametrize("kind", ["application/fhir+xml", "text/plain", "application/fhir+json; fhirVersion=5.0"])
@pytest.mark.parametrize(
    ("method", "url"), [("POST", "/Patient"), ("PUT", "/Patient/1"), ("POST", ""), ("PATCH", "/Patient/1")]
)
async def test_other_bodies_are_refused(fhir: httpx.AsyncClient, method: str, url: str, kind: str) -> None:
    """http.html#mime-type: 415."""
    issue = refused(await fhir.request(method, url, content=b"<Patient/>", headers={"content-type": kind}), 415)
    assert "application/fhir+json" in issue["diagnostics"]


async def test_answers_are_indented_for_people(fhir: httpx.AsyncClient) -> None:
    """http.html#parameters: _pretty; numbers stay as they were written."""
    text = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}'
    made = await fhir.post("/Observation?_pretty=true", content=text, headers=JSON)
    assert b'\n  "status": "final"' in made.content and b'"value": 1.00\n' in made.content
    assert b"\n  " in (await fhir.get("/Observation?_count=1&_pretty=true")).content
    assert b"\n" not in (await fhir.get(f"/Observation/{made.json()['id']}")).content


async def test_a_condition_in_the_url_of_a_create_is_minded(fhir: httpx.AsyncClient) -> None:
    """As http.html#ccreate: some clients write the condition there, and nobody wants the duplicate."""
    resource, query = identified(PATIENT)
    answers = [await fhir.post(f"/Patient?{query}", json=resource) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert (await fhir.post(f"/Patient?{query}", json=resource, headers={"if-none-exist": query})).status_code == 200
    refused(await fhir.post(f"/Patient?{query}", json=resource, headers={"if-none-exist": "name=x"}), 400)
    refused(await fhir.post("/Patient?nonsense=1", json=resource), 400)
    assert (await fhir.post("/Patient?_format=json&_pretty=true", json=resource)).status_code == 201


async def test_if_match_of_any_version_asks_that_the_resource_is_there(fhir: httpx.AsyncClient) -> None:
    """RFC 9110 13.1.1, to which http.html#concurrency refers."""
    any_version = {"if-match": "*"}
    body = {**PATIENT, "id": f"any-{uuid.uuid4().hex}"}
    place = f"/Patient/{body['id']}"
    refused(await fhir.put(place, json=body, headers=any_version), 412)
    refused(await fhir.delete(place, headers=any_version), 412)
    assert (await fhir.put(place, json=body)).status_code == 201
    assert (await fhir.put(place, json={**body, "active": True}, headers=any_version)).status_code == 200
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    kind = {"content-type": "application/json-patch+json"}
    assert (await fhir.patch(place, json=patch, headers={**any_version, **kind})).status_code == 200
    assert (await fhir.delete(place, headers=any_version)).status_code == 200
    refused(await fhir.put(place, json=body, headers=any_version), 412)
