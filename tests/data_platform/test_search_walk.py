"""Pages without ``_sort`` come in the order of an index; whoever walks them meets each resource once
(hl7.org/fhir/R4/http.html#paging, search.html#count)."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest

from xinglin.data_platform.search import statement
from xinglin.data_platform.search.hashing import token_number
from xinglin.data_platform.store import Cause, Store, repository
from xinglin.data_platform.store.searching import Searcher
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
NAMES = ("Anna", "Annabel", "anna lena", "Hanna", "Ännä", "Bo", "张伟", "张娜")
DAYS = ("2019", "2020-01", "2020-02-01", "2020-02-01", "2020-02-02", "2020-02-01T10:00:00Z", "2021-06-30")
NUMBERS = (0, 1, 1.0, 1.05, 5.4, 5.4, 99.5, 100, 250)
PREFIXES = ("", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
SEARCHES = [
    *("Patient?name=an", "Patient?name:contains=n", "Patient?name=an,bo,张", "Patient?given=hanna"),
    *("Patient?name:contains=nna", "Patient?name:contains=nna,张,ann", 'Patient?_filter=name co "nna"'),
    'Patient?_filter=family ew "nna"',
    *(f"Patient?birthdate={prefix}2020-02-01" for prefix in PREFIXES),
    *(f"Observation?date={prefix}2020-02-01" for prefix in PREFIXES),
    *(f"Observation?component-value-quantity={prefix}5.4" for prefix in PREFIXES),
    *(f"Observation?combo-value-quantity={prefix}1" for prefix in PREFIXES),
    *(f"Observation?combo-code-value-quantity={LOINC}|a${prefix}5.4" for prefix in PREFIXES),
    *(f"Observation?component-code-value-quantity=b${prefix}1,a${prefix}99" for prefix in PREFIXES),
    f"Observation?code-value-quantity={LOINC}|a$gt0|{UCUM}|mg,{LOINC}|b$lt1",
    f"Observation?code-value-quantity=urn:other|a$gt0,{LOINC}|a$gt1",
    f"Observation?combo-value-quantity=gt1000|{UCUM}|mg",
    "Observation?date=lt2020-02-01,gt2020-02-01,2020-02-01",
    "Observation?code=a",
    "Observation?date=ge2019&code=a",
]


def quantity(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"value": random.choice(NUMBERS), "system": UCUM, "code": random.choice(("g", "mg"))}
    if random.random() < 0.2:
        found["comparator"] = random.choice(("<", ">"))
    return found


def concept(random: Random) -> dict[str, Any]:
    return {"coding": [{"system": random.choice((LOINC, LOINC, "urn:other")), "code": random.choice("ab")}]}


def patient(random: Random, id_: str) -> dict[str, Any]:
    names = [{"family": random.choice(NAMES), "given": [random.choice(NAMES)]} for _ in range(random.randint(1, 3))]
    return {"resourceType": "Patient", "id": id_, "name": names, "birthDate": random.choice(DAYS)[:10]}


def observation(random: Random, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Observation", "id": id_, "status": "final", "code": concept(random)}
    if random.random() < 0.6:
        found["valueQuantity"] = quantity(random)
    components = [{"code": concept(random), "valueQuantity": quantity(random)} for _ in range(random.randint(0, 4))]
    if components:
        found["component"] = components
    if random.random() < 0.5:
        found["effectiveDateTime"] = random.choice(DAYS)
    else:
        start, end = sorted(random.choices(("2019-01-01", "2020-01-31", "2020-02-01", "2020-02-02", "2022-01-01"), k=2))
        found["effectivePeriod"] = {"start": start, "end": end}
    return found


@pytest.fixture(scope="module")
def lasting() -> list[dict[str, Any]]:
    """Resources that nobody changes."""
    random = Random(3)
    return [make(random, f"lasting-{place}") for place in range(40) for make in (patient, observation)]


@pytest.fixture
async def others(database: Database, store: Store, fhir: httpx.AsyncClient) -> AsyncIterator[None]:
    """Somebody who goes on creating, changing and deleting resources of the same values meanwhile."""
    random = Random(5)
    enough = asyncio.Event()

    async def write() -> None:
        while not enough.is_set():
            some = random.randrange(40)
            resources = [make(random, f"passing-{some}") for make in (patient, observation)]
            async with database.transaction() as connection:
                await store.put_all(connection, resources, Cause("test"))
            if random.random() < 0.3:
                assert (await fhir.delete(f"/Observation/passing-{some}")).status_code in (200, 204)

    writing = asyncio.create_task(write())
    yield
    enough.set()
    await writing


async def walk(fhir: httpx.AsyncClient, url: str) -> list[str]:
    """The ids on all pages, in order."""
    found, following = [], f"/{url}&_count=9"
    while following:
        answer = await fhir.get(following)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [entry["resource"]["id"] for entry in page.get("entry", ())]
        following = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    return found


async def test_walking_all_pages_meets_each_unchanged_resource_once_while_others_write(
    database: Database, store: Store, fhir: httpx.AsyncClient, lasting: list[dict[str, Any]], others: None
) -> None:
    async with database.transaction() as connection:
        await store.put_all(connection, lasting, Cause("test"))
    told = 0
    for url in SEARCHES:
        whole = await fhir.get(f"/{url}&_count=1000")
        assert whole.status_code == 200, (url, whole.text)
        assert "next" not in {link["relation"] for link in whole.json()["link"]}
        expected = {entry["resource"]["id"] for entry in whole.json().get("entry", ())}
        expected = {id_ for id_ in expected if id_.startswith("lasting-")}
        met = [id_ for id_ in await walk(fhir, url) if id_.startswith("lasting-")]
        assert len(met) == len(set(met)), (url, met)
        assert set(met) == expected, (url, set(met) ^ expected)
        told += len(met) > 9
    assert told > len(SEARCHES) * 3 // 4  # searches of several pages, so that the comparison says something


async def test_a_page_of_everything_holds_each_match_once_and_as_many_as_are_counted(
    database: Database, store: Store, fhir: httpx.AsyncClient, lasting: list[dict[str, Any]]
) -> None:
    async with database.transaction() as connection:
        await store.put_all(connection, lasting, Cause("test"))
    for url in SEARCHES:
        answer = await fhir.get(f"/{url}&_count=1000&_total=accurate")
        assert answer.status_code == 200, (url, answer.text)
        whole = answer.json()
        met = [entry["resource"]["id"] for entry in whole.get("entry", ())]
        assert len(met) == len(set(met)) == whole["total"], url


async def test_pages_are_the_same_where_a_code_is_known_to_be_frequent(
    database: Database,
    store: Store,
    fhir: httpx.AsyncClient,
    lasting: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with database.transaction() as connection:
        await store.put_all(connection, lasting, Cause("test"))
    expected = [one["id"] for one in lasting if one["resourceType"] == "Observation"]
    coded = [one["id"] for one in lasting if "code" in one and one["code"]["coding"][0]["code"] == "a"]
    known = {token_number("Observation.status#token", "=final"): 0.9, token_number("Observation.code#token", "=a"): 0.2}
    for common in ({}, known):

        async def told(_: Any, common: dict[int, float] = common) -> dict[int, float]:
            return common

        monkeypatch.setattr(repository, "common_tokens", told)
        asking = Searcher(SystemClock())
        for asked, found in (("status=final", expected), ("code=a", coded), ("status=final&code=a", coded)):
            met: list[str] = []
            cursor: list[tuple[str, str]] = []
            while True:
                words = [tuple(word.split("=")) for word in asked.split("&")]
                async with database.connection() as connection:
                    page = await asking.run(
                        connection, asking.read("Observation", [*words, ("_count", "9"), *cursor]), "http://node/fhir"
                    )
                met += [one.id for one in page.matches]
                if page.next is None:
                    break
                cursor = [("_cursor", page.next)]
            assert [id_ for id_ in met if id_.startswith("lasting-")] == found, (asked, common)


@pytest.mark.parametrize("gathered", [0, 3, 5000])
async def test_pages_are_the_same_whether_hits_of_a_rare_token_are_few_or_very_many(
    database: Database,
    store: Store,
    fhir: httpx.AsyncClient,
    lasting: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    gathered: int,
) -> None:
    subject = {"subject": {"reference": "Patient/lasting-0"}}
    async with database.transaction() as connection:
        await store.put_all(connection, [{**one, **subject} for one in lasting[1:60:2]] + lasting[:60:2], Cause("test"))
    monkeypatch.setattr(statement, "GATHERED", gathered)
    observations = [one["id"] for one in lasting[1:60:2]]
    coded = [one["id"] for one in lasting[1:60:2] if one["code"]["coding"][0]["code"] == "a"]
    assert await walk(fhir, "Observation?subject=Patient/lasting-0") == observations
    assert await walk(fhir, "Patient/lasting-0/Observation?") == observations
    assert await walk(fhir, "Observation?patient=lasting-0&code=a") == coded
    assert await walk(fhir, "Observation?subject=Patient/lasting-0&code:not=b") == coded
    assert await walk(fhir, "Observation?subject=Patient/nobody") == []


@pytest.mark.parametrize(
    "cursor",
    [
        *(["at"], ["at", 1], ["at", 0, 1], ["at", 9, "2020-01-01", "2020-01-02", 1], ["at", 0, "x", "y", 1]),
        *(
            ["at", True, "2020-01-01", "2020-01-02", 1],
            ["at", 0, 1, None, 1],
            ["at", 0, "2020-01-01", "2020-01-02", 2**70],
        ),
        *(["at", -1, "2020-01-01", "2020-01-02", 1], ["at", 0, {}, [], 1]),
    ],
)
async def test_a_page_link_that_is_not_ours_is_refused(fhir: httpx.AsyncClient, cursor: list[Any]) -> None:
    written = base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
    for search in ("date=gt2020-02-01", "code=a", "date=gt2020&_sort=date", "component-value-quantity=5"):
        answer = await fhir.get(f"/Observation?{search}&_cursor={written}")
        assert answer.status_code == 400, (search, answer.text)
