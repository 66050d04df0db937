"""Searches as R4 defines them (hl7.org/fhir/R4/search.html), on a small ward."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

TAG = "urn:test:ward"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def patient(key: str, family: str, given: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:mrn", "value": f"{key}-{uuid.uuid4()}"}],
        "name": [{"family": family, "given": [given]}],
        **more,
    }


def observation(of: str, code: str, day: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": of},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": "mmol/l", "system": UCUM, "code": "mmol/L"},
        **more,
    }


class Ward:
    """Resources under names, each run tagged so that searches see only their own."""

    def __init__(self, fhir: httpx.AsyncClient) -> None:
        self.fhir = fhir
        self.tag = uuid.uuid4().hex
        self.ids: dict[str, str] = {}

    async def add(self, name: str, resource: dict[str, Any]) -> str:
        tagged = {**resource, "meta": {"tag": [{"system": TAG, "code": self.tag}]}}
        answer = await self.fhir.post(f"/{resource['resourceType']}", json=tagged)
        assert answer.status_code == 201, answer.text
        self.ids[name] = f"{resource['resourceType']}/{answer.json()['id']}"
        return self.ids[name]

    async def find(self, query: str) -> list[str]:
        """The names of what a search finds, in order."""
        type_, _, rest = query.partition("?")
        answer = await self.fhir.get(f"/{type_}?_tag={self.tag}&{rest}")
        assert answer.status_code == 200, answer.text
        names = {place: name for name, place in self.ids.items()}
        entries = answer.json().get("entry", [])
        return [names[f"{e['resource']['resourceType']}/{e['resource']['id']}"] for e in entries]


@pytest.fixture
async def ward(fhir: httpx.AsyncClient) -> Ward:
    ward = Ward(fhir)
    wei = await ward.add(
        "wei",
        patient(
            "wei",
            "张",
            "伟",
            gender="male",
            birthDate="1974-12-25",
            telecom=[{"system": "phone", "value": "13800138000"}, {"system": "email", "value": "wei@example.org"}],
            address=[{"city": "上海", "line": ["人民路 1 号"]}],
        ),
    )
    anna = await ward.add("anna", patient("anna", "Müller", "Anna", gender="female", birthDate="1985-02"))
    await ward.add("li", patient("li", "李", "娜", gender="female", birthDate="1985", deceasedBoolean=True))
    await ward.add("glucose-old", observation(wei, "2345-7", "2020-01-31", 5.4))
    await ward.add("glucose-new", observation(wei, "2345-7", "2020-02-15T10:30:00+08:00", 7.81))
    await ward.add("sodium", observation(wei, "2951-2", "2020-02-15", 140))
    await ward.add("annas", observation(anna, "2345-7", "2021-06-01T00:00:00Z", 5.4, status="preliminary"))
    pressure = observation(wei, "85354-9", "2020-03-01", 1)
    del pressure["valueQuantity"]
    pressure["component"] = [
        {"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, "valueQuantity": {"value": 150}},
        {"code": {"coding": [{"system": LOINC, "code": "8462-4"}]}, "valueQuantity": {"value": 90}},
    ]
    await ward.add("pressure", pressure)
    return ward


async def assert_finds(ward: Ward, query: str, *names: str) -> None:
    assert sorted(await ward.find(query)) == sorted(names), query


async def test_strings_match_beginnings_without_case_or_accents(ward: Ward) -> None:
    await assert_finds(ward, "Patient?family=mull", "anna")
    await assert_finds(ward, "Patient?name=ANNA", "anna")
    await assert_finds(ward, "Patient?family:contains=lle", "anna")
    await assert_finds(ward, "Patient?family:exact=muller")
    await assert_finds(ward, "Patient?family:exact=Müller", "anna")
    await assert_finds(ward, "Patient?address-city=上", "wei")
    await assert_finds(ward, "Patient?name=nobody,anna", "anna")


@pytest.mark.parametrize("written", ["张伟", "张", "伟", "zhangwei", "zhang", "zw", "ZhangWei"])
async def test_a_chinese_name_is_found_by_characters_pinyin_and_initials(ward: Ward, written: str) -> None:
    assert await ward.find(f"Patient?name={written}") == ["wei"]


async def test_tokens_match_with_without_and_by_any_system(ward: Ward) -> None:
    glucose = ("glucose-old", "glucose-new", "annas")
    await assert_finds(ward, f"Observation?code={LOINC}|2345-7", *glucose)
    await assert_finds(ward, "Observation?code=2345-7", *glucose)
    await assert_finds(ward, "Observation?code=|2345-7")
    await assert_finds(ward, f"Observation?code={LOINC}|", *glucose, "sodium", "pressure")
    await assert_finds(ward, f"Observation?code=2951-2,{LOINC}|85354-9", "sodium", "pressure")
    await assert_finds(ward, "Observation?code:not=2345-7", "sodium", "pressure")
    await assert_finds(ward, "Observation?combo-code=8480-6", "pressure")
    await assert_finds(ward, "Observation?status=preliminary", "annas")
    await assert_finds(ward, "Patient?gender=http://hl7.org/fhir/administrative-gender|male", "wei")
    await assert_finds(ward, "Patient?phone=13800138000", "wei")
    await assert_finds(ward, "Patient?email=13800138000")
    await assert_finds(ward, "Patient?telecom=wei@example.org", "wei")
    await assert_finds(ward, "Patient?deceased=true", "li")
    await assert_finds(ward, "Patient?deceased=false", "wei", "anna")


async def test_missing_tells_what_is_not_there(ward: Ward) -> None:
    await assert_finds(ward, "Patient?address:missing=true", "anna", "li")
    await assert_finds(ward, "Patient?address:missing=false", "wei")
    await assert_finds(ward, "Observation?value-quantity:missing=true", "pressure")
    await assert_finds(ward, "Observation?patient:missing=true")


async def test_references_match_by_type_and_id_by_id_alone_and_by_url(ward: Ward) -> None:
    anna = ward.ids["anna"]
    for written in (anna, anna.partition("/")[2], f"http://node/fhir/{anna}"):
        await assert_finds(ward, f"Observation?subject={written}", "annas")
        await assert_finds(ward, f"Observation?patient={written}", "annas")
    await assert_finds(ward, f"Observation?subject:Patient={anna.partition('/')[2]}", "annas")
    await assert_finds(ward, f"Observation?subject:Group={anna.partition('/')[2]}")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("2020-02-15", ["glucose-new", "sodium"]),
        ("2020-02", ["glucose-new", "sodium"]),
        ("eq2020-02-15T02:30:00Z", ["glucose-new"]),
        ("ne2020-02", ["glucose-old", "annas", "pressure"]),
        ("gt2020-02-15", ["pressure", "annas"]),
        ("ge2020-02-15", ["glucose-new", "sodium", "pressure", "annas"]),
        ("lt2020-02-15", ["glucose-old"]),
        ("le2020-02-15", ["glucose-old", "glucose-new", "sodium"]),
        ("sa2020-03-01", ["annas"]),
        ("eb2020-02-15", ["glucose-old"]),
        ("2020-01-31,2021", ["glucose-old", "annas"]),
        ("gt2020-02-15T12:00:00Z", ["sodium", "pressure", "annas"]),
    ],
)
async def test_dates_match_by_every_prefix_and_precision(ward: Ward, asked: str, names: list[str]) -> None:
    await assert_finds(ward, f"Observation?date={asked}", *names)


async def test_a_birth_date_given_as_month_or_year_is_as_long_as_it_is_written(ward: Ward) -> None:
    await assert_finds(ward, "Patient?birthdate=1985", "anna", "li")
    await assert_finds(ward, "Patient?birthdate=1985-02", "anna")
    await assert_finds(ward, "Patient?birthdate=1974-12-25", "wei")
    await assert_finds(ward, "Patient?birthdate=gt1985-02-01", "anna", "li")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("5.4", ["glucose-old", "annas"]),
        ("5.40", ["glucose-old", "annas"]),
        ("7.8", ["glucose-new"]),
        ("7.80", []),
        ("gt5.4", ["glucose-new", "sodium"]),
        ("ge5.4", ["glucose-old", "annas", "glucose-new", "sodium"]),
        ("lt7", ["glucose-old", "annas"]),
        ("ap150", ["sodium"]),
        (f"5.4|{UCUM}|mmol/L", ["glucose-old", "annas"]),
        ("5.4||mmol/L", ["glucose-old", "annas"]),
        (f"5.4|{UCUM}|mg/dL", []),
        ("ne5.4", ["glucose-new", "sodium"]),
        ("gt100,5.4", ["sodium", "glucose-old", "annas"]),
    ],
)
async def test_quantities_match_within_the_precision_written(ward: Ward, asked: str, names: list[str]) -> None:
    await assert_finds(ward, f"Observation?value-quantity={asked}", *names)


async def test_composites_match_both_values_in_one_element(ward: Ward) -> None:
    await assert_finds(ward, f"Observation?code-value-quantity={LOINC}|2345-7$gt6", "glucose-new")
    await assert_finds(ward, "Observation?component-code-value-quantity=8480-6$gt120", "pressure")
    await assert_finds(ward, "Observation?component-code-value-quantity=8462-4$gt120")
    await assert_finds(ward, "Observation?combo-code-value-quantity=8480-6$150", "pressure")
    await assert_finds(ward, "Observation?combo-code-value-quantity=2951-2$140", "sodium")


async def test_chains_and_reverse_chains_go_through_references(ward: Ward) -> None:
    await assert_finds(ward, "Observation?subject:Patient.name=anna", "annas")
    await assert_finds(ward, "Observation?patient.gender=female", "annas")
    await assert_finds(ward, "Patient?_has:Observation:patient:code=2951-2", "wei")
    await assert_finds(ward, "Patient?_has:Observation:subject:status=preliminary", "anna")


async def test_several_parameters_must_all_match(ward: Ward) -> None:
    wei = ward.ids["wei"]
    await assert_finds(ward, f"Observation?patient={wei}&code=2345-7&date=ge2020-02-01", "glucose-new")


async def test_results_are_sorted_by_several_keys(ward: Ward) -> None:
    newest_first = ["annas", "pressure", "glucose-new", "sodium", "glucose-old"]
    assert await ward.find("Observation?_sort=-date") == newest_first
    assert (await ward.find("Observation?_sort=status,-date"))[-1] == "annas"
    assert await ward.find("Patient?_sort=birthdate") == ["wei", "li", "anna"]
    assert (await ward.find("Patient?_sort=-_lastUpdated"))[0] == "li"
    assert await ward.find("Patient?_sort=name") == ["li", "anna", "wei"]  # by family name: Li, Müller, Zhang
    assert await ward.find("Patient?_sort=-family") == ["wei", "anna", "li"]
    assert await ward.find("Patient?_sort=given") == ["anna", "li", "wei"]


async def test_pages_stay_whole_while_others_write(ward: Ward) -> None:
    for sort in ("", "&_sort=-date", "&_sort=value-quantity,_id"):
        seen: list[str] = []
        url: str | None = f"http://node/fhir/Observation?_tag={ward.tag}&_count=2{sort}"
        while url:
            page = (await ward.fhir.get(url)).json()
            seen += [entry["resource"]["id"] for entry in page["entry"]]
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
            if len(seen) == 2:
                await ward.add(f"late{sort}", observation(ward.ids["li"], "9999-9", "2019-01-01", 0.5))
        assert len(seen) == len(set(seen))
        assert {ward.ids[name].partition("/")[2] for name in ("annas", "sodium", "pressure")} <= set(seen)


async def test_includes_bring_what_is_referred_to_and_what_refers(ward: Ward) -> None:
    found = await ward.find("Observation?status=preliminary&_include=Observation:subject")
    assert found == ["annas", "anna"]
    found = await ward.find("Patient?gender=male&_revinclude=Observation:subject")
    assert found[0] == "wei" and set(found[1:]) == {"glucose-old", "glucose-new", "sodium", "pressure"}


async def test_totals_are_counted_when_asked_for(ward: Ward) -> None:
    search = f"/Observation?_tag={ward.tag}"
    assert (await ward.fhir.get(f"{search}&_summary=count")).json()["total"] == 5
    page = (await ward.fhir.get(f"{search}&_count=2&_total=accurate")).json()
    assert page["total"] == 5 and len(page["entry"]) == 2
    assert "total" not in (await ward.fhir.get(f"{search}&_count=2")).json()


async def test_a_summary_or_chosen_elements_are_marked_as_part_of_the_resource(ward: Ward) -> None:
    answer = await ward.fhir.get(f"/Patient?_tag={ward.tag}&gender=male&_elements=birthDate")
    resource = answer.json()["entry"][0]["resource"]
    assert set(resource) == {"resourceType", "id", "meta", "birthDate"}
    assert resource["meta"]["tag"][-1]["code"] == "SUBSETTED"
    answer = await ward.fhir.get(f"/Observation?_tag={ward.tag}&code=2951-2&_summary=true")
    assert "valueQuantity" in answer.json()["entry"][0]["resource"]


async def test_a_search_may_be_posted_as_a_form(ward: Ward) -> None:
    answer = await ward.fhir.post("/Patient/_search", data={"_tag": ward.tag, "gender": "male"})
    assert [entry["resource"]["gender"] for entry in answer.json()["entry"]] == ["male"]


async def test_unknown_parameters_are_refused_when_strict_and_told_when_lenient(ward: Ward) -> None:
    url = f"/Patient?_tag={ward.tag}&gender=male&colour=red"
    strict = await ward.fhir.get(url, headers={"prefer": "handling=strict"})
    assert strict.status_code == 400 and "colour" in strict.json()["issue"][0]["diagnostics"]
    lenient = (await ward.fhir.get(url)).json()
    assert [entry["search"]["mode"] for entry in lenient["entry"]] == ["match", "outcome"]
    assert "colour" in lenient["entry"][1]["resource"]["issue"][0]["diagnostics"]
    assert "colour" not in lenient["link"][0]["url"] and "gender=male" in lenient["link"][0]["url"]


@pytest.mark.parametrize(
    "query",
    [
        "Observation?date=yesterday",
        "Observation?date=2020-13-01",
        "Observation?value-quantity=many",
        "Observation?value-quantity=1e999",
        "Observation?code:above=1",
        "Patient?name:missing=perhaps",
        "Patient?_count=-1",
        "Patient?_sort=photo",
        "Patient?_cursor=nonsense",
        "Patient?_cursor=WzFd&_sort=name",
        "Patient?_total=all",
        "Patient?_include=Patient:colour",
        "Observation?subject:Patient.colour=red",
        "Observation?subject:Practitioner.name=x",
        "Patient?_has:Observation:code:code=1",
        "Observation?code-value-quantity=2345-7",
        "Patient?name:fuzzy=x",
    ],
)
async def test_what_cannot_be_searched_is_refused_with_an_outcome(fhir: httpx.AsyncClient, query: str) -> None:
    answer = await fhir.get(f"/{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_deleted_and_changed_resources_leave_their_old_values(ward: Ward) -> None:
    place = ward.ids["anna"]
    kept = (await ward.fhir.get(f"/{place}")).json()
    await ward.fhir.put(f"/{place}", json={**kept, "name": [{"family": "Schmidt"}]})
    await assert_finds(ward, "Patient?name=muller")
    await assert_finds(ward, "Patient?name=schmidt", "anna")
    await ward.fhir.delete(f"/{place}")
    await assert_finds(ward, "Patient?name=schmidt")
    await assert_finds(ward, "Patient?gender=female", "li")
