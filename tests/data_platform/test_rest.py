"""The FHIR REST interface (hl7.org/fhir/R4/http.html): interactions, bundles, and what is refused."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest

from xinglin.data_platform.fhir import resource_types
from xinglin.foundation.database import Database

JSON = {"content-type": "application/fhir+json"}
PATIENT = {"resourceType": "Patient", "name": [{"family": "张"}]}


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = outcome["issue"][0]
    assert issue["details"]["text"] and issue["details"]["_text"]
    return issue


async def created(fhir: httpx.AsyncClient, resource: dict[str, Any]) -> str:
    answer = await fhir.post(f"/{resource['resourceType']}", json=resource)
    assert answer.status_code == 201, answer.text
    return f"{resource['resourceType']}/{answer.json()['id']}"


def bundle(*entries: dict[str, Any], type_: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


def post(resource: dict[str, Any], url: str | None = None, **request: str) -> dict[str, Any]:
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"], **request}}
    return {"fullUrl": url, **entry} if url else entry


async def test_a_resource_is_created_read_changed_and_deleted(fhir: httpx.AsyncClient) -> None:
    answer = await fhir.post("/Patient", json=PATIENT)
    assert answer.status_code == 201 and answer.headers["etag"] == 'W/"1"'
    place = answer.headers["location"].removeprefix("http://node/fhir").removesuffix("/_history/1")
    first = (await fhir.get(place)).json()
    assert first["name"] == PATIENT["name"] and first["meta"]["versionId"] == "1"

    changed = await fhir.put(place, json={**first, "active": True}, headers={"if-match": 'W/"1"'})
    assert changed.status_code == 200 and changed.headers["etag"] == 'W/"2"'
    stale = await fhir.put(place, json={**first, "active": False}, headers={"if-match": 'W/"1"'})
    refused(stale, 412)

    assert (await fhir.delete(place)).status_code == 200
    assert (await fhir.delete(place)).status_code == 200
    refused(await fhir.get(place), 410)
    refused(await fhir.get(f"{place}/_history/3"), 410)
    assert (await fhir.get(f"{place}/_history/1")).json() == first
    again = await fhir.put(place, json=first)
    assert again.status_code == 201 and again.headers["etag"] == 'W/"4"'

    history = (await fhir.get(f"{place}/_history?_count=3")).json()
    assert [entry["request"]["method"] for entry in history["entry"]] == ["PUT", "DELETE", "PUT"]
    older = next(link["url"] for link in history["link"] if link["relation"] == "next")
    assert [entry["request"]["method"] for entry in (await fhir.get(older)).json()["entry"]] == ["POST"]


async def test_an_unchanged_update_makes_no_new_version(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    read = await fhir.get(f"/{place}")
    again = await fhir.put(f"/{place}", content=read.content, headers=JSON)
    assert again.status_code == 200 and again.headers["etag"] == 'W/"1"'


async def test_a_client_may_choose_the_id_of_what_it_puts(fhir: httpx.AsyncClient) -> None:
    id_ = f"chosen-{uuid.uuid4().hex[:8]}"
    assert (await fhir.put(f"/Patient/{id_}", json={**PATIENT, "id": id_})).status_code == 201
    refused(await fhir.put("/Patient/other", json={**PATIENT, "id": id_}), 400)
    refused(await fhir.put("/Patient/not_an_id", json={**PATIENT, "id": "not_an_id"}), 400)


async def test_what_has_not_changed_is_not_sent_again(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    read = await fhir.get(f"/{place}")
    assert (await fhir.get(f"/{place}", headers={"if-none-match": read.headers["etag"]})).status_code == 304
    since = {"if-modified-since": read.headers["last-modified"]}
    assert (await fhir.get(f"/{place}", headers=since)).status_code == 304
    assert (await fhir.get(f"/{place}", headers={"if-none-match": 'W/"9"'})).status_code == 200


async def test_the_caller_says_what_to_return(fhir: httpx.AsyncClient) -> None:
    minimal = await fhir.post("/Patient", json=PATIENT, headers={"prefer": "return=minimal"})
    assert minimal.status_code == 201 and minimal.content == b"" and minimal.headers["location"]
    outcome = await fhir.post("/Patient", json=PATIENT, headers={"prefer": "return=OperationOutcome"})
    assert outcome.json()["resourceType"] == "OperationOutcome"


async def test_decimals_and_texts_come_back_as_they_were_written(fhir: httpx.AsyncClient) -> None:
    numbers = ["1.00", "0.10", "98.00", "1e2", "12345678901234567890.123456789000", "-0.0", "0.000000000000001"]
    for number in numbers:
        text = (
            '{ "resourceType":"Observation", "status":"final", "code":{"text":"\\u4e2d\\/ \\"x\\" \U0001f600"},'
            f' "valueQuantity":{{"value": {number} }} }}'
        )
        answer = await fhir.post("/Observation", content=text.encode(), headers=JSON)
        assert answer.status_code == 201, answer.text
        kept = await fhir.get(f"/Observation/{answer.json()['id']}")
        assert json.loads(kept.content, parse_float=str)["valueQuantity"]["value"] == number
        assert kept.json()["code"]["text"] == '中/ "x" \U0001f600'


async def test_two_writers_of_one_resource_lose_nothing(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    resource = {**PATIENT, "id": place.partition("/")[2]}
    answers = await asyncio.gather(
        *(
            fhir.put(f"/{place}", json={**resource, "multipleBirthInteger": n}, headers={"if-match": 'W/"1"'})
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    await asyncio.gather(*(fhir.put(f"/{place}", json={**resource, "multipleBirthInteger": n}) for n in range(9, 17)))
    history = (await fhir.get(f"/{place}/_history")).json()
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == [str(n) for n in range(10, 0, -1)]


async def test_a_conditional_create_that_arrives_often_at_once_makes_one(fhir: httpx.AsyncClient) -> None:
    value = uuid.uuid4().hex
    resource = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": value}]}
    headers = {"if-none-exist": f"identifier=urn:mrn|{value}"}
    answers = await asyncio.gather(*(fhir.post("/Patient", json=resource, headers=headers) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 7, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_update_and_delete_by_a_condition(fhir: httpx.AsyncClient) -> None:
    value = uuid.uuid4().hex
    resource = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": value}]}
    query = f"/Patient?identifier=urn:mrn|{value}"
    first = await fhir.put(query, json=resource)
    second = await fhir.put(query, json={**resource, "active": True})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    await created(fhir, resource)
    refused(await fhir.put(query, json=resource), 412)
    refused(await fhir.delete(query), 412)
    refused(await fhir.delete("/Patient?colour=red"), 400)
    refused(await fhir.delete("/Patient"), 400)


async def test_a_transaction_links_its_entries_and_answers_in_their_order(fhir: httpx.AsyncClient) -> None:
    urn = f"urn:uuid:{uuid.uuid4()}"
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "pulse"},
        "subject": {"reference": urn},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn}],
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{urn}">x</a></div>',
        },
    }
    old = await created(fhir, PATIENT)
    answer = await fhir.post(
        "",
        json=bundle(
            {"request": {"method": "GET", "url": old}},
            post(observation),
            post(PATIENT, urn),
            {"request": {"method": "DELETE", "url": await created(fhir, PATIENT)}},
        ),
    )
    assert answer.status_code == 200, answer.text
    entries = answer.json()["entry"]
    assert [entry["response"]["status"][:3] for entry in entries] == ["200", "201", "201", "204"]
    assert entries[0]["resource"]["resourceType"] == "Patient"
    patient = entries[2]["response"]["location"].partition("/_history")[0]
    made = (await fhir.get("/" + entries[1]["response"]["location"].partition("/_history")[0])).json()
    assert made["subject"]["reference"] == patient
    assert f'href="{patient}"' in made["text"]["div"]
    assert made["identifier"][0]["value"] == urn


async def test_a_transaction_finds_by_condition(fhir: httpx.AsyncClient) -> None:
    value = uuid.uuid4().hex
    known = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": value}]}
    place = await created(fhir, known)
    query = f"identifier=urn:mrn|{value}"
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "pulse"},
        "subject": {"reference": f"Patient?{query}"},
    }
    urn = f"urn:uuid:{uuid.uuid4()}"
    second = {**observation, "subject": {"reference": urn}}
    answer = await fhir.post("", json=bundle(post(observation), post(known, urn, ifNoneExist=query), post(second)))
    assert answer.status_code == 200, answer.text
    statuses = [entry["response"]["status"][:3] for entry in answer.json()["entry"]]
    assert statuses == ["201", "200", "201"]
    for entry in (answer.json()["entry"][0], answer.json()["entry"][2]):
        made = (await fhir.get("/" + entry["response"]["location"].partition("/_history")[0])).json()
        assert made["subject"]["reference"] == place
    missing = {**observation, "subject": {"reference": "Patient?identifier=urn:mrn|nobody"}}
    refused(await fhir.post("", json=bundle(post(missing))), 400)


@pytest.mark.parametrize(
    ("name", "entries", "status"),
    [
        ("a reference to no entry", [{"subject": {"reference": "urn:uuid:8d0ed7ba-0000-4000-8000-000000000000"}}], 400),
        ("a wrong code", [{"status": "perhaps"}], 400),
        ("a wrong type", [{"resourceType": "Spaceship"}], 400),
    ],
)
async def test_one_bad_entry_leaves_nothing_of_its_transaction(
    fhir: httpx.AsyncClient, database: Database, name: str, entries: list[dict[str, Any]], status: int
) -> None:
    value = uuid.uuid4().hex
    good = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": value}]}
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "pulse"}}
    answer = await fhir.post("", json=bundle(post(good), *(post({**observation, **bad}) for bad in entries)))
    issue = refused(answer, status)
    assert "Bundle.entry[1]" in issue["diagnostics"], name
    found = (await fhir.get(f"/Patient?identifier=urn:mrn|{value}")).json()
    assert found["total"] == 0


async def test_a_transaction_that_writes_one_resource_twice_is_refused(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    put = {"resource": {**PATIENT, "id": place.partition("/")[2]}, "request": {"method": "PUT", "url": place}}
    issue = refused(await fhir.post("", json=bundle(put, {"request": {"method": "DELETE", "url": place}})), 400)
    assert "twice" in issue["diagnostics"]
    urn = f"urn:uuid:{uuid.uuid4()}"
    refused(await fhir.post("", json=bundle(post(PATIENT, urn), post(PATIENT, urn))), 400)


async def test_in_a_batch_each_entry_fails_alone(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    put = {"resource": {**PATIENT, "id": place.partition("/")[2], "active": True}}
    answer = await fhir.post(
        "",
        json=bundle(
            post(PATIENT),
            post({"resourceType": "Observation", "status": "perhaps", "code": {"text": "x"}}),
            {"request": {"method": "GET", "url": "Patient/nobody"}},
            {**put, "request": {"method": "PUT", "url": place, "ifMatch": 'W/"7"'}},
            {**put, "request": {"method": "PUT", "url": place, "ifMatch": 'W/"1"'}},
            {"request": {"method": "PATCH", "url": place}},
            {"request": {"method": "GET", "url": "Patient?_count=1"}},
            type_="batch",
        ),
    )
    assert answer.status_code == 200, answer.text
    entries = answer.json()["entry"]
    assert [entry["response"]["status"][:3] for entry in entries] == ["201", "400", "404", "412", "200", "400", "200"]
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.status"]
    assert entries[6]["resource"]["type"] == "searchset"


async def test_every_resource_type_of_r4_is_kept_and_searched(fhir: httpx.AsyncClient) -> None:
    stated = (await fhir.get("/metadata")).json()
    assert {one["type"] for one in stated["rest"][0]["resource"]} == resource_types()
    assert len(resource_types()) == 146
    for type_ in sorted(resource_types()):
        assert (await fhir.get(f"/{type_}?_lastUpdated=gt2999-01-01&_total=accurate")).json()["total"] == 0


async def test_histories_of_a_type_and_of_all_are_read_page_by_page(fhir: httpx.AsyncClient) -> None:
    for _ in range(5):
        await created(fhir, {"resourceType": "Basic", "code": {"text": "x"}})
    seen, url = [], "/Basic/_history?_count=2"
    while url:
        page = (await fhir.get(url)).json()
        seen += [entry["fullUrl"] for entry in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert len(seen) == len(set(seen)) == 5
    everything = (await fhir.get("/_history?_count=1")).json()
    assert everything["entry"][0]["fullUrl"] == seen[0]
    assert "entry" not in (await fhir.get("/_history?_since=2999-01-01T00:00:00Z")).json()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b'{"resourceType":"Patient","name":[{"family":"\xff"}]}', "JSON"),
        (b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', "NUL"),
        (b'{"resourceType":"Patient","name":[{"family":"a\x00b"}]}', "JSON"),
        (b'{"resourceType":"Patient","extension":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b'{"resourceType":"Patient","extension":' + b'[{"url":"u","extension":' * 2000 + b"1", "deep"),
        (b'{"resourceType":"Patient","birthDate":NaN}', "JSON"),
        (b'{"resourceType":"Observation"}', "Patient"),
        (b'{"name":[{"family":"x"}]}', "resourceType"),
        (b'{"resourceType":"Patient","name":[]}', "empty"),
        (b'{"resourceType":"Patient","name":[{}]}', "empty"),
        (b'{"resourceType":"Patient","birthDate":"1980-02-31"}', "birthDate"),
        (b'{"resourceType":"Patient","colour":"red"}', "colour"),
        (b'{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}', "one type"),
        (b'{"resourceType":"Patient","contained":[{"resourceType":"Practitioner","gender":"x"}]}', "gender"),
    ],
)
async def test_a_bad_body_is_refused_in_words(fhir: httpx.AsyncClient, body: bytes, word: str) -> None:
    issue = refused(await fhir.post("/Patient", content=body, headers=JSON), 400)
    assert word in issue["diagnostics"]
    if not body:
        return
    entry = b'{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"Patient"},"resource":'
    inside = await fhir.post("", content=entry + body + b"}]}", headers=JSON)
    assert inside.status_code == 400 or inside.json()["entry"][0]["response"]["status"].startswith("400")


async def test_a_body_that_is_too_large_is_refused_before_it_is_kept(fhir: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield b'{"resourceType":"Patient","name":[{"family":"'
        while sent < 100 * 2**20:
            sent += 2**16
            yield b"x" * 2**16

    refused(await fhir.post("/Patient", content=endless(), headers=JSON), 413)
    entries = [post(PATIENT)] * 2001
    refused(await fhir.post("", json=bundle(*entries)), 413)


async def test_others_are_answered_while_a_large_bundle_is_carried_out(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    long = {**PATIENT, "text": {"status": "generated", "div": "<div>" + "x" * 1500 + "</div>"}}
    large = asyncio.create_task(fhir.post("", json=bundle(*[post(long)] * 2000)))
    answered = 0
    while not large.done():
        assert (await fhir.get(f"/{place}")).status_code == 200
        answered += not large.done()
    assert large.result().status_code == 200
    assert answered >= 5


async def test_only_json_is_spoken(fhir: httpx.AsyncClient) -> None:
    refused(await fhir.get("/Patient", headers={"accept": "application/fhir+xml"}), 406)
    refused(await fhir.get("/Patient?_format=xml"), 406)
    assert (await fhir.get("/Patient?_format=json")).status_code == 200
    assert (await fhir.get("/Patient", headers={"accept": "application/fhir+xml, */*;q=0.1"})).status_code == 200
    refused(await fhir.post("/Patient", content=b"<Patient/>", headers={"content-type": "application/fhir+xml"}), 415)


async def test_what_is_not_there_is_said_so(fhir: httpx.AsyncClient) -> None:
    refused(await fhir.get("/Patient/nobody"), 404)
    refused(await fhir.get("/Patient/nobody/_history"), 404)
    refused(await fhir.get("/Spaceship"), 404)
    refused(await fhir.get("/Spaceship/1"), 404)
    refused(await fhir.post("/Spaceship", json={"resourceType": "Spaceship"}), 404)
    refused(await fhir.get("/Patient/%00"), 404)
    refused(await fhir.get("/Patient?name=%00"), 400)
