"""Search parameters that SearchParameter resources define while the node runs (hl7.org/fhir/R4/searchparameter.html)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from calling import bundle, created, entry, refused, statuses

from data_platform.conftest import SETTINGS, served
from xinglin.data_platform.search import INDEX_REVISION, Definitions, use
from xinglin.data_platform.store import Store
from xinglin.data_platform.store.defining import Reindexer, freshen, refresh
from xinglin.foundation.database import Database, DatabaseSettings, open_database

_URL = "https://example.org/extension"


@pytest.fixture(autouse=True)
async def nothing_defined(database: Database) -> None:
    """Each test begins with R4's own parameters and no resources."""
    async with database.transaction() as connection:
        for table in ("resource", "resource_token", "search_date", "search_string", "search_quantity"):
            await connection.execute(f"DELETE FROM {table}")
        for table in ("search_parameter", "search_reindex"):
            await connection.execute(f"DELETE FROM {table}")
        await connection.execute("UPDATE search_revision SET revision = nextval('search_revision_number')")
        await refresh(connection)


def definition(code: str, type_: str = "token", base: str = "Patient", **further: Any) -> dict[str, Any]:
    return {
        "resourceType": "SearchParameter",
        "id": code,
        "url": f"https://example.org/SearchParameter/{code}",
        "name": code.replace("-", ""),
        "status": "active",
        "description": code,
        "code": code,
        "base": [base],
        "type": type_,
        "expression": f"{base}.extension.where(url='{_URL}/{code}').value",
        **further,
    }


def extended(code: str, type_: str = "Patient", **value: Any) -> dict[str, Any]:
    return {"resourceType": type_, "extension": [{"url": f"{_URL}/{code}", **value}]}


async def defined(fhir: httpx.AsyncClient, **parameter: Any) -> None:
    answer = await fhir.put(f"/SearchParameter/{parameter['id']}", json=parameter)
    assert answer.status_code in (200, 201), answer.text


async def settled(database: Database) -> None:
    """Every resource is indexed by every parameter."""
    reindexer = Reindexer(database)
    async with asyncio.timeout(30), database.connection() as connection:
        while await reindexer.step() or await connection.fetchval("SELECT count(*) FROM search_reindex"):
            pass


async def found(fhir: httpx.AsyncClient, asked: str) -> set[str]:
    answer = await fhir.get(f"/{asked}", headers={"prefer": "handling=strict"})
    assert answer.status_code == 200, answer.text
    return {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in answer.json().get("entry", [])}


async def warnings(fhir: httpx.AsyncClient, asked: str) -> list[str]:
    answer = await fhir.get(f"/{asked}")
    assert answer.status_code == 200, answer.text
    entries = [one for one in answer.json().get("entry", []) if one["search"]["mode"] == "outcome"]
    return [one["resource"]["issue"][0]["code"] for one in entries]


@pytest.mark.parametrize(
    ("type_", "value", "asked", "other"),
    [
        (
            "token",
            {"valueCodeableConcept": {"coding": [{"system": "urn:abo", "code": "AB"}]}},
            "urn:abo|AB",
            "urn:abo|O",
        ),
        ("token", {"valueBoolean": True}, "true", "false"),
        ("token", {"valueCode": "AB"}, "AB", "O"),
        ("string", {"valueString": "Ünal"}, "una", "b"),
        ("date", {"valueDate": "2026-03-01"}, "ge2026-02", "lt2026"),
        ("date", {"valuePeriod": {"start": "2026-03-01"}}, "ge2026-05", "lt2026"),
        ("number", {"valueDecimal": 1.5}, "gt1", "gt2"),
        (
            "quantity",
            {"valueQuantity": {"value": 5, "code": "g", "system": "http://unitsofmeasure.org"}},
            "5||g",
            "6||g",
        ),
        ("reference", {"valueReference": {"reference": "Organization/o"}}, "Organization/o", "Organization/p"),
        ("uri", {"valueUri": "urn:a"}, "urn:a", "urn:b"),
    ],
)
async def test_an_extension_is_searched_by_the_type_that_the_parameter_says(
    fhir: httpx.AsyncClient, database: Database, type_: str, value: dict[str, Any], asked: str, other: str
) -> None:
    before = await created(fhir, extended("x", **value))
    await created(fhir, extended("another", **value))
    await defined(fhir, **definition("x", type_))
    after = await created(fhir, extended("x", **value))
    await settled(database)
    code = f"Patient?x={asked}"
    assert await found(fhir, code) == {before, after}
    assert await found(fhir, f"Patient?x={other}") == set()
    assert await found(fhir, "Patient?x:missing=false") == {before, after}
    assert await found(fhir, f"Patient?_sort=x&x={asked}") == {before, after} or type_ == "special"


async def test_it_is_known_at_once_and_says_while_older_resources_may_be_missing(
    fhir: httpx.AsyncClient, database: Database
) -> None:
    old = await created(fhir, extended("ward", valueCode="W7"))
    assert await warnings(fhir, "Patient?ward=W7") == ["not-supported"]
    await defined(fhir, **definition("ward"))
    new = await created(fhir, extended("ward", valueCode="W7"))

    assert await warnings(fhir, "Patient?ward=W7") == ["incomplete"]
    late = await fhir.get("/Patient?ward=W7", headers={"prefer": "handling=strict"})
    assert refused(late, 503)["code"] == "incomplete"
    duplicate = await fhir.post("/Patient", json=extended("ward", valueCode="W7"), headers={"if-none-exist": "ward=W7"})
    assert refused(duplicate, 503)["code"] == "incomplete"  # not knowing is no reason to make another
    progress = (await fhir.get("/$reindex")).json()
    assert progress["parameter"][0] == {"name": "finished", "valueBoolean": False}
    (of_ward,) = [one["part"] for one in progress["parameter"] if one["name"] == "searchParameter"]
    assert {"name": "code", "valueCode": "ward"} in of_ward and {"name": "finished", "valueBoolean": False} in of_ward

    await settled(database)
    async with database.connection() as connection:
        await refresh(connection)
    assert await found(fhir, "Patient?ward=W7") == {old, new}
    assert (await fhir.get("/$reindex")).json()["parameter"][0] == {"name": "finished", "valueBoolean": True}
    found_one = await fhir.post(
        "/Patient", json=extended("ward", valueCode="W7"), headers={"if-none-exist": f"ward=W7&_id={old[8:]}"}
    )
    assert found_one.status_code == 200


async def test_a_writer_that_knows_older_parameters_still_indexes_by_the_new_one(
    fhir: httpx.AsyncClient, database: Database, store: Store
) -> None:
    async with database.connection() as connection:
        await refresh(connection)
        await fhir.put("/SearchParameter/late", json=definition("late"))
        await settled(database)
        use(Definitions())  # as a process that has not looked since
        assert (await fhir.put("/Patient/l1", json={**extended("late", valueCode="a"), "id": "l1"})).status_code == 201
        use(Definitions())
        await created(fhir, extended("late", valueCode="a"))  # one statement, without a transaction around it
        use(Definitions())
        many = bundle(
            *(
                entry("PUT", f"Patient/l{at}", {**extended("late", valueCode="a"), "id": f"l{at}"})
                for at in range(2, 150)
            )
        )
        assert set(statuses(await fhir.post("/", json=many))) == {"201"}
        use(Definitions())
        labels = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [{"code": "t"}]}}]}
        assert (await fhir.post("/Patient/l1/$meta-add", json=labels)).status_code == 200
        await refresh(connection)
    answer = await fhir.get("/Patient?late=a&_summary=count")
    assert answer.json()["total"] == 150
    assert await found(fhir, "Patient?late=a&_tag=t") == {"Patient/l1"}


async def test_the_index_waits_for_transactions_that_began_before_the_parameter_was_defined(
    fhir: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as slow:
        await slow.fetchval("SELECT txid_current()")
        await defined(fhir, **definition("slow"))
        reindexer = Reindexer(database)
        for _ in range(5):
            assert await reindexer.step() == 1
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM search_reindex WHERE expected IS NOT NULL") == 0
    await settled(database)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM search_reindex") == 0


async def test_work_that_was_killed_goes_on_where_it_was(
    fhir: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xinglin.data_platform.store.defining.reindexing._AT_ONCE", 3)
    for at in range(10):
        await fhir.put(f"/Patient/k{at}", json={**extended("kept", valueCode="a"), "id": f"k{at}"})
    await defined(fhir, **definition("kept"))
    for _ in range(4):  # begins, and then two steps of three; each step is another process
        await Reindexer(database).step()
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT expected, done FROM search_reindex")
    assert tuple(row) == (10, 9)
    await Reindexer(database).step()
    await Reindexer(database).step()
    async with database.connection() as connection:
        await refresh(connection)
    assert len(await found(fhir, "Patient?kept=a")) == 10


async def test_it_ends_with_its_resource_and_with_its_status(fhir: httpx.AsyncClient, database: Database) -> None:
    await created(fhir, extended("brief", valueCode="a"))
    await defined(fhir, **definition("brief"))
    await settled(database)
    tokens = await _tokens(database)
    await defined(fhir, **{**definition("brief"), "status": "retired"})
    await settled(database)
    assert await warnings(fhir, "Patient?brief=a") == ["not-supported"]
    assert await _tokens(database) < tokens  # nothing of it stays in the index
    await defined(fhir, **definition("brief"))
    await settled(database)
    assert await _tokens(database) == tokens
    assert (await fhir.delete("/SearchParameter/brief")).status_code == 200
    async with database.connection() as connection:
        await refresh(connection)
    assert await warnings(fhir, "Patient?brief=a") == ["not-supported"]


async def test_a_draft_and_r4s_own_published_again_change_nothing(fhir: httpx.AsyncClient, database: Database) -> None:
    await defined(fhir, **{**definition("sketch"), "status": "draft"})
    own = "http://hl7.org/fhir/SearchParameter/Patient-active"
    await defined(fhir, **{**definition("active"), "url": own, "expression": "Patient.active"})
    await defined(fhir, **{**definition("active"), "derivedFrom": own, "expression": "Patient.active"})
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM search_parameter") == 0


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"expression": "Patient.name.exists()"}, "expression"),
        ({"expression": "Patient.nonsense"}, "expression"),
        ({"expression": "Patient.name"}, "expression"),
        ({"expression": "Observation.code"}, "expression"),
        ({"expression": "Patient.name[0].given", "type": "string"}, "expression"),
        ({"expression": "Patient.birthDate.where(x='1')"}, "expression"),
        ({"expression": "(" * 3000 + "Patient.active"}, "expression"),
        ({"expression": "Patient.extension.where(url = 'x' or url = 'y').value"}, "expression"),
        ({"expression": "Patient.active | "}, "expression"),
        ({"expression": ""}, None),
        ({"base": ["Sickbed"]}, "base"),
        ({"code": "name"}, "code"),
        ({"code": "a.b"}, "code"),
        ({"code": "_new"}, "code"),
        ({"type": "special"}, "type"),
        ({"type": "composite"}, "component"),
        ({"type": "reference", "target": ["Sickbed"], "expression": "Patient.link.other"}, "target"),
    ],
)
async def test_what_cannot_be_searched_by_is_refused_with_what_to_do(
    fhir: httpx.AsyncClient, wrong: dict[str, Any], where: str | None
) -> None:
    answer = await fhir.put("/SearchParameter/wrong", json={**definition("wrong"), **wrong})
    if where is None:
        refused(answer, 400)  # an empty string is no FHIR
        return
    issue = refused(answer, 422)
    assert issue["expression"] == [f"SearchParameter.{where}"]
    assert "draft" in issue["details"]["text"]
    transaction = bundle(entry("PUT", "SearchParameter/wrong", {**definition("wrong"), **wrong}))
    assert refused(await fhir.post("/", json=transaction), 422)
    assert (await fhir.get("/SearchParameter/wrong")).status_code == 404
    checked = await fhir.post("/SearchParameter/$validate", json={**definition("wrong"), **wrong})
    assert checked.json()["issue"][0]["severity"] == "error"


async def test_two_parameters_of_one_code_are_refused(fhir: httpx.AsyncClient) -> None:
    await defined(fhir, **definition("twice"))
    other = {**definition("twice"), "id": "other"}
    assert refused(await fhir.put("/SearchParameter/other", json=other), 422)["expression"] == ["SearchParameter.code"]
    elsewhere = {**definition("twice", base="Encounter"), "id": "other"}
    assert (await fhir.put("/SearchParameter/other", json=elsewhere)).status_code == 201
    both = bundle(
        entry("PUT", "SearchParameter/one", {**definition("same"), "id": "one"}),
        entry("PUT", "SearchParameter/two", {**definition("same"), "id": "two"}),
    )
    refused(await fhir.post("/", json=both), 422)
    assert (await fhir.get("/SearchParameter/one")).status_code == 404
    batch = bundle(
        entry("POST", "Patient", {"resourceType": "Patient"}),
        entry("PUT", "SearchParameter/one", {**definition("same"), "id": "one"}),
        entry("PUT", "SearchParameter/two", {**definition("same"), "id": "two"}),
        type_="batch",
    )
    assert statuses(await fhir.post("/", json=batch)) == ["201", "201", "422"]


async def test_parts_of_primitives_and_nested_extensions_are_reached(
    fhir: httpx.AsyncClient, database: Database
) -> None:
    born = {
        "resourceType": "Patient",
        "birthDate": "2026-01-02",
        "_birthDate": {"extension": [{"url": f"{_URL}/time", "valueDateTime": "2026-01-02T03:04:05Z"}]},
        "name": [
            {"given": ["A", "B"], "_given": [None, {"extension": [{"url": f"{_URL}/kind", "valueCode": "milk"}]}]}
        ],
        "extension": [
            {
                "url": f"{_URL}/home",
                "extension": [{"url": "town", "valueString": "Ningbo"}, {"url": "lane", "valueString": "3"}],
            }
        ],
    }
    there = await created(fhir, born)
    time = f"Patient.birthDate.extension('{_URL}/time').value.ofType(dateTime)"
    await defined(fhir, **definition("birth-time", "date", expression=time))
    kind = f"Patient.name.given.extension.where(url='{_URL}/kind').value as code"
    await defined(fhir, **definition("name-kind", expression=kind))
    town = f"Patient.extension('{_URL}/home').extension('town').value"
    await defined(fhir, **definition("town", "string", expression=town))
    await settled(database)
    assert await found(fhir, "Patient?birth-time=gt2026-01-02T03:00:00Z") == {there}
    assert await found(fhir, "Patient?name-kind=milk") == {there}
    assert await found(fhir, "Patient?town=ningbo") == {there}
    assert await found(fhir, "Patient?town=3") == set()


async def test_chains_includes_and_composites_go_through_them(fhir: httpx.AsyncClient, database: Database) -> None:
    ward = await created(fhir, {"resourceType": "Location", "name": "Ward"})
    patient = await created(fhir, extended("home-ward", valueReference={"reference": ward}))
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": patient},
        "extension": [{"url": f"{_URL}/score", "valueDecimal": 7}],
    }
    stay = await created(fhir, visit)
    await defined(fhir, **definition("home-ward", "reference", target=["Location"]))
    await defined(fhir, **definition("score", "number", base="Encounter"))
    parts = [
        {"definition": "http://hl7.org/fhir/SearchParameter/Encounter-class", "expression": "class"},
        {"definition": "https://example.org/SearchParameter/score", "expression": f"extension('{_URL}/score').value"},
    ]
    composite = definition("class-score", "composite", base="Encounter", expression="Encounter", component=parts)
    await defined(fhir, **composite)
    await settled(database)
    assert await found(fhir, "Patient?home-ward.name=ward") == {patient}
    assert await found(fhir, "Encounter?subject:Patient.home-ward.name=ward") == {stay}
    assert await found(fhir, f"Location?_has:Patient:home-ward:_id={patient[8:]}") == {ward}
    assert await found(fhir, "Patient?home-ward:missing=false&_include=Patient:home-ward") == {patient, ward}
    assert await found(fhir, "Location?_revinclude=Patient:home-ward") == {patient, ward}
    assert await found(fhir, "Encounter?class-score=IMP$gt6") == {stay}
    assert await found(fhir, "Encounter?class-score=IMP$gt7") == set()
    assert await found(fhir, "Encounter?_filter=score gt 6 and class eq IMP") == {stay}


async def test_what_lies_inside_other_resources_is_indexed_too(fhir: httpx.AsyncClient, database: Database) -> None:
    inside = {**extended("batch", "Medication", valueCode="b1"), "id": "m"}
    order = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": {"display": "x"},
        "medicationReference": {"reference": "#m"},
        "contained": [inside],
    }
    there = await created(fhir, order)
    await defined(fhir, **definition("batch", base="Medication"))
    await settled(database)
    assert await found(fhir, "MedicationRequest?medication.batch=b1") == {there}


async def test_one_for_all_resources_is_searched_across_types(fhir: httpx.AsyncClient, database: Database) -> None:
    expression = f"DomainResource.extension('{_URL}/origin').value"
    await defined(fhir, **definition("origin", base="DomainResource", expression=expression))
    there = {
        await created(fhir, extended("origin", valueCode="his")),
        await created(fhir, extended("origin", "Location", valueCode="his")),
    }
    await settled(database)
    assert await found(fhir, "?_type=Patient,Location&origin=his") == there


async def test_a_url_with_quotes_is_only_a_url(fhir: httpx.AsyncClient, database: Database) -> None:
    url = 'x"])?(1==1\\\'$."name'
    expression = (
        f"Patient.extension.where(url='{url.replace(chr(92), chr(92) * 2).replace(chr(39), chr(92) + chr(39))}').value"
    )
    there = await created(
        fhir, {"resourceType": "Patient", "extension": [{"url": url, "valueCodeableConcept": {"text": "odd one"}}]}
    )
    await created(fhir, extended("odd", valueCodeableConcept={"text": "odd one"}))
    await defined(fhir, **definition("odd", expression=expression))
    await settled(database)
    assert await found(fhir, "Patient?odd:text=odd") == {there}
    assert await found(fhir, "Patient?odd:missing=false&_sort=odd") == {there}


async def test_statements_and_descriptions_list_them(fhir: httpx.AsyncClient, database: Database) -> None:
    await defined(fhir, **definition("listed", "reference", target=["Location"]))
    async with database.connection() as connection:
        await refresh(connection)
    statement = (await fhir.get("/metadata")).json()
    by_type = {one["type"]: one for one in statement["rest"][0]["resource"]}
    url = "https://example.org/SearchParameter/listed"
    assert {"name": "listed", "definition": url, "type": "reference"} in by_type["Patient"]["searchParam"]
    assert "Patient:listed" in by_type["Patient"]["searchInclude"]
    assert "Patient:listed" in by_type["Location"]["searchRevInclude"]
    described = (await fhir.get("/openapi.json")).json()
    assert described["components"]["parameters"]["own.listed"]["name"] == "listed"
    assert {"$ref": "#/components/parameters/own.listed"} in described["paths"]["/{type}"]["get"]["parameters"]


async def test_types_are_indexed_anew_on_request(fhir: httpx.AsyncClient, database: Database) -> None:
    there = await created(fhir, {"resourceType": "Patient", "birthDate": "2026-01-02"})
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM search_date")
    assert await found(fhir, "Patient?birthdate=2026-01-02") == set()
    started = await fhir.post("/$reindex?type=Patient")
    assert [one["name"] for one in started.json()["parameter"]] == ["finished", "type"]
    await settled(database)
    assert await found(fhir, "Patient?birthdate=2026-01-02") == {there}
    refused(await fhir.post("/$reindex"), 400)
    refused(await fhir.post("/$reindex?type=Sickbed"), 400)


@pytest.fixture
async def guests(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    pool = await open_database(msgspec.structs.replace(database_settings, tenant=2), role="guests")
    yield pool
    await pool.close()


async def test_parameters_belong_to_the_node_and_every_tenants_resources_are_indexed(
    fhir: httpx.AsyncClient, database: Database, guests: Database, store: Store
) -> None:
    async with served(guests, store, SETTINGS) as theirs:
        ours = await created(fhir, extended("shared", valueCode="a"))
        other = await created(theirs, extended("shared", valueCode="a"))
        refused(await theirs.put("/SearchParameter/shared", json=definition("shared")), 422)
        draft = {**definition("shared"), "status": "draft"}
        assert (await theirs.put("/SearchParameter/shared", json=draft)).status_code == 201
        await defined(fhir, **definition("shared"))
        await settled(database)
        assert await found(fhir, "Patient?shared=a") == {ours}
        assert await found(theirs, "Patient?shared=a") == {other}
        assert (await theirs.delete("/SearchParameter/shared")).status_code == 200
        async with guests.connection() as connection:
            await refresh(connection)
        assert await found(theirs, "Patient?shared=a") == {other}  # what a guest deletes is his own


async def test_a_new_release_indexes_every_tenant_and_takes_up_what_was_stored_before(
    fhir: httpx.AsyncClient, database: Database, guests: Database, store: Store
) -> None:
    async with served(guests, store, SETTINGS) as theirs:
        other = await created(theirs, {"resourceType": "Patient", "birthDate": "2026-01-02"})
        await defined(fhir, **definition("stored"))
        there = await created(fhir, extended("stored", valueCode="a"))
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM search_parameter")
            await connection.execute("DELETE FROM search_reindex")
            await connection.execute("UPDATE resource_token SET tokens = '{}'")
            await connection.execute("UPDATE search_revision SET revision = nextval('search_revision_number')")
            await connection.execute("UPDATE store_index SET revision = $1, reached = 0", INDEX_REVISION - 1)
        async with guests.transaction() as connection:
            await connection.execute("DELETE FROM search_date")
            await freshen(connection)
        await settled(database)
        assert await found(theirs, "Patient?birthdate=2026-01-02") == {other}
        async with database.connection() as connection:
            await refresh(connection)
        assert await found(fhir, "Patient?stored=a") == {there}


async def _tokens(database: Database) -> int:
    async with database.connection() as connection:
        return int(
            await connection.fetchval(
                "SELECT sum(cardinality(t.tokens)) FROM resource_token t"
                " JOIN resource r USING (key) WHERE r.type = 'Patient'"
            )
        )
