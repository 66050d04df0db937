"""No drug reaches a patient before a pharmacist has looked at the prescription."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from clinic import Clinic
from test_room import AMLODIPINE, I10, IBUPROFEN, room, save, sign

STAFF = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMP"}


@pytest.fixture
def pharmacist(clinic: Clinic) -> dict[str, str]:
    return clinic.let_in("药师周", "pharmacist", practitioner="zhou")


async def prescribed(clinic: Clinic, wang: dict[str, str], **content: Any) -> tuple[str, str]:
    """A visit with a signed prescription, and its number."""
    patient = await clinic.patient(taking=content.pop("taking", None))
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, diagnoses=[I10], **({"drugs": [AMLODIPINE]} | content))
    done = await sign(clinic, wang, visit, patient)
    assert done.status_code == 200, done.text
    return visit, str(done.json()["prescription"])


async def waiting(clinic: Clinic, who: dict[str, str], state: str) -> dict[str, Any]:
    found = await clinic.client.get(f"/api/prescriptions?state={state}", headers=who)
    assert found.status_code == 200, found.text
    return {one["number"]: one for one in found.json()}


async def do(clinic: Clinic, who: dict[str, str], number: str, step: str, reason: str = "") -> httpx.Response:
    return await clinic.client.post(f"/api/prescriptions/{number}/{step}", json={"reason": reason}, headers=who)


async def test_the_prescription_of_a_colleague_whose_record_is_masked_is_reviewed_all_the_same(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    _, number = await prescribed(clinic, wang)
    patient = (await waiting(clinic, pharmacist, "review"))[number]["patient"]
    known = await clinic.read("Patient", patient)
    await clinic.put({**known, "meta": {"security": [STAFF]}})
    assert (await clinic.client.get(f"/fhir/Patient/{patient}", headers=pharmacist)).status_code in (403, 404)
    assert (await waiting(clinic, pharmacist, "review"))[number]["name"] == "陈志远"
    assert (await do(clinic, pharmacist, number, "approve")).json()["state"] == "ready"
    assert (await do(clinic, pharmacist, number, "dispense")).json()["state"] == "dispensed"


async def test_a_prescription_is_reviewed_dispensed_and_taken_back(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    listed = (await waiting(clinic, pharmacist, "review"))[number]
    assert listed["name"] == "陈志远" and listed["diagnoses"] == ["高血压"] and listed["prescriber"] == "王建国"
    assert listed["lines"][0]["quantity"] == "7 片" and "每次 5 mg" in listed["lines"][0]["directions"]
    assert (await do(clinic, pharmacist, number, "dispense")).status_code == 409
    assert (await do(clinic, pharmacist, number, "approve")).json()["state"] == "ready"
    assert number in await waiting(clinic, pharmacist, "ready") and number not in await waiting(
        clinic, pharmacist, "review"
    )
    (task,) = await clinic.found("Task", ("encounter", f"Encounter/{visit}"))
    assert task["status"] == "completed" and task["owner"]["display"] == "药师周"
    assert (await do(clinic, pharmacist, number, "dispense")).json()["state"] == "dispensed"
    (handed_out,) = await clinic.found("MedicationDispense", ("context", f"Encounter/{visit}"))
    assert handed_out["quantity"] == {"value": 7, "unit": "片"} and handed_out["status"] == "completed"
    assert (await do(clinic, pharmacist, number, "take-back")).status_code == 400
    assert (await do(clinic, pharmacist, number, "take-back", "患者住院，药品未拆封")).status_code == 200
    (handed_out,) = await clinic.found("MedicationDispense", ("context", f"Encounter/{visit}"))
    assert handed_out["status"] == "stopped"
    (drug,) = [one for one in (await room(clinic, wang, visit))["signed"] if one["kind"] == "drug"]
    assert (drug["state"], drug["reason"]) == ("stopped", "患者住院，药品未拆封")


async def test_a_prescription_comes_back_to_the_doctor_with_the_reason_and_cannot_be_dispensed(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    assert (await do(clinic, pharmacist, number, "return", "  ")).status_code == 400
    assert (await do(clinic, pharmacist, number, "return", "剂量偏小，请核对")).status_code == 200
    for step in ("approve", "dispense"):
        assert (await do(clinic, pharmacist, number, step)).status_code == 409
    (drug,) = [one for one in (await room(clinic, wang, visit))["signed"] if one["kind"] == "drug"]
    assert (drug["state"], drug["reason"]) == ("cancelled", "剂量偏小，请核对")


async def test_the_pharmacist_sees_what_stands_against_it_and_why_the_doctor_went_on(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    key = "interaction|warfarin-nsaid|ibuprofen-300mg|warfarin-2.5mg"
    _, number = await prescribed(
        clinic, wang, taking="华法林钠片", drugs=[IBUPROFEN], reasons={key: "短期使用，复查 INR"}
    )
    shown = (await clinic.client.get(f"/api/prescriptions/{number}", headers=pharmacist)).json()
    assert [one["key"] for one in shown["findings"]] == [key]
    assert [(one["reason"], one["by"]) for one in shown["overrides"]] == [("短期使用，复查 INR", "王建国")]
    assert shown["allergies"] == []


async def test_a_double_click_dispenses_once_and_two_pharmacists_do_not_disagree(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    both = await asyncio.gather(
        do(clinic, pharmacist, number, "approve"), do(clinic, pharmacist, number, "return", "疑问")
    )
    assert sorted(one.status_code for one in both) in ([200, 409], [200, 412])
    if (await room(clinic, wang, visit))["signed"][-1]["state"] == "cancelled":
        return
    answers = await asyncio.gather(*(do(clinic, pharmacist, number, "dispense") for _ in range(4)))
    assert {one.status_code for one in answers} <= {200, 409, 412} and 200 in {one.status_code for one in answers}
    assert len(await clinic.found("MedicationDispense", ("context", f"Encounter/{visit}"))) == 1


async def test_the_doctor_does_not_review_and_the_pharmacist_does_not_prescribe(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    assert (await do(clinic, wang, number, "approve")).status_code == 403
    assert (await clinic.client.get(f"/api/rooms/{visit}", headers=pharmacist)).status_code == 403
    assert (await do(clinic, pharmacist, "no-such-number", "approve")).status_code == 404


async def test_a_returned_prescription_goes_back_mended_and_is_no_longer_waited_for(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    assert (await do(clinic, pharmacist, number, "return", "请改为半片")).status_code == 200
    (mine,) = [
        one
        for one in (await clinic.client.get("/api/rooms/returned", headers=wang)).json()
        if one["encounter"] == visit
    ]
    (shown,) = (await room(clinic, wang, visit))["returned"]
    assert (mine["name"], mine["reason"], shown["reason"]) == ("陈志远", "请改为半片", "请改为半片")
    (line,) = shown["lines"]
    assert (line["drug"], line["dose"], line["unit"], line["days"]) == ("amlodipine-5mg", 5, "mg", 7)
    await save(clinic, wang, visit, 2, diagnoses=[I10], drugs=[{**line, "dose": 2.5}])
    patient = mine["patient"]
    again = await sign(clinic, wang, visit, patient, version=3)
    assert again.status_code == 200, again.text
    assert (await room(clinic, wang, visit))["returned"] == []
    assert visit not in {
        one["encounter"] for one in (await clinic.client.get("/api/rooms/returned", headers=wang)).json()
    }
    new = (await waiting(clinic, pharmacist, "review"))[again.json()["prescription"]]
    assert new["lines"][0]["dose"] == 2.5
    request = await clinic.read("MedicationRequest", new["lines"][0]["request"])
    assert request["priorPrescription"]["reference"] == f"MedicationRequest/{line['replaces']}"


async def test_an_approval_is_signed_by_whoever_has_just_proved_who_they_are(
    clinic: Clinic, wang: dict[str, str], pharmacist: dict[str, str]
) -> None:
    visit, number = await prescribed(clinic, wang)
    stale = clinic.let_in("药师旧", "pharmacist", proved=False, practitioner="old")
    assert (await do(clinic, stale, number, "approve")).status_code == 401
    assert (await do(clinic, clinic.let_in("药师无名", "pharmacist"), number, "approve")).status_code == 403
    assert (await do(clinic, pharmacist, number, "approve")).status_code == 200
    assert (await do(clinic, pharmacist, number, "approve")).status_code == 200
    signatures = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert [(one["signed_by"], one["holds"], one["changed"]) for one in signatures] == [
        ("王建国", True, []),
        ("药师周", True, []),
    ]
    request = (await waiting(clinic, pharmacist, "ready"))[number]["lines"][0]["request"]
    known = await clinic.read("MedicationRequest", request)
    known["dosageInstruction"][0]["text"] = "每次 50 mg"
    await clinic.put(known)
    after = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert [one["changed"] for one in after] == [[f"MedicationRequest/{request}"]] * 2
