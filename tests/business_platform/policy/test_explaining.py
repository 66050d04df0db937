"""Consent that leaves care open, records found by a whole number, who can see what, and laws that cannot be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from asking import Caller
from hospitals import OURS, people, within
from nats.aio.client import Client
from web_process import Process, started

from xinglin.business_platform.access.policy.law import Law, shipped
from xinglin.business_platform.access.policy.locating import masked
from xinglin.business_platform.access.policy.wording import statements
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import DatabaseSettings, open_database
from xinglin.foundation.errors import XinglinError
from xinglin.server.supervisor import DataFolder

RESULT = "/fhir/Observation/potassium"
NUMBER = "M20260042"
IN_CARE = {
    "role": {"coding": [{"system": "https://xinglin.health/id/consent-actor", "code": "in-care"}]},
    "reference": {"display": "whoever cares for me"},
}
RESOURCES: list[dict[str, Any]] = [
    {"resourceType": "Organization", "id": "unit-1", "name": "心内科"},
    {
        "resourceType": "Patient",
        "id": "own",
        "name": [{"text": "王小明"}],
        "gender": "male",
        "birthDate": "1951-03-09",
        "identifier": [{"system": "https://xinglin.health/id/patient", "value": NUMBER}],
    },
    {
        "resourceType": "Encounter",
        "id": "stay",
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/own"},
        "serviceProvider": {"reference": "Organization/unit-1"},
        "identifier": [{"system": "https://xinglin.health/id/visit", "value": "V7788990"}],
    },
    {
        "resourceType": "Observation",
        "id": "potassium",
        "status": "final",
        "code": {"text": "血清钾"},
        "subject": {"reference": "Patient/own"},
    },
]


def closing(**provision: Any) -> dict[str, Any]:
    """A consent of the patient, as the page of consent writes it."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "patient": {"reference": "Patient/own"},
        "policyRule": {"coding": [{"code": "OPTIN"}]},
        "provision": {"type": "deny", **provision},
    }


@pytest.fixture(scope="module")
async def process(
    database_settings: DatabaseSettings, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    database = await open_database(database_settings, role="web")
    client: Client = await open_bus(bus_settings, name="web")
    running = await started(database, client, DataFolder(tmp_path_factory.mktemp("web")), fill=False)
    async with within(OURS), database.transaction() as connection:
        await running.node.resources.put_all(connection, RESOURCES, Cause("test"))
    yield running
    await client.close()
    await database.close()


def as_(process: Process, role: str) -> Caller:
    return process.caller(people()[role])


async def seen(process: Process) -> Mapping[str, bool]:
    """Who reads the result: alone, and among the hits of a search."""
    found = {}
    for role in ("patient", "physician", "nurse", "technician", "medical_director"):
        ask = as_(process, role)
        alone = (await ask("GET", RESULT)).status == 200
        searched = (await ask("GET", "/fhir/Observation?_id=potassium")).json.get("entry", [])
        assert alone is (len(searched) == 1), role
        found[role] = alone
    return found


async def test_a_patient_closes_the_record_to_all_but_those_who_care_for_them(process: Process) -> None:
    patient = as_(process, "patient")
    before = await seen(process)
    assert before == dict.fromkeys(before, True)
    made = await patient("POST", "/fhir/Consent", closing(provision=[{"type": "permit", "actor": [IN_CARE]}]))
    assert made.status == 201, made.body
    assert await seen(process) == {**before, "technician": False}
    withdrawn = {**made.json, "status": "inactive"}
    assert (await patient("PUT", f"/fhir/Consent/{made.json['id']}", withdrawn)).status == 200
    assert await seen(process) == before


async def test_leaving_care_open_names_nobody(process: Process) -> None:
    """Somebody without a relation is not let in by it, nor does it unmask anything."""
    patient = as_(process, "patient")
    permits = {**closing(), "provision": {"type": "permit", "actor": [IN_CARE]}}
    made = await patient("POST", "/fhir/Consent", permits)
    stranger = as_(process, "physician")
    facts = (await stranger("GET", "/api/access/why?type=Observation&id=potassium")).json["facts"]
    assert facts["permitted"] is False
    await patient("PUT", f"/fhir/Consent/{made.json['id']}", {**made.json, "status": "inactive"})


async def test_a_whole_number_finds_whose_record_it_is_with_the_name_masked(process: Process) -> None:
    ask = as_(process, "physician")
    url = "/api/access/emergencies/candidates?number="
    wanted = [{"patient": "own", "name": "王**", "sex": "male", "birth_year": "1951"}]
    assert (await ask("GET", url + NUMBER)).json["candidates"] == wanted
    assert (await ask("GET", url + "V7788990")).json["candidates"] == wanted
    assert (await ask("GET", url + NUMBER[:-1])).json["candidates"] == []
    assert (await ask("GET", url + "M2*")).status == 400
    for role in ("technician", "registrar", "security_administrator", "patient"):
        assert (await as_(process, role)("GET", url + NUMBER)).status == 403, role


async def test_who_can_see_is_told_to_the_security_office_alone(process: Process) -> None:
    url = "/api/access/who?type=Observation&id=potassium"
    told = (await as_(process, "security_administrator")("GET", url)).json
    unit = {one["role"]: one for one in told["viewers"] if one["party"] == "Organization/unit-1"}
    assert unit["nurse"]["allowed"] and unit["nurse"]["relation"] == "department"
    assert [rule["id"] for rule in unit["nurse"]["rules"]] == ["in-care"]
    unrelated = {one["role"]: one["allowed"] for one in told["viewers"] if one["relation"] == "none"}
    assert {role for role, allowed in unrelated.items() if allowed} == {
        *("technician", "pharmacist", "medical_director", "integration")
    }
    for role in ("physician", "medical_director", "audit_administrator", "patient"):
        assert (await as_(process, role)("GET", url)).status == 403, role


async def test_a_reason_may_be_as_long_as_is_said(process: Process) -> None:
    ask = as_(process, "physician")
    for length, status in ((5, 400), (6, 201), (500, 201), (501, 400)):
        body = {"patient": "own", "reason": "急" * length}
        assert (await ask("POST", "/api/access/emergencies", body)).status == status, length


async def test_trying_rules_changes_nothing(process: Process) -> None:
    ask = as_(process, "security_administrator")
    law = shipped().text
    assert len((await ask("POST", "/api/access/laws/check", {"text": law})).json["rules"]) == len(shipped().rules)
    locking_out = law.replace('@id("security")', '@id("other")').replace("security_administrator", "nobody")
    assert (await ask("POST", "/api/access/laws/check", {"text": locking_out})).status == 422
    laws = (await ask("GET", "/api/access/laws")).json
    assert laws["in_force"]["number"] == 0
    assert [one["number"] for one in laws["versions"]] == [0]


def test_a_rule_that_cannot_be_read_is_told_by_its_name_and_line() -> None:
    law = shipped().text
    broken = law.replace("when { resource.denied }", "when { resource.denied ")
    line = law[: law.index('@id("consent-denies")')].count("\n") + 1
    with pytest.raises(XinglinError) as refused:
        Law(broken)
    assert f"“consent-denies” that begins in line {line}" in refused.value.english
    assert f"第 {line} 行起的规则“consent-denies”" in refused.value.chinese


def test_a_rule_that_asks_for_a_fact_that_is_none_is_told_by_its_name_and_line() -> None:
    law = shipped().text
    line = law[: law.index('@id("consent-denies")')].count("\n") + 1
    with pytest.raises(XinglinError) as refused:
        Law(law.replace("{ resource.denied }", "{ resource.denyed }"))
    assert f"consent-denies (line {line})" in refused.value.english
    assert f"consent-denies（第 {line} 行）" in refused.value.chinese
    assert "denyed" in refused.value.chinese


def test_semicolons_in_sentences_and_comments_end_no_rule() -> None:
    text = '// one; two\n@id("a") @en("x; y") permit (principal, action, resource);\n// end;\n'
    assert [(one.name, one.line) for one in statements(text)] == [("a", 2)]


@pytest.mark.parametrize(("name", "shown"), [("王小明", "王**"), ("Mary Jones", "M*** J****"), ("", ""), ("王", "王")])
def test_a_masked_name_shows_the_first_character_of_each_part(name: str, shown: str) -> None:
    assert masked(name) == shown
