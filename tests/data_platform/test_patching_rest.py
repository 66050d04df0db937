"""Patches over the wire, alone and in bundles (hl7.org/fhir/R4/http.html#patch)."""

from __future__ import annotations

import asyncio
import base64
import json
import time

import httpx
from calling import JSON, PATIENT, bundle, created, entry, identified, parameters, refused, statuses

from xinglin.data_platform.store.patching import JSON_PATCH

PATCH = {"content-type": JSON_PATCH}


async def test_a_patch_changes_one_thing_and_keeps_every_digit(fhir: httpx.AsyncClient) -> None:
    """datatypes.html#decimal: 1.00 stays 1.00."""
    text = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00,"unit":"g"}}'
    )
    place = f"/Observation/{(await fhir.post('/Observation', content=text, headers=JSON)).json()['id']}"
    by_json = await fhir.patch(
        place, json=[{"op": "replace", "path": "/valueQuantity/unit", "value": "kg"}], headers=PATCH
    )
    assert by_json.status_code == 200 and b'"valueQuantity":{"value":1.00,"unit":"kg"}' in by_json.content
    replaced = parameters({"type": "replace", "path": "Observation.status", "value": {"valueCode": "amended"}})
    by_fhirpath = await fhir.patch(place, json=replaced, headers=JSON)
    assert by_fhirpath.status_code == 200 and b'"value":1.00' in by_fhirpath.content
    assert (by_fhirpath.json()["status"], by_fhirpath.headers["etag"]) == ("amended", 'W/"3"')
    exact = b'[{"op":"test","path":"/valueQuantity/value","value":1},{"op":"add","path":"/valueQuantity/value","value":2.50}]'
    assert b'"value":2.50' in (await fhir.patch(place, content=exact, headers=PATCH)).content


async def test_a_patch_that_changes_nothing_makes_no_version(fhir: httpx.AsyncClient) -> None:
    place = "/" + await created(fhir, {**PATIENT, "active": True})
    for patch in ([], [{"op": "replace", "path": "/active", "value": True}]):
        assert (await fhir.patch(place, json=patch, headers=PATCH)).headers["etag"] == 'W/"1"'
    assert (await fhir.patch(place, json={"resourceType": "Parameters"}, headers=JSON)).headers["etag"] == 'W/"1"'


async def test_a_patch_is_judged_as_the_update_it_makes(fhir: httpx.AsyncClient) -> None:
    """http.html#patch: the resulting document is processed as an update."""
    place = "/" + await created(fhir, {**PATIENT, "active": True})
    issue = refused(
        await fhir.patch(place, json=[{"op": "add", "path": "/birthDate", "value": "soon"}], headers=PATCH), 400
    )
    assert issue["expression"] == ["Patient.birthDate"]
    emptied = await fhir.patch(place, json=[{"op": "remove", "path": "/name/0"}], headers=PATCH)
    assert emptied.status_code == 200 and "name" not in emptied.json()
    found = await fhir.get(f"/Patient?_id={place[9:]}&active=true")
    assert found.json()["total"] == 1
    history = (await fhir.get(f"{place}/_history")).json()["entry"][0]
    assert history["request"] == {"method": "PUT", "url": place[1:]} and history["resource"] == emptied.json()


async def test_a_patch_of_what_is_not_there_is_refused(fhir: httpx.AsyncClient) -> None:
    patch = [{"op": "add", "path": "/active", "value": True}]
    refused(await fhir.patch("/Patient/nobody", json=patch, headers=PATCH), 404)
    refused(await fhir.patch("/Spaceship/1", json=patch, headers=PATCH), 404)
    refused(await fhir.patch("/Patient?identifier=urn:mrn|nobody", json=patch, headers=PATCH), 404)
    refused(await fhir.patch("/Patient", json=patch, headers=PATCH), 400)
    place = "/" + await created(fhir, PATIENT)
    await fhir.delete(place)
    refused(await fhir.patch(place, json=patch, headers=PATCH), 410)
    refused(await fhir.patch(place, content=b"<diff/>", headers={"content-type": "application/xml-patch+xml"}), 415)
    refused(await fhir.patch(place, json={"resourceType": "Patient"}, headers=JSON), 400)


async def test_a_conditional_patch_takes_the_one_that_matches(fhir: httpx.AsyncClient) -> None:
    """http.html#patch: conditional patch works as conditional update; several are refused."""
    resource, query = identified(PATIENT)
    await created(fhir, resource)
    patch = [{"op": "add", "path": "/active", "value": True}]
    assert (await fhir.patch(f"/Patient?{query}", json=patch, headers=PATCH)).json()["active"] is True
    await created(fhir, resource)
    refused(await fhir.patch(f"/Patient?{query}", json=patch, headers=PATCH), 412)


async def test_patches_at_once_all_take_effect(fhir: httpx.AsyncClient) -> None:
    place = "/" + await created(fhir, PATIENT)
    patches = [[{"op": "add", "path": "/name/-", "value": {"text": str(number)}}] for number in range(10)]
    answers = await asyncio.gather(*(fhir.patch(place, json=patch, headers=PATCH) for patch in patches))
    assert {answer.status_code for answer in answers} == {200}
    assert len((await fhir.get(place)).json()["name"]) == 11


async def test_patches_go_in_bundles(fhir: httpx.AsyncClient) -> None:
    """http.html#patch: JSON Patch as a Binary, FHIRPath Patch as Parameters; in batch and transaction."""
    resource, query = identified(PATIENT)
    first, second = await created(fhir, resource), await created(fhir, PATIENT)
    data = base64.b64encode(json.dumps([{"op": "add", "path": "/active", "value": True}]).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
    added = parameters({"type": "add", "path": "Patient", "name": "gender", "value": {"valueCode": "other"}})
    for kind in ("transaction", "batch"):
        sent = bundle(entry("PATCH", f"Patient?{query}", binary), entry("PATCH", second, added), type_=kind)
        answer = await fhir.post("", json=sent, headers={"prefer": "return=representation"})
        if kind == "transaction":
            assert statuses(answer) == ["200", "200"]
            assert answer.json()["entry"][0]["resource"]["active"] is True
        else:
            assert statuses(answer) == ["200", "422"]  # gender is there now
    assert (await fhir.get(f"/{second}")).json()["gender"] == "other"
    refused(
        await fhir.post(
            "", json=bundle(entry("PATCH", first, binary), entry("PUT", first, {**resource, "id": first[8:]}))
        ),
        400,
    )
    stale = bundle(entry("PATCH", first, binary, ifMatch='W/"7"'), entry("POST", "Patient", PATIENT))
    refused(await fhir.post("", json=stale), 412)
    broken = {**binary, "data": "%%%"}
    assert (
        "Bundle.entry[0]"
        in refused(await fhir.post("", json=bundle(entry("PATCH", first, broken))), 400)["diagnostics"]
    )


async def test_an_engine_that_is_given_much_does_not_hold_up_others(fhir: httpx.AsyncClient) -> None:
    many = {**PATIENT, "name": [{"family": str(number)} for number in range(400)]}
    place = "/" + await created(fhir, many)
    patch = parameters({"type": "delete", "path": "Patient.name.where(family = '399')"})
    started = time.monotonic()
    slow = asyncio.create_task(fhir.patch(place, json=patch, headers=JSON))
    answered = 0
    while not slow.done():
        assert (await fhir.get(place)).status_code == 200
        answered += 1
    assert slow.result().status_code == 200 and answered > 3
    assert len(slow.result().json()["name"]) == 399
    assert time.monotonic() - started < 20
