"""$validate, $meta, $meta-add, $meta-delete (hl7.org/fhir/R4/resource-operations.html), and $expunge."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from calling import OBSERVATION, PATIENT, bundle, created, entry, refused, statuses

from xinglin.data_platform.store import StoreSettings
from xinglin.foundation.database import Database

TAG = {"system": "urn:tags", "code": "seen"}
WARD = {"system": "urn:tags", "code": "ward", "display": "Ward"}
LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
PROFILE = "http://example.org/StructureDefinition/x"


def meta(**parts: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": parts}]}


def labels(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["parameter"]
    assert one["name"] == "return"
    return {name: value for name, value in one["valueMeta"].items() if name in ("profile", "tag", "security")}


async def events(database: Database, type_: str, id_: str) -> list[Any]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT name, body FROM event WHERE ordering_key = $1 ORDER BY position", f"{type_}/{id_}"
        )
    return [(row["name"], row["body"]) for row in rows]


async def test_labels_are_added_and_taken_away_where_they_stand(fhir: httpx.AsyncClient) -> None:
    """resource-operation-meta-add.html, -delete.html: sets, by system and code; no new version."""
    text = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}'
    made = await fhir.post("/Observation", content=text, headers={"content-type": "application/fhir+json"})
    place = f"/Observation/{made.json()['id']}"
    assert labels(await fhir.get(f"{place}/$meta")) == {}
    added = await fhir.post(f"{place}/$meta-add", json=meta(tag=[TAG], security=[LABEL], profile=[PROFILE]))
    assert labels(added) == {"tag": [TAG], "security": [LABEL], "profile": [PROFILE]}
    again = await fhir.post(f"{place}/$meta-add", json=meta(tag=[{**TAG, "display": "other"}, WARD]))
    assert labels(again)["tag"] == [TAG, WARD]
    read = await fhir.get(place)
    assert (read.headers["etag"], read.json()["meta"]["tag"]) == ('W/"1"', [TAG, WARD])
    assert b'"value":1.00' in read.content
    for query in ("_tag=urn:tags|ward", f"_profile={PROFILE}", "_security=R"):
        assert (await fhir.get(f"/Observation?{query}&_id={place[13:]}")).json()["total"] == 1
    fewer = await fhir.post(f"{place}/$meta-delete", json=meta(tag=[TAG, {"code": "never"}], security=[LABEL]))
    assert labels(fewer) == {"tag": [WARD], "profile": [PROFILE]}
    assert (await fhir.get(f"/Observation?_tag=seen&_id={place[13:]}")).json()["total"] == 0
    assert (await fhir.get(f"{place}/_history")).json()["total"] == 1


async def test_labels_of_a_past_version_are_its_own(fhir: httpx.AsyncClient, database: Database) -> None:
    """resource-operation-meta.html: as a special case, on a historical version."""
    place = "/" + await created(fhir, PATIENT)
    await fhir.put(place, json={**PATIENT, "id": place[9:], "active": True})
    assert labels(await fhir.post(f"{place}/_history/1/$meta-add", json=meta(tag=[TAG]))) == {"tag": [TAG]}
    assert labels(await fhir.get(f"{place}/$meta")) == {}
    assert labels(await fhir.get(f"{place}/_history/1/$meta")) == {"tag": [TAG]}
    assert len(await events(database, "Patient", place[9:])) == 2
    assert (await fhir.get(f"/Patient?_tag=seen&_id={place[9:]}")).json()["total"] == 0
    assert (await fhir.get(f"/Patient?active=true&_id={place[9:]}")).json()["total"] == 1


async def test_a_change_of_labels_is_told_on_the_bus(fhir: httpx.AsyncClient, database: Database) -> None:
    place = "/" + await created(fhir, PATIENT)
    for _ in range(2):
        await fhir.post(f"{place}/$meta-add", json=meta(security=[LABEL]))
    told = await events(database, "Patient", place[9:])
    assert [name for name, _ in told] == ["resource.changed"] * 2
    assert b'"status":"updated"' in told[1][1] and b'"version":1' in told[1][1]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Parameters"},
        PATIENT,
        {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": "x"}}]},
        {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueDecimal": 0.5}]},
        [],
    ],
)
async def test_labels_that_are_none_are_refused(fhir: httpx.AsyncClient, body: Any) -> None:
    place = await created(fhir, PATIENT)
    refused(await fhir.post(f"/{place}/$meta-add", json=body), 400)
    refused(await fhir.post("/Patient/nobody/$meta-add", json=meta(tag=[TAG])), 404)
    refused(await fhir.get(f"/{place}/_history/7/$meta"), 404)


async def outcome(fhir: httpx.AsyncClient, url: str, body: Any) -> tuple[str, str]:
    answer = await fhir.post(url, json=body)
    assert answer.status_code == 200, answer.text
    issue = answer.json()["issue"][0]
    return issue["severity"], (issue.get("expression") or [""])[0]


async def test_validate_tells_whether_a_resource_would_be_taken(fhir: httpx.AsyncClient) -> None:
    """resource-operation-validate.html: 200 whether or not it is valid; nothing is kept."""
    url = "/Observation/$validate"
    assert await outcome(fhir, url, OBSERVATION) == ("information", "")
    assert await outcome(fhir, url, {**OBSERVATION, "status": "perhaps"}) == ("error", "Observation.status")
    assert (await outcome(fhir, url, PATIENT))[0] == "error"
    wrapped = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": OBSERVATION}, {"name": "mode", "valueCode": "create"}],
    }
    assert (await outcome(fhir, url, wrapped))[0] == "information"
    place = await created(fhir, OBSERVATION)
    assert (await outcome(fhir, f"/{place}/$validate?mode=update", {**OBSERVATION, "id": "other"}))[0] == "error"
    assert (await fhir.get(f"/{place}/$validate")).json()["issue"][0]["severity"] == "information"
    refused(await fhir.post(f"{url}?profile=http://example.org/x", json=OBSERVATION), 422)
    refused(await fhir.post(f"{url}?mode=update", json=OBSERVATION), 400)
    refused(await fhir.post(f"{url}?mode=guess", json=OBSERVATION), 400)
    refused(await fhir.post(url, json={"resourceType": "Parameters"}), 400)
    refused(await fhir.post("/Spaceship/$validate", json=PATIENT), 404)


def choice(name: str) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": name, "valueBoolean": True}]}


async def test_nothing_is_expunged_unless_the_settings_allow_it(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, PATIENT)
    issue = refused(await fhir.post(f"/{place}/$expunge", json=choice("expungeEverything")), 403)
    assert "allow_expunge" in issue["diagnostics"]
    assert (await fhir.get(f"/{place}")).status_code == 200


async def test_expunged_versions_are_gone_for_ever_and_that_is_told(serve: Any, database: Database) -> None:
    async with serve(StoreSettings(allow_expunge=True)) as fhir:
        place = "/" + await created(fhir, PATIENT)
        url = f"{place}/$expunge"
        for number in range(3):
            await fhir.put(place, json={**PATIENT, "id": place[9:], "multipleBirthInteger": number})
        refused(await fhir.post(url, json=choice("expungeDeletedResources")), 409)
        refused(await fhir.post(url, json=choice("expungeNothing")), 400)
        removed = await fhir.post(url, json=choice("expungePreviousVersions"))
        assert removed.json()["parameter"] == [{"name": "count", "valueInteger": 3}]
        assert (await fhir.get(f"{place}/_history")).json()["total"] == 1
        assert (await fhir.get(f"{place}")).headers["etag"] == 'W/"4"'
        assert (await fhir.post(url, json=choice("expungeEverything"))).status_code == 200
        for gone in (place, f"{place}/_history", f"{place}/_history/4"):
            refused(await fhir.get(gone), 404)
        assert "entry" not in (await fhir.get(f"/Patient?_id={place[9:]}")).json()
        told = await events(database, "Patient", place[9:])
        assert [name for name, _ in told][-3:] == ["resource.expunged", "resource.changed", "resource.expunged"]
        assert b'"agent":"tester"' in told[-1][1] and b'"versions":2' in told[-1][1]
        refused(await fhir.post("/Patient/nobody/$expunge", json=choice("expungeEverything")), 404)


async def test_the_capability_statement_says_what_is_served(fhir: httpx.AsyncClient) -> None:
    """capabilitystatement.html: it validates, and names what this test has seen work."""
    answer = await fhir.get("/metadata")
    stated = answer.json()
    assert (
        answer.headers["etag"] and (await outcome(fhir, "/CapabilityStatement/$validate", stated))[0] == "information"
    )
    assert stated["patchFormat"] == ["application/json-patch+json", "application/fhir+json"]
    rest = stated["rest"][0]
    assert len(rest["compartment"]) == 5
    patient = next(one for one in rest["resource"] if one["type"] == "Patient")
    assert {one["code"] for one in patient["interaction"]} >= {"patch", "delete", "vread", "history-type"}
    assert "Observation:subject" in patient["searchRevInclude"]
    assert {one["name"] for one in patient["operation"]} == {
        "validate",
        "meta",
        "meta-add",
        "meta-delete",
        "everything",
    }
    short = (await fhir.get("/metadata?_elements=fhirVersion")).json()
    assert "rest" not in short and short["fhirVersion"] == "4.0.1"


async def test_labels_in_use_are_told_by_type_and_of_all(fhir: httpx.AsyncClient) -> None:
    """resource-operation-meta.html: at type and system level the labels of all resources, each once."""
    system = f"urn:labels:{uuid.uuid4().hex}"
    tags = [{"system": system, "code": code} for code in ("a", "b")]
    await created(fhir, {**PATIENT, "meta": {"tag": tags, "profile": [f"{system}:profile"]}})
    await created(fhir, {**PATIENT, "meta": {"tag": [{**tags[0], "display": "A"}]}})
    await created(fhir, {**OBSERVATION, "meta": {"security": [{"system": system, "code": "R"}]}})

    async def told(path: str) -> dict[str, list[Any]]:
        answer = await fhir.get(path)
        assert answer.status_code == 200, answer.text
        (meta,) = [one["valueMeta"] for one in answer.json().get("parameter", [])] or [{}]
        return {
            name: [one if isinstance(one, str) else one["code"] for one in of_set if system in str(one)]
            for name, of_set in meta.items()
        }

    of_patients = await told("/Patient/$meta")
    assert (of_patients["tag"], of_patients["profile"]) == (["a", "b"], [f"{system}:profile"])
    assert of_patients.get("security", []) == []
    everything = await told("/$meta")
    assert (everything["tag"], everything["security"]) == (["a", "b"], ["R"])
    batch = await fhir.post("/", json=bundle(entry("GET", "Patient/$meta"), entry("GET", "$meta"), type_="batch"))
    assert statuses(batch) == ["200", "200"]
    refused(await fhir.get("/Sickbed/$meta"), 404)
