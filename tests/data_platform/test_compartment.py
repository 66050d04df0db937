"""Compartments (hl7.org/fhir/R4/compartmentdefinition.html, http.html#vsearch) and $everything."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from calling import OBSERVATION, PATIENT, bundle, created, entry, next_of, refused

from data_platform.conftest import served
from xinglin.data_platform.fhir import compartments
from xinglin.data_platform.search import linking, parameters
from xinglin.data_platform.store import Store, StoreSettings
from xinglin.foundation.database import DatabaseSettings, open_database

CODE = {"text": "x"}


def places(page: dict[str, Any], mode: str = "match") -> list[str]:
    return [
        f"{one['resource']['resourceType']}/{one['resource']['id']}"
        for one in page.get("entry", ())
        if one["search"]["mode"] == mode
    ]


async def record(fhir: httpx.AsyncClient) -> dict[str, str]:
    """A patient with a visit and what belongs to them; each ``Type/id`` by its role."""
    made = {"organization": await created(fhir, {"resourceType": "Organization", "name": "x"})}
    made["doctor"] = await created(fhir, {"resourceType": "Practitioner", "active": True})
    made["relative"] = await created(fhir, PATIENT)
    made["patient"] = await created(
        fhir,
        {
            **PATIENT,
            "managingOrganization": {"reference": made["organization"]},
            "link": [{"other": {"reference": made["relative"]}, "type": "seealso"}],
        },
    )
    subject = {"reference": made["patient"]}
    made["visit"] = await created(
        fhir,
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": subject,
            "period": {"start": "2024-03-01", "end": "2024-03-02"},
            "participant": [{"individual": {"reference": made["doctor"]}}],
        },
    )
    early = {**OBSERVATION, "subject": subject, "effectiveDateTime": "2023-01-01"}
    made["early"] = await created(fhir, early)
    late = {**OBSERVATION, "subject": subject, "effectiveDateTime": "2024-03-01"}
    made["late"] = await created(fhir, {**late, "encounter": {"reference": made["visit"]}})
    made["undated"] = await created(fhir, {"resourceType": "Condition", "subject": subject, "code": CODE})
    other = {"reference": made["relative"]}
    made["stranger"] = await created(fhir, {**OBSERVATION, "subject": other, "effectiveDateTime": "2024-03-01"})
    return made


def test_all_five_official_compartments_are_known_with_every_parameter() -> None:
    assert set(compartments()) == {"Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"}
    for focus, types in compartments().items():
        for type_, names in types.items():
            assert set(names) <= set(parameters(type_)), (focus, type_)
            assert bool(linking(focus, type_)) == bool(names)


async def test_a_compartment_is_searched_by_type(fhir: httpx.AsyncClient) -> None:
    """http.html#vsearch: GET [base]/[Compartment]/[id]/[type] with the type's own parameters."""
    made = await record(fhir)
    patient, visit = made["patient"], made["visit"]
    page = (await fhir.get(f"/{patient}/Observation?_sort=date")).json()
    assert places(page) == [made["early"], made["late"]] and page["total"] == 2
    assert page["link"][0]["url"] == f"http://node/fhir/{patient}/Observation?_sort=date"
    assert places((await fhir.get(f"/{patient}/Observation?date=ge2024")).json()) == [made["late"]]
    assert places((await fhir.get(f"/{visit}/Observation")).json()) == [made["late"]]
    assert places((await fhir.get(f"/{made['doctor']}/Encounter")).json()) == [visit]
    assert places((await fhir.get(f"/{patient}/Patient")).json()) == [patient]
    form = {"content-type": "application/x-www-form-urlencoded"}
    posted = await fhir.post(f"/{patient}/Observation/_search", content="date=ge2024", headers=form)
    assert places(posted.json()) == [made["late"]]
    first = (await fhir.get(f"/{patient}/Observation?_count=1")).json()
    second = (await fhir.get(next_of(first))).json()
    assert places(first) + places(second) == [made["early"], made["late"]] and not next_of(second)


async def test_a_compartment_is_told_whole(fhir: httpx.AsyncClient) -> None:
    """http.html#vsearch: GET [base]/[Compartment]/[id]/*."""
    made = await record(fhir)
    page = (await fhir.get(f"/{made['patient']}/*")).json()
    assert places(page) == [made["visit"], made["early"], made["late"], made["undated"]]
    assert page["total"] == 4
    assert places((await fhir.get(f"/{made['patient']}/*?_type=Condition")).json()) == [made["undated"]]
    assert places((await fhir.get(f"/{made['visit']}/*")).json()) == [made["late"]]


async def test_device_and_related_person_have_compartments_too(fhir: httpx.AsyncClient) -> None:
    patient = await created(fhir, PATIENT)
    device = await created(fhir, {"resourceType": "Device", "distinctIdentifier": "x"})
    related = await created(fhir, {"resourceType": "RelatedPerson", "patient": {"reference": patient}})
    by_device = await created(fhir, {**OBSERVATION, "device": {"reference": device}})
    by_relative = await created(fhir, {**OBSERVATION, "performer": [{"reference": related}]})
    assert places((await fhir.get(f"/{device}/Observation")).json()) == [by_device]
    assert places((await fhir.get(f"/{related}/Observation")).json()) == [by_relative]
    assert places((await fhir.get(f"/{patient}/RelatedPerson")).json()) == [related]


async def test_what_is_no_compartment_is_refused(fhir: httpx.AsyncClient) -> None:
    patient = await created(fhir, PATIENT)
    for url in (
        "/Organization/1/Patient",
        f"/{patient}/Medication",
        f"/{patient}/Spaceship",
        "/Spaceship/1/Patient",
        "/Patient/not_an_id/Observation",
    ):
        refused(await fhir.get(url), 404)
    refused(await fhir.get(f"/{patient}/*?code=x"), 400)
    refused(await fhir.get(f"/{patient}/*?_type=Spaceship"), 400)
    assert (await fhir.get("/Patient/nobody/Observation")).json()["total"] == 0


async def test_everything_of_a_patient_is_the_record_and_what_it_refers_to(fhir: httpx.AsyncClient) -> None:
    """patient-operation-everything.html: the compartment and what it refers to; no other patient's."""
    made = await record(fhir)
    page = (await fhir.get(f"/{made['patient']}/$everything")).json()
    own = [made[name] for name in ("patient", "visit", "early", "late", "undated")]
    assert places(page) == own and page["total"] == 5
    assert set(places(page, "include")) == {made["organization"], made["doctor"]}
    by_post = await fhir.post(f"/{made['patient']}/$everything", json={"resourceType": "Parameters"})
    assert by_post.json()["entry"] == page["entry"]


async def test_everything_is_narrowed_by_dates_of_care_type_and_change(fhir: httpx.AsyncClient) -> None:
    made = await record(fhir)
    base = f"/{made['patient']}/$everything"
    cared = places((await fhir.get(f"{base}?start=2024-01-01&end=2024-12-31")).json())
    assert cared == [made[name] for name in ("patient", "visit", "late", "undated")]
    assert made["early"] in places((await fhir.get(f"{base}?end=2023-06")).json())
    typed = (await fhir.get(f"{base}?_type=Observation,Practitioner")).json()
    assert places(typed) == [made["early"], made["late"]] and places(typed, "include") == [made["doctor"]] * 0
    moment = (await fhir.get(f"/{made['late']}")).json()["meta"]["lastUpdated"]
    since = (await fhir.get(base, params={"_since": moment})).json()
    assert places(since) == [made["late"], made["undated"]] and not places(since, "include")
    dates = {"resourceType": "Parameters", "parameter": [{"name": "start", "valueDate": "2024-01-01"}]}
    assert made["early"] not in places((await fhir.post(base, json=dates)).json())


async def test_everything_comes_page_by_page_while_others_write(fhir: httpx.AsyncClient) -> None:
    made = await record(fhir)
    seen, url = [], f"/{made['patient']}/$everything?_count=2"
    while url:
        page = (await fhir.get(url)).json()
        seen += places(page)
        url = next_of(page)
        if len(seen) < 5:
            changed = {
                "resourceType": "Condition",
                "subject": {"reference": made["patient"]},
                "code": {"text": str(len(seen))},
            }
            await fhir.put(f"/{made['undated']}", json={**changed, "id": made["undated"][10:]})
    assert sorted(seen) == sorted(made[name] for name in ("patient", "visit", "early", "late", "undated"))


async def test_everything_of_a_visit(fhir: httpx.AsyncClient) -> None:
    """encounter-operation-everything.html."""
    made = await record(fhir)
    page = (await fhir.get(f"/{made['visit']}/$everything")).json()
    assert places(page) == [made["visit"], made["late"]]
    assert set(places(page, "include")) == {made["patient"], made["doctor"]}
    refused(await fhir.get(f"/{made['visit']}/$everything?start=2024"), 400)


@pytest.mark.parametrize(
    "query", ["start=soon", "_count=0", "_since=x", "_type=Spaceship", "colour=red", "_cursor=WyJhIl0"]
)
async def test_everything_refuses_what_it_does_not_know(fhir: httpx.AsyncClient, query: str) -> None:
    patient = await created(fhir, PATIENT)
    refused(await fhir.get(f"/{patient}/$everything?{query}"), 400)
    refused(await fhir.get("/Patient/nobody/$everything"), 404)
    refused(await fhir.get("/Observation/1/$everything"), 404)
    await fhir.delete(f"/{patient}")
    refused(await fhir.get(f"/{patient}/$everything"), 410)


async def test_what_a_transaction_brings_is_in_its_compartment_at_once(fhir: httpx.AsyncClient) -> None:
    answer = await fhir.post(
        "",
        json=bundle(
            entry("POST", "Patient", PATIENT, full_url="urn:uuid:8d0ed7ba-0000-4000-8000-000000000001"),
            entry(
                "POST",
                "Observation",
                {**OBSERVATION, "subject": {"reference": "urn:uuid:8d0ed7ba-0000-4000-8000-000000000001"}},
            ),
        ),
    )
    patient = answer.json()["entry"][0]["response"]["location"].partition("/_history")[0]
    assert len(places((await fhir.get(f"/{patient}/$everything")).json())) == 2


async def test_a_record_holds_nothing_of_another_institution(
    fhir: httpx.AsyncClient, store: Store, database_settings: DatabaseSettings
) -> None:
    """Two institutions may have the same id; what one asks of it leads to its own."""
    patient = {**PATIENT, "id": "same-in-both"}
    observation = {**OBSERVATION, "id": "same-in-both", "subject": {"reference": "Patient/same-in-both"}}
    guests = await open_database(msgspec.structs.replace(database_settings, tenant=2), role="guests")
    try:
        async with served(guests, store, StoreSettings(allow_expunge=True)) as theirs:
            await fhir.put("/Patient/same-in-both", json=patient)
            await theirs.put("/Patient/same-in-both", json=patient)
            await theirs.put("/Observation/same-in-both", json=observation)
            assert places((await fhir.get("/Patient/same-in-both/$everything")).json()) == ["Patient/same-in-both"]
            assert places((await fhir.get("/Patient/same-in-both/*")).json()) == []
            refused(await fhir.get("/Observation/same-in-both/_history?_at=2999"), 404)
            assert len(places((await theirs.get("/Patient/same-in-both/$everything")).json())) == 2
            chosen = {"resourceType": "Parameters", "parameter": [{"name": "expungeEverything", "valueBoolean": True}]}
            assert (await theirs.post("/Patient/same-in-both/$expunge", json=chosen)).status_code == 200
            assert (await fhir.get("/Patient/same-in-both")).status_code == 200
    finally:
        await guests.close()
