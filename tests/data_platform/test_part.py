"""Resources in part: _summary and _elements (hl7.org/fhir/R4/search.html#summary, #elements)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from calling import created, refused

from xinglin.data_platform.fhir import elements

ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "status": "finished",
    "statusHistory": [{"status": "arrived", "period": {"start": "2026"}}],
    "class": {"code": "AMB"},
    "participant": [{"period": {"start": "2026"}, "individual": {"display": "Dr Li"}}],
    "length": {"value": 1.50, "unit": "h"},
    "meta": {"tag": [{"system": "urn:own", "code": "kept"}]},
}


def told(resource: dict[str, Any]) -> set[str]:
    tags = [tag["code"] for tag in resource["meta"]["tag"]]
    assert "SUBSETTED" in tags and "kept" in tags
    return set(resource) - {"resourceType", "id", "meta"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("_summary=true", {"status", "class", "participant"}),
        ("_summary=text", {"text", "status", "class"}),
        ("_summary=data", set(ENCOUNTER) - {"resourceType", "meta", "text"}),
        ("_elements=length", {"status", "class", "length"}),
        ("_elements=Encounter.length,Patient.name", {"status", "class", "length"}),
    ],
)
async def test_a_part_is_told_alike_by_read_vread_search_and_history(
    fhir: httpx.AsyncClient, query: str, names: set[str]
) -> None:
    """search.html#summary: with what is mandatory and the tag SUBSETTED, by the definitions."""
    place = await created(fhir, ENCOUNTER)
    id_ = place.partition("/")[2]
    assert told((await fhir.get(f"/{place}?{query}")).json()) == names
    assert told((await fhir.get(f"/{place}/_history/1?{query}")).json()) == names
    assert told((await fhir.get(f"/Encounter?_id={id_}&{query}")).json()["entry"][0]["resource"]) == names
    assert told((await fhir.get(f"/{place}/_history?{query}")).json()["entry"][0]["resource"]) == names


async def test_a_summary_goes_to_every_depth(fhir: httpx.AsyncClient) -> None:
    """Encounter.participant is of the summary, its period is not (isSummary in the StructureDefinition)."""
    assert elements()["Encounter.participant"]["individual"].summary
    assert not elements()["Encounter.participant"]["period"].summary
    short = (await fhir.get(f"/{await created(fhir, ENCOUNTER)}?_summary=true")).json()
    assert short["participant"] == [{"individual": {"display": "Dr Li"}}]


async def test_a_part_keeps_numbers_as_they_were_written(fhir: httpx.AsyncClient) -> None:
    text = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00},'
        b'"component":[{"code":{"text":"y"},"valueQuantity":{"value":2.50}}]}'
    )
    made = await fhir.post("/Observation", content=text, headers={"content-type": "application/fhir+json"})
    for query in ("_summary=true", "_elements=value,component"):
        content = (await fhir.get(f"/Observation/{made.json()['id']}?{query}")).content
        assert b'"value":1.00' in content and b'"value":2.50' in content


async def test_to_count_is_for_searches_and_a_strange_summary_for_nobody(fhir: httpx.AsyncClient) -> None:
    place = await created(fhir, ENCOUNTER)
    for url in (f"/{place}?_summary=count", f"/{place}?_summary=all", f"/{place}/_history?_summary=count"):
        refused(await fhir.get(url), 400)
    counted = (await fhir.get(f"/Encounter?_id={place[10:]}&_summary=count")).json()
    assert counted["total"] == 1 and "entry" not in counted


async def test_included_resources_are_whole_unless_named(fhir: httpx.AsyncClient) -> None:
    patient = await created(fhir, {"resourceType": "Patient", "gender": "female", "birthDate": "1980"})
    place = await created(
        fhir,
        {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": patient}},
    )
    url = f"/Observation?_id={place[12:]}&_include=Observation:subject&_elements=subject"
    entries = (await fhir.get(url)).json()["entry"]
    assert entries[1]["resource"]["gender"] == "female"
    named = (await fhir.get(f"{url},Patient.gender")).json()["entry"]
    assert "birthDate" not in named[1]["resource"] and named[1]["resource"]["gender"] == "female"
