"""Lists by function (hl7.org/fhir/R4/search.html#list and lifecycle.html#current)."""

from __future__ import annotations

from typing import Any

import httpx
from calling import created, refused

_USE = "http://terminology.hl7.org/CodeSystem/list-example-use-codes"


async def problem(fhir: httpx.AsyncClient, patient: str) -> str:
    return await created(fhir, {"resourceType": "Condition", "subject": {"reference": patient}})


async def listed(fhir: httpx.AsyncClient, status: str, coding: dict[str, str], *references: str) -> None:
    entries: list[dict[str, Any]] = [{"item": {"reference": one}} for one in references]
    body = {"resourceType": "List", "status": status, "mode": "working", "code": {"coding": [coding]}, "entry": entries}
    await created(fhir, body)


async def test_the_current_problems_of_a_patient_are_those_of_his_current_lists(fhir: httpx.AsyncClient) -> None:
    first, second = [await created(fhir, {"resourceType": "Patient"}) for _ in range(2)]
    asthma, gout, old, allergy = [await problem(fhir, first) for _ in range(4)]
    other = await problem(fhir, second)
    await listed(fhir, "current", {"system": _USE, "code": "problems"}, asthma, other)
    await listed(fhir, "current", {"system": "http://loinc.org", "code": "11450-4"}, gout)
    await listed(fhir, "retired", {"system": _USE, "code": "problems"}, old)
    await listed(fhir, "current", {"system": _USE, "code": "allergies"}, allergy)

    async def found(asked: str) -> set[str]:
        answer = await fhir.get(f"/Condition?{asked}")
        assert answer.status_code == 200, answer.text
        return {f"Condition/{one['resource']['id']}" for one in answer.json().get("entry", [])}

    assert await found(f"patient={first[8:]}&_list=$current-problems") == {asthma, gout}
    assert await found(f"patient={second[8:]}&_list=$current-problems") == {other}
    assert await found(f"patient={first[8:]}&_list=$current-allergies,$current-medications") == {allergy}
    assert await found("_list=$current-medications") == set()
    refused(await fhir.get("/Condition?_list=$current-wishes"), 400)
