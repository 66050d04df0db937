"""Batches and transactions by every rule of R4 (hl7.org/fhir/R4/http.html#transaction, bundle.html#references)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from calling import (
    JSON,
    OBSERVATION,
    PATIENT,
    bundle,
    created,
    entry,
    identified,
    refused,
    statuses,
    urn,
)

from xinglin.data_platform.store import StoreSettings


def about(reference: str, **further: Any) -> dict[str, Any]:
    return {**OBSERVATION, "subject": {"reference": reference}, **further}


async def stored(fhir: httpx.AsyncClient, answer: httpx.Response, place: int) -> dict[str, Any]:
    location = answer.json()["entry"][place]["response"]["location"]
    return dict((await fhir.get("/" + location.partition("/_history")[0])).json())


async def test_deletions_come_first_then_posts_then_puts_then_reads(fhir: httpx.AsyncClient) -> None:
    """http.html#trules: DELETE, POST, PUT and PATCH, GET, whatever the order of the entries; answers in theirs."""
    resource, query = identified(PATIENT)
    old = await created(fhir, resource)
    answer = await fhir.post(
        "",
        json=bundle(
            entry("GET", f"Patient?{query}"),
            entry("HEAD", f"Patient?{query}"),
            entry("PUT", f"Patient/put-{query[-8:]}", {**resource, "id": f"put-{query[-8:]}"}),
            entry("POST", "Patient", resource),
            entry("DELETE", old),
        ),
    )
    assert statuses(answer) == ["200", "200", "201", "201", "204"]
    entries = answer.json()["entry"]
    assert entries[0]["resource"]["total"] == 2 and "resource" not in entries[1]
    found = {one["resource"]["id"] for one in entries[0]["resource"]["entry"]}
    assert f"put-{query[-8:]}" in found and old[8:] not in found


async def test_an_empty_transaction_is_no_error(fhir: httpx.AsyncClient) -> None:
    """http.html#trules: it is not an error if the submitted bundle has no resources in it."""
    answer = await fhir.post("", json={"resourceType": "Bundle", "type": "transaction"})
    assert answer.json() == {"resourceType": "Bundle", "type": "transaction-response"}


async def test_entries_may_refer_to_one_another_in_a_circle(fhir: httpx.AsyncClient) -> None:
    """http.html#trules: references are updated, circular ones too, in elements, url elements and narrative."""
    first, second = urn(), "urn:oid:1.2.3.4"
    html = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{second}">b</a><img src="{second}" alt="b"/></div>'
    patient = {
        **PATIENT,
        "text": {"status": "generated", "div": html},
        "link": [{"other": {"reference": second}, "type": "seealso"}],
        "photo": [{"url": second}],
        "identifier": [{"system": second, "value": second}],
    }
    other = {**PATIENT, "link": [{"other": {"reference": first}, "type": "seealso"}]}
    answer = await fhir.post(
        "",
        json=bundle(
            entry("POST", "Patient", patient, full_url=first), entry("POST", "Patient", other, full_url=second)
        ),
    )
    assert statuses(answer) == ["201", "201"]
    one, two = await stored(fhir, answer, 0), await stored(fhir, answer, 1)
    places = f"Patient/{one['id']}", f"Patient/{two['id']}"
    assert one["link"][0]["other"]["reference"] == one["photo"][0]["url"] == places[1]
    assert two["link"][0]["other"]["reference"] == places[0]
    assert f'href="{places[1]}"' in one["text"]["div"] and f'src="{places[1]}"' in one["text"]["div"]
    assert one["identifier"] == [{"system": second, "value": second}]


async def test_a_reference_to_a_version_stays_one(fhir: httpx.AsyncClient) -> None:
    """http.html#trules: version-specific references remain version-specific."""
    url = "http://elsewhere/fhir/Patient/77"
    answer = await fhir.post(
        "",
        json=bundle(
            entry("POST", "Patient", PATIENT, full_url=url),
            entry("POST", "Observation", about(f"{url}/_history/5")),
            entry("POST", "Observation", about(f"{url}#part")),
        ),
    )
    patient = f"Patient/{(await stored(fhir, answer, 0))['id']}"
    assert (await stored(fhir, answer, 1))["subject"]["reference"] == f"{patient}/_history/1"
    assert (await stored(fhir, answer, 2))["subject"]["reference"] == f"{patient}#part"


async def test_relative_references_are_read_against_the_base_of_their_entry(fhir: httpx.AsyncClient) -> None:
    """bundle.html#references: two servers' Patient/1 are two patients; a contained one is left alone."""
    here, there = "http://a/fhir", "http://b/fhir"
    answer = await fhir.post(
        "",
        json=bundle(
            entry("POST", "Patient", PATIENT, full_url=f"{here}/Patient/1"),
            entry("POST", "Patient", PATIENT, full_url=f"{there}/Patient/1"),
            entry("POST", "Observation", about("Patient/1"), full_url=f"{there}/Observation/9"),
            entry("POST", "Observation", about("Patient/1")),
            entry("POST", "Observation", about("#p", contained=[{**PATIENT, "id": "p"}])),
            entry("POST", "Observation", about("http://c/fhir/Patient/1")),
        ),
    )
    second = (await stored(fhir, answer, 1))["id"]
    references = [(await stored(fhir, answer, place))["subject"]["reference"] for place in range(2, 6)]
    assert references == [f"Patient/{second}", "Patient/1", "#p", "http://c/fhir/Patient/1"]


async def test_this_servers_own_urls_are_understood(fhir: httpx.AsyncClient) -> None:
    """http.html#root: request.url and fullUrl may be absolute."""
    place = await created(fhir, PATIENT)
    answer = await fhir.post(
        "",
        json=bundle(
            entry("GET", f"http://node/fhir/{place}"),
            entry(
                "PUT", f"http://node/fhir/{place}", {**PATIENT, "id": place[8:]}, full_url=f"http://node/fhir/{place}"
            ),
            entry("POST", "Observation", about(f"http://node/fhir/{place}")),
        ),
    )
    assert statuses(answer) == ["200", "200", "201"]
    assert (await stored(fhir, answer, 2))["subject"]["reference"] == place


async def test_conditional_references_mean_the_one_that_matches(fhir: httpx.AsyncClient) -> None:
    """http.html#trules: none or several fail the whole; written with escaped slashes too."""
    resource, query = identified(PATIENT)
    place = await created(fhir, resource)
    text = (
        '{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Observation"},'
        '"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        f'"subject":{{"reference":"Patient?{query}&_lastUpdated=ge2020"}},'
        '"focus":[{"reference":"Patient?identifier=http:\\/\\/nobody|1"}]}}]}'
    )
    issue = refused(await fhir.post("", content=text, headers=JSON), 400)
    assert "http://nobody" in issue["diagnostics"] and issue["code"] == "not-found"
    found = bundle(entry("POST", "Observation", about(f"Patient?{query}")))
    assert (await stored(fhir, await fhir.post("", json=found), 0))["subject"]["reference"] == place
    await created(fhir, resource)
    refused(await fhir.post("", json=found), 412)


@pytest.mark.parametrize("second", ["PUT", "DELETE", "DELETE by condition", "PUT by condition"])
async def test_one_resource_is_in_a_transaction_once(fhir: httpx.AsyncClient, second: str) -> None:
    """http.html#trules: identities that overlap, those that conditions resolve to as well, fail the whole."""
    resource, query = identified(PATIENT)
    place = await created(fhir, resource)
    method = second.partition(" ")[0]
    url = f"Patient?{query}" if "condition" in second else place
    body = {**resource, "id": place[8:]}
    twice = bundle(entry("PUT", place, body), entry(method, url, body if method == "PUT" else None))
    assert "twice" in refused(await fhir.post("", json=twice), 400)["diagnostics"]
    assert (await fhir.get(f"/{place}")).headers["etag"] == 'W/"1"'


async def test_conditions_of_entries_hold_as_those_of_requests_do(fhir: httpx.AsyncClient) -> None:
    """bundle-definitions.html: ifNoneExist, ifMatch, ifNoneMatch, ifModifiedSince."""
    resource, query = identified(PATIENT)
    place = await created(fhir, resource)
    answer = await fhir.post(
        "",
        json=bundle(
            entry("POST", "Patient", resource, ifNoneExist=query),
            entry("GET", place, ifNoneMatch='W/"1"'),
            entry("GET", place, ifModifiedSince="2099-01-01T00:00:00Z"),
            entry("GET", place, ifNoneMatch='W/"9"'),
        ),
    )
    assert statuses(answer) == ["200", "304", "304", "200"]
    assert answer.json()["entry"][0]["response"]["location"] == f"{place}/_history/1"
    assert "resource" not in answer.json()["entry"][1] and "resource" in answer.json()["entry"][3]
    stale = bundle(entry("POST", "Patient", PATIENT), entry("DELETE", place, ifMatch='W/"3"'))
    refused(await fhir.post("", json=stale), 412)
    assert (await fhir.get(f"/{place}")).status_code == 200


async def test_a_conditional_put_minds_the_id_in_the_resource(fhir: httpx.AsyncClient) -> None:
    """http.html#cond-update, in a transaction too."""
    resource, query = identified(PATIENT)
    chosen = f"tx-{query[-8:]}"
    put = bundle(entry("PUT", f"Patient?{query}", {**resource, "id": chosen}))
    assert statuses(await fhir.post("", json=put)) == ["201"]
    assert statuses(await fhir.post("", json=put)) == ["200"]
    refused(await fhir.post("", json=bundle(entry("PUT", f"Patient?{query}", {**resource, "id": "other"}))), 400)
    other, other_query = identified(PATIENT)
    refused(await fhir.post("", json=bundle(entry("PUT", f"Patient?{other_query}", {**other, "id": chosen}))), 409)


async def test_a_conditional_delete_of_several_is_one_entry(fhir: httpx.AsyncClient, serve: Any) -> None:
    resource, query = identified(PATIENT)
    for _ in range(3):
        await created(fhir, resource)
    delete = bundle(entry("DELETE", f"Patient?{query}"), entry("GET", f"Patient?{query}"))
    refused(await fhir.post("", json=delete), 412)
    async with serve(StoreSettings(max_conditional_deletes=10)) as patient:
        answer = await patient.post("", json=delete)
        assert statuses(answer) == ["204", "200"]
        assert answer.json()["entry"][1]["resource"]["total"] == 0
        assert statuses(await patient.post("", json=delete)) == ["204", "200"]


async def test_a_bundle_returns_what_is_preferred(fhir: httpx.AsyncClient) -> None:
    """http.html#prefer: nothing by default; the resources; or an outcome in each response."""
    for kind in ("batch", "transaction"):
        sent = bundle(entry("POST", "Patient", PATIENT), type_=kind)
        plain = (await fhir.post("", json=sent)).json()["entry"][0]
        assert "resource" not in plain and "outcome" not in plain["response"]
        whole = (await fhir.post("", json=sent, headers={"prefer": "return=representation"})).json()["entry"][0]
        assert whole["resource"]["name"] == PATIENT["name"]
        told = (await fhir.post("", json=sent, headers={"prefer": "return=OperationOutcome"})).json()["entry"][0]
        assert told["response"]["outcome"]["resourceType"] == "OperationOutcome" and "resource" not in told


async def test_reads_of_every_kind_go_in_a_bundle(fhir: httpx.AsyncClient) -> None:
    """http.html#transaction: any interaction of the page."""
    patient = await created(fhir, PATIENT)
    await created(fhir, about(patient))
    urls = [
        patient,
        f"{patient}/_history/1",
        f"{patient}/_history",
        "Patient/_history?_count=1",
        "_history?_count=1",
        f"{patient}/Observation?_count=1",
        f"{patient}/$everything",
        f"{patient}/$meta",
        f"/{patient}?_elements=name",
    ]
    answer = await fhir.post("", json=bundle(*(entry("GET", url) for url in urls), type_="batch"))
    assert statuses(answer) == ["200"] * len(urls)
    strange = [
        "Spaceship",
        "Spaceship/1",
        "Patient/_unknown",
        "Patient/1/$unknown",
        "",
        "Patient/1/2/3/4",
        "%00",
        "Patient?_count=x",
    ]
    answer = await fhir.post("", json=bundle(*(entry("GET", url) for url in strange), type_="batch"))
    assert set(statuses(answer)) <= {"400", "404"}
    for one in answer.json()["entry"]:
        assert one["response"]["outcome"]["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    "sent",
    [
        entry("POST", "Patient/1", PATIENT),
        entry("POST", "Patient?active=true", PATIENT),
        entry("POST", "Patient/$validate", PATIENT),
        entry("POST", "Patient"),
        entry("PUT", "Patient/1"),
        entry("PUT", "Patient", PATIENT),
        entry("PUT", "Patient/not_an_id", {**PATIENT, "id": "not_an_id"}),
        entry("PUT", "Patient/1", {**PATIENT, "id": "2"}),
        entry("PUT", "Patient/1/_history/1", {**PATIENT, "id": "1"}),
        entry("PATCH", "Patient/1"),
        entry("PATCH", "Patient/1", PATIENT),
        entry("DELETE", "Patient"),
        entry("DELETE", ""),
        entry("OPTIONS", "Patient"),
        entry("POST", "Patient", OBSERVATION),
        {"resource": PATIENT},
        {},
    ],
)
async def test_an_entry_that_says_nothing_sensible_is_refused_at_its_place(
    fhir: httpx.AsyncClient, sent: dict[str, Any]
) -> None:
    issue = refused(await fhir.post("", json=bundle(entry("POST", "Patient", PATIENT), sent)), 400)
    assert "Bundle.entry[1]" in issue["diagnostics"] or "entry[1]" in issue["expression"][0]
    alone = await fhir.post("", json=bundle(entry("POST", "Patient", PATIENT), sent, type_="batch"))
    assert statuses(alone) == ["201", "400"]
    assert alone.json()["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("kind", ["collection", "history", "searchset", "", "transaction-response"])
async def test_other_bundles_are_refused_at_the_root(fhir: httpx.AsyncClient, kind: str) -> None:
    refused(await fhir.post("", json=bundle(type_=kind)), 400)


async def test_transactions_that_patch_and_put_crosswise_do_not_deadlock(fhir: httpx.AsyncClient) -> None:
    places = [await created(fhir, PATIENT) for _ in range(2)]
    add = {
        "name": "operation",
        "part": [
            {"name": "type", "valueCode": "add"},
            {"name": "path", "valueString": "Patient"},
            {"name": "name", "valueString": "name"},
            {"name": "value", "valueHumanName": {"text": "x"}},
        ],
    }
    patch = {"resourceType": "Parameters", "parameter": [add]}

    def crosswise(first: str, second: str) -> dict[str, Any]:
        return bundle(entry("PATCH", first, patch), entry("PATCH", second, patch))

    sent = [crosswise(*places), crosswise(*reversed(places))] * 5
    answers = await asyncio.gather(*(fhir.post("", json=one) for one in sent))
    assert {answer.status_code for answer in answers} == {200}
    for place in places:
        assert len((await fhir.get(f"/{place}")).json()["name"]) == 11
