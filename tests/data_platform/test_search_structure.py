"""Searches through references and inside elements: circles, long lists, three-part composites, what is cut short."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from xinglin.data_platform.store import Cause, Store
from xinglin.data_platform.store.searching import MAX_INCLUDED
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

MANY = 10_500
Resource = dict[str, Any]


def location(id_: str, parent: str | None, **more: Any) -> Resource:
    part_of = {"partOf": {"reference": f"Location/{parent}"}} if parent else {}
    return {"resourceType": "Location", "id": id_, "name": id_, **part_of, **more}


def sequence(id_: str, chromosome: str, window: tuple[int, int], *variants: tuple[int, int]) -> Resource:
    return {
        "resourceType": "MolecularSequence",
        "id": id_,
        "coordinateSystem": 0,
        "referenceSeq": {
            "chromosome": {"coding": [{"code": chromosome}]},
            "referenceSeqId": {"coding": [{"system": "http://ncbi.example.org", "code": f"NC_{chromosome}"}]},
            "windowStart": window[0],
            "windowEnd": window[1],
        },
        "variant": [{"start": start, "end": end} for start, end in variants],
    }


RESOURCES: list[Resource] = [
    location("circle-a", "circle-b"),
    location("circle-b", "circle-a"),
    location("deep-0", None),
    *(location(f"deep-{depth}", f"deep-{depth - 1}") for depth in range(1, 30)),
    {"resourceType": "Encounter", "id": "in-circle", "status": "planned", "class": {"code": "AMB"},
     "location": [{"location": {"reference": "Location/circle-a"}}]},
    {"resourceType": "Encounter", "id": "deep-down", "status": "planned", "class": {"code": "AMB"},
     "location": [{"location": {"reference": "Location/deep-29"}}]},
    sequence("one", "1", (100, 200), (110, 120), (150, 190)),
    sequence("two", "2", (100, 200), (110, 120)),
    sequence("wide", "1", (1, 1000), (500, 600)),
    {"resourceType": "Organization", "id": "crowded"},
]  # fmt: skip


@pytest.fixture(scope="module")
async def stored(database: Database) -> None:
    people: list[Resource] = [
        {
            "resourceType": "Patient",
            "id": f"p{number}",
            "gender": "female" if number % 2 else "male",
            "managingOrganization": {"reference": "Organization/crowded"},
        }
        for number in range(MANY)
    ]
    seen: list[Resource] = [
        {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final",
            "code": {"coding": [{"code": "x"}]},
            "subject": {"reference": f"Patient/p{number}"},
        }
        for number in (0, 1, MANY - 1)
    ]
    async with database.transaction() as connection:
        store = Store(SystemClock(), SystemIds())
        for first in range(0, MANY, 5000):
            await store.put_all(connection, people[first : first + 5000], Cause("test"))
        await store.put_all(connection, [*RESOURCES, *seen], Cause("test"))


async def found(fhir: httpx.AsyncClient, query: str) -> list[str]:
    answer = await fhir.get(f"/{query}")
    assert answer.status_code == 200, answer.text
    entries = answer.json().get("entry", ())
    return sorted(entry["resource"]["id"] for entry in entries if entry["search"]["mode"] == "match")


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("Encounter?location:below=circle-a", "in-circle"),
        ("Encounter?location:below=circle-b", "in-circle"),
        ("Encounter?location:above=circle-b", "in-circle"),
        ("Encounter?location:below=deep-0", "deep-down"),
        ("Encounter?location:above=deep-29", "deep-down"),
        ("Encounter?location:above=deep-28", ""),
        ("Encounter?location.partof.partof.name=deep-27", "deep-down"),
        ("Encounter?location:Location.partof:Location.partof:Location.partof.name=deep-26", "deep-down"),
        ("Location?partof:below=deep-27&_sort=_id", "deep-28 deep-29"),
    ],
)
async def test_a_hierarchy_is_followed_to_its_end_and_a_circle_ends(
    stored: None, fhir: httpx.AsyncClient, asked: str, ids: str
) -> None:
    assert await found(fhir, asked) == ids.split()


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("chromosome-window-coordinate=1$lt150$gt150", "one wide"),
        ("chromosome-window-coordinate=2$100$200", "two"),
        ("chromosome-window-coordinate=1$100$100", ""),
        ("chromosome-variant-coordinate=1$110$120", "one"),
        ("chromosome-variant-coordinate=1$110$190", ""),  # of two variants, not of one
        ("chromosome-variant-coordinate=1$ge110$le600", "one wide"),
        ("referenceseqid-window-coordinate=http://ncbi.example.org|NC_2$le100$ge200", "two"),
        ("referenceseqid-variant-coordinate=NC_1$ge500$le600", "wide"),
        ("chromosome-variant-coordinate=2$110$120,1$500$600", "two wide"),
    ],
)
async def test_a_composite_of_three_parts_matches_in_one_element(
    stored: None, fhir: httpx.AsyncClient, asked: str, ids: str
) -> None:
    assert await found(fhir, f"MolecularSequence?{asked}") == ids.split()


async def test_a_chain_may_lead_through_more_resources_than_fit_in_a_list(
    stored: None, fhir: httpx.AsyncClient
) -> None:
    assert await found(fhir, "Observation?subject:Patient.gender=male,female") == ["o0", "o1", f"o{MANY - 1}"]
    assert await found(fhir, "Observation?subject:Patient.organization=crowded&code=x") == ["o0", "o1", f"o{MANY - 1}"]
    assert await found(fhir, "Patient?_has:Observation:patient:code=x") == ["p0", "p1", f"p{MANY - 1}"]
    assert await found(fhir, "Patient?gender=female&_has:Observation:patient:code=x") == ["p1", f"p{MANY - 1}"]
    assert await found(fhir, "Organization?_has:Patient:organization:_has:Observation:patient:code=x") == ["crowded"]


async def test_what_comes_along_is_bounded_and_said_to_be_cut_short(stored: None, fhir: httpx.AsyncClient) -> None:
    entries = (await fhir.get("/Organization?_id=crowded&_revinclude=Patient:organization")).json()["entry"]
    modes = [entry["search"]["mode"] for entry in entries]
    assert (modes.count("match"), modes.count("include"), modes.count("outcome")) == (1, MAX_INCLUDED, 1)
    assert str(MAX_INCLUDED) in entries[-1]["resource"]["issue"][0]["diagnostics"]


async def test_an_estimate_is_near_and_an_exact_total_exact(stored: None, fhir: httpx.AsyncClient) -> None:
    assert (await fhir.get("/Patient?_count=1&_total=accurate")).json()["total"] == MANY
    assert (await fhir.get("/Patient?_count=1&gender=male&_total=estimate")).json()["total"] > 0
    assert (await fhir.get("/MolecularSequence?_count=1&_total=estimate")).json()["total"] == 3


@pytest.mark.parametrize(
    "sort", ["organization", "gender", "-gender,-_id", "identifier", "general-practitioner", "name"]
)
async def test_pages_sorted_by_any_kind_show_everyone_once(stored: None, fhir: httpx.AsyncClient, sort: str) -> None:
    pages: list[str] = []
    url = f"http://node/fhir/Patient?_count=1000&_elements=id&_sort={sort}"
    while url:
        page = (await fhir.get(url)).json()
        pages += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert len(pages) == MANY and len(set(pages)) == MANY
