"""A doctor works with one patient on one page: what is written is kept, checked, signed once and by whom it says."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from clinic import Clinic

from xinglin.applications.internet_hospital.visit.choosing import options

I10 = {"id": "d1", "code": "I10", "name_zh": "高血压", "name_en": "High blood pressure"}
CBC = {"id": "o1", "kind": "laboratory", "code": "cbc", "name_zh": "血常规", "name_en": "Complete blood count"}
ECG = {
    "id": "o2",
    "kind": "imaging",
    "code": "ecg",
    "name_zh": "心电图",
    "name_en": "Electrocardiogram",
    "urgent": True,
}


def drug(
    code: str | None, name: str, dose: float = 5, unit: str = "mg", times: float = 1, **further: Any
) -> dict[str, Any]:
    return {
        "id": further.pop("id", "m1"),
        "drug": code,
        "name": name,
        "dose": dose,
        "unit": unit,
        "times_per_day": times,
    } | further


AMLODIPINE = drug("amlodipine-5mg", "苯磺酸氨氯地平片")
IBUPROFEN = drug("ibuprofen-300mg", "布洛芬缓释胶囊", 300, times=2, id="m2")


@pytest.fixture
def li(clinic: Clinic) -> dict[str, str]:
    return clinic.let_in("李秀英", "physician", practitioner="li", units=("cardiology",))


async def save(clinic: Clinic, who: dict[str, str], visit: str, version: int, **content: Any) -> httpx.Response:
    body = {"version": version, "content": content}
    return await clinic.client.put(f"/api/rooms/{visit}/draft", json=body, headers=who)


async def sign(
    clinic: Clinic, who: dict[str, str], visit: str, patient: str, version: int = 1, key: str = ""
) -> httpx.Response:
    body = {"version": version, "patient": patient, "key": key or str(uuid.uuid4())}
    return await clinic.client.post(f"/api/rooms/{visit}/sign", json=body, headers=who)


async def room(clinic: Clinic, who: dict[str, str], visit: str) -> dict[str, Any]:
    found = await clinic.client.get(f"/api/rooms/{visit}", headers=who)
    assert found.status_code == 200, found.text
    return dict(found.json())


async def test_a_common_visit_is_signed_in_one_act_and_every_part_of_it_is_a_resource(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    saved = await save(
        clinic,
        wang,
        visit,
        0,
        note={"complaint": "头晕三天 <b>", "plan": "低盐饮食\n复查"},
        diagnoses=[I10],
        orders=[CBC, ECG],
        drugs=[AMLODIPINE],
        referral={"to": "肾内科", "reason": "肌酐升高"},
        sick_note={"first_day": "2026-11-23", "days": 3},
    )
    assert saved.status_code == 200, saved.text
    assert await clinic.found("MedicationRequest", ("encounter", f"Encounter/{visit}")) == []
    done = await sign(clinic, wang, visit, patient)
    assert done.status_code == 200, done.text
    types = sorted(one.partition("/")[0] for one in done.json()["references"])
    assert types == ["Composition"] * 2 + ["Condition", "MedicationRequest"] + ["ServiceRequest"] * 3 + ["Task"]
    (request,) = await clinic.found("MedicationRequest", ("encounter", f"Encounter/{visit}"))
    assert request["status"] == "on-hold" and request["reasonCode"][0]["text"] == "高血压"
    assert request["dispenseRequest"]["quantity"] == {"value": 7, "unit": "片"}
    shown = await room(clinic, wang, visit)
    assert sorted(one["kind"] for one in shown["signed"]) == sorted(
        ["note", "sick_note", "diagnosis", "laboratory", "imaging", "referral", "drug"]
    )
    assert shown["draft"]["content"]["drugs"] == [] and shown["draft"]["version"] == 2
    notes = await clinic.found("Composition", ("encounter", f"Encounter/{visit}"), ("status", "final"))
    assert "头晕三天 &lt;b&gt;" in str(notes) or "头晕三天 &lt;b>" in str(notes)


async def test_the_signature_holds_until_somebody_changes_what_was_signed(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, diagnoses=[I10], drugs=[AMLODIPINE])
    assert (await sign(clinic, wang, visit, patient)).status_code == 200
    (proof,) = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert proof["holds"] and proof["changed"] == [] and proof["signed_by"] == "王建国"
    (request,) = await clinic.found("MedicationRequest", ("encounter", f"Encounter/{visit}"))
    await clinic.put({**request, "status": "active"})
    (proof,) = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert proof["holds"] and proof["changed"] == []
    request["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 50
    await clinic.put(request)
    (proof,) = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert proof["changed"] == [f"MedicationRequest/{request['id']}"]
    (stored,) = await clinic.found("Provenance", ("target", f"MedicationRequest/{request['id']}"))
    stored["target"] = stored["target"][:1]
    await clinic.put(stored)
    (proof,) = (await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang)).json()
    assert not proof["holds"]


async def test_signing_twice_by_a_double_click_writes_once(clinic: Clinic, wang: dict[str, str]) -> None:
    import asyncio

    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, diagnoses=[I10], drugs=[AMLODIPINE])
    both = await asyncio.gather(*(sign(clinic, wang, visit, patient, key="one-click") for _ in range(4)))
    assert {one.status_code for one in both} == {200} and len({one.text for one in both}) == 1
    assert len(await clinic.found("MedicationRequest", ("encounter", f"Encounter/{visit}"))) == 1
    assert (await sign(clinic, wang, visit, patient, key="another-click")).status_code == 412


async def test_what_is_written_survives_a_reload_and_a_second_tab_is_told(clinic: Clinic, wang: dict[str, str]) -> None:
    visit = await clinic.called(await clinic.patient())
    assert (await save(clinic, wang, visit, 0, note={"complaint": "头痛"})).json()["version"] == 1
    assert (await room(clinic, wang, visit))["draft"]["content"]["note"]["complaint"] == "头痛"
    assert (await save(clinic, wang, visit, 1, note={"complaint": "头痛两天"})).status_code == 200
    stale = await save(clinic, wang, visit, 1, note={"complaint": "旧窗口"})
    assert stale.status_code == 412 and "version 2" in stale.json()["title"]
    assert (await room(clinic, wang, visit))["draft"]["content"]["note"]["complaint"] == "头痛两天"
    mine = (await clinic.client.get("/api/rooms", headers=wang)).json()
    assert visit in [one["encounter"] for one in mine]


async def test_a_colleague_of_the_department_takes_over_and_the_first_is_told(
    clinic: Clinic, wang: dict[str, str], li: dict[str, str]
) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, note={"complaint": "胸闷"}, diagnoses=[I10])
    shown = await room(clinic, li, visit)
    assert not shown["is_mine"] and shown["draft"]["author_name"] == "王建国"
    refused = await save(clinic, li, visit, 1, note={"complaint": "改"})
    assert refused.status_code == 409 and "王建国" in refused.json()["title"]
    taken = await clinic.client.post(f"/api/rooms/{visit}/take-over", headers=li)
    assert taken.status_code == 200 and taken.json()["draft"]["content"]["note"]["complaint"] == "胸闷"
    assert (await save(clinic, wang, visit, 1, note={"complaint": "我还在写"})).status_code == 409
    assert (await sign(clinic, li, visit, patient, version=2)).status_code == 200
    (condition,) = await clinic.found("Condition", ("encounter", f"Encounter/{visit}"))
    assert condition["recorder"]["reference"] == "Practitioner/li"
    desk = clinic.let_in("desk", "registrar")
    await clinic.client.post(f"/api/queue/entries/{visit}/finish", headers=desk)
    encounter = await clinic.read("Encounter", visit)
    who = [one["individual"]["reference"] for one in encounter["participant"]]
    assert sorted(who) == ["Practitioner/li", "Practitioner/wang"]


async def test_a_doctor_of_another_department_finds_a_closed_door(clinic: Clinic) -> None:
    far = clinic.let_in("远", "physician", practitioner="far", units=("orthopaedics",))
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "/draft", {"version": 0, "content": {}}),
        ("POST", "/check", {"drugs": []}),
        ("POST", "/take-over", None),
        ("POST", "/sign", {"version": 1, "patient": patient, "key": "12345678"}),
        ("GET", "/signatures", None),
    ):
        answer = await clinic.client.request(method, f"/api/rooms/{visit}{path}", json=body, headers=far)
        assert answer.status_code == 403, (method, path, answer.text)


async def test_an_interaction_is_not_signed_without_a_reason_and_the_reason_is_kept(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    patient = await clinic.patient(taking="华法林钠片")
    visit = await clinic.called(patient)
    live = await clinic.client.post(f"/api/rooms/{visit}/check", json={"drugs": [IBUPROFEN]}, headers=wang)
    (found,) = live.json()
    assert (found["kind"], found["severity"]) == ("interaction", "stop")
    await save(clinic, wang, visit, 0, diagnoses=[I10], drugs=[IBUPROFEN])
    refused = await sign(clinic, wang, visit, patient)
    assert refused.status_code == 422 and "bleeding" in refused.json()["title"]
    await save(clinic, wang, visit, 1, diagnoses=[I10], drugs=[IBUPROFEN], reasons={found["key"]: " "})
    assert (await sign(clinic, wang, visit, patient, version=2)).status_code == 422
    assert await clinic.found("MedicationRequest", ("encounter", f"Encounter/{visit}")) == []
    reason = "短期使用，三日后复查 INR"
    await save(clinic, wang, visit, 2, diagnoses=[I10], drugs=[IBUPROFEN], reasons={found["key"]: reason})
    assert (await sign(clinic, wang, visit, patient, version=3)).status_code == 200
    (issue,) = await clinic.found("DetectedIssue", ("patient", f"Patient/{patient}"))
    assert issue["severity"] == "high" and issue["mitigation"][0]["action"]["text"] == reason
    assert issue["mitigation"][0]["author"]["reference"] == "Practitioner/wang"


async def test_an_allergy_that_is_recorded_while_the_doctor_writes_still_stops_the_signature(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    amoxicillin = drug("amoxicillin-250mg", "阿莫西林胶囊", 500, times=3)
    await save(clinic, wang, visit, 0, drugs=[amoxicillin])
    assert (await room(clinic, wang, visit))["findings"] == []
    allergy = {"resourceType": "AllergyIntolerance", "id": str(uuid.uuid4()), "code": {"text": "青霉素"}}
    await clinic.put({**allergy, "patient": {"reference": f"Patient/{patient}"}})
    assert [one["kind"] for one in (await room(clinic, wang, visit))["findings"]] == ["allergy"]
    assert (await sign(clinic, wang, visit, patient)).status_code == 422


async def test_a_drug_that_the_checker_does_not_know_needs_a_reason(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, drugs=[drug(None, "院内制剂甲")])
    refused = await sign(clinic, wang, visit, patient)
    assert refused.status_code == 422 and "院内制剂甲" in refused.json()["title"]


async def test_a_patient_who_is_merged_during_the_visit_is_looked_at_again_before_signing(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    before, survivor = await clinic.patient(), await clinic.patient(allergy="青霉素")
    visit = await clinic.called(before)
    await save(clinic, wang, visit, 0, drugs=[drug("amoxicillin-250mg", "阿莫西林胶囊", 500, times=3)])
    other = {"reference": f"Patient/{survivor}"}
    merged = await clinic.read("Patient", before)
    await clinic.put({**merged, "active": False, "link": [{"type": "replaced-by", "other": other}]})
    assert (await sign(clinic, wang, visit, before)).status_code == 409
    encounter = await clinic.read("Encounter", visit)
    await clinic.put({**encounter, "subject": other})
    refused = await sign(clinic, wang, visit, before)
    assert refused.status_code == 409 and "banner" in refused.json()["title"]
    assert (await room(clinic, wang, visit))["patient"] == survivor
    stopped = await sign(clinic, wang, visit, survivor)
    assert stopped.status_code == 422 and "青霉素" in stopped.json()["title"]


async def test_signing_asks_who_is_there_when_that_was_long_ago(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0, diagnoses=[I10])
    tired = clinic.let_in("王建国", "physician", proved=False, practitioner="wang", units=("cardiology",))
    asked = await sign(clinic, tired, visit, patient)
    assert asked.status_code == 401 and "insufficient_user_authentication" in asked.headers["www-authenticate"]
    assert await clinic.found("Condition", ("encounter", f"Encounter/{visit}")) == []


async def test_nothing_and_the_work_of_a_cancelled_visit_are_not_signed(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    await save(clinic, wang, visit, 0)
    assert (await sign(clinic, wang, visit, patient)).status_code == 422
    await save(clinic, wang, visit, 1, diagnoses=[I10])
    encounter = await clinic.read("Encounter", visit)
    for status, answer in (("planned", 409), ("cancelled", 403)):
        await clinic.put({**encounter, "status": status})
        assert (await sign(clinic, wang, visit, patient, version=2)).status_code == answer


async def test_what_the_patient_told_the_virtual_doctor_lies_on_the_page(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    page = {
        "resourceType": "Composition",
        "id": str(uuid.uuid4()),
        "status": "preliminary",
        "type": {"text": "预问诊 Pre-consultation"},
        "subject": {"reference": f"Patient/{patient}"},
        "date": "2026-11-23T08:00:00Z",
        "author": [{"display": "虚拟医生 Virtual doctor"}],
        "title": "预问诊 Pre-consultation",
        "section": [
            {
                "title": "主诉 Complaint",
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>头晕 &amp; 恶心</p></div>',
                },
            }
        ],
    }
    await clinic.put(page)
    told = (await room(clinic, wang, visit))["pre_consultation"]
    assert told["sections"] == [{"title": "主诉 Complaint", "lines": ["头晕 & 恶心"]}]


@pytest.mark.parametrize(
    "content",
    [
        {"drugs": [drug("amlodipine-5mg", "x") | {"days": 400}]},
        {"drugs": [drug("amlodipine-5mg", "x") | {"dose": "NaN"}]},
        {"diagnoses": [I10 | {"id": "../etc"}]},
        {"diagnoses": [I10] * 31},
        {"surprise": 1},
        {"note": {"complaint": "x" * 5000}},
    ],
)
async def test_what_makes_no_sense_is_refused_before_it_is_kept(
    clinic: Clinic, wang: dict[str, str], content: dict[str, Any]
) -> None:
    visit = await clinic.called(await clinic.patient())
    assert (await save(clinic, wang, visit, 0, **content)).status_code in (400, 422)


def test_every_test_that_can_be_ordered_is_found_by_initials() -> None:
    keys = {one.code: one.keys for one in options().orderables}
    assert "xcg" in keys["cbc"] and "xindiantu" in keys["ecg"]
    assert len(keys) == len(options().orderables)


async def test_a_medicine_that_the_patient_hides_still_warns_and_is_not_named(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    patient = await clinic.patient(taking="华法林钠片")
    visit = await clinic.called(patient)
    open_ = (await clinic.client.post(f"/api/rooms/{visit}/check", json={"drugs": [IBUPROFEN]}, headers=wang)).json()
    (plain,) = [one for one in open_ if one["kind"] == "interaction"]
    assert "华法林" in plain["zh"]
    await clinic.put(
        {
            "resourceType": "Consent",
            "id": str(uuid.uuid4()),
            "status": "active",
            "scope": {"coding": [{"code": "patient-privacy"}]},
            "category": [{"coding": [{"code": "59284-0"}]}],
            "patient": {"reference": f"Patient/{patient}"},
            "policyRule": {"text": "own"},
            "provision": {"type": "deny", "class": [{"code": "MedicationRequest"}]},
        }
    )
    answer = await clinic.client.post(f"/api/rooms/{visit}/check", json={"drugs": [IBUPROFEN]}, headers=wang)
    (hidden,) = [one for one in answer.json() if one["kind"] == "interaction"]
    assert (hidden["severity"], hidden["needs_reason"]) == (plain["severity"], plain["needs_reason"])
    assert "布洛芬" in hidden["zh"]
    assert "无权查看" in hidden["zh"]
    for secret in ("华法林", "warfarin", "MedicationRequest", "出血"):
        assert secret not in answer.text
    assert (hidden["rests_on"], hidden["source"]) == ([], "")
    again = await clinic.client.post(f"/api/rooms/{visit}/check", json={"drugs": [IBUPROFEN]}, headers=wang)
    assert again.json() == answer.json()
