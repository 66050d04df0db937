"""A follow-up is planned with the visit's signature, and reaches the patient, the doctor and the unit's nurses alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from clinic import Clinic

from xinglin.applications.health_management.follow_up import Sweep
from xinglin.business_platform.messaging import Notices
from xinglin.foundation.ids import SystemIds

I10 = {"id": "d1", "code": "I10", "name_zh": "高血压", "name_en": "High blood pressure"}
ANSWER = {"feeling": "worse", "taking": "all", "side_effects": False, "words": "头晕得厉害"}


class Later:
    """The node's clock, so many days on."""

    def __init__(self, days: float) -> None:
        self._further = timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._further

    def monotonic_seconds(self) -> float:
        return self.now().timestamp()


async def planned(clinic: Clinic, who: dict[str, str], in_days: int = 7, **further: Any) -> tuple[str, str]:
    """A visit that was signed with nothing but a diagnosis and a follow-up."""
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    content = {"diagnoses": [I10], "follow_up": {"in_days": in_days, **further}}
    body = {"version": 0, "content": content}
    saved = await clinic.client.put(f"/api/rooms/{visit}/draft", json=body, headers=who)
    assert saved.status_code == 200, saved.text
    signing = {"version": 1, "patient": patient, "key": str(uuid.uuid4())}
    signed = await clinic.client.post(f"/api/rooms/{visit}/sign", json=signing, headers=who)
    assert signed.status_code == 200, signed.text
    return patient, visit


async def sweep(clinic: Clinic, days: float) -> None:
    clock, node = Later(days), clinic.node
    notices = Notices(node.resources, clock, SystemIds(), "Asia/Shanghai")
    await Sweep(node.database, node.resources, notices, clock, SystemIds(), "Asia/Shanghai", 3).once()


async def told(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_planned_follow_up_is_signed_with_the_visit_and_shown_with_what_was_signed(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    test = {"code": "lipids", "name_zh": "血脂", "name_en": "Lipids"}
    patient, visit = await planned(clinic, wang, what="test", test=test)
    shown = await told(await clinic.client.get(f"/api/rooms/{visit}", headers=wang))
    assert [one["kind"] for one in shown["signed"] if one["kind"] != "diagnosis"] == ["follow_up"]
    assert next(one for one in shown["signed"] if one["kind"] == "follow_up")["name_zh"].endswith("复查")
    (plan,) = await clinic.found("CarePlan", ("subject", f"Patient/{patient}"))
    (task,) = await clinic.found("Task", ("subject", f"Patient/{patient}"), ("code", "follow-up"))
    (request,) = await clinic.found("ServiceRequest", ("subject", f"Patient/{patient}"))
    referred = [one["reference"]["reference"] for one in plan["activity"]]
    assert referred == [f"Task/{task['id']}", f"ServiceRequest/{request['id']}"] and len(plan["addresses"]) == 1
    (proof,) = await told(await clinic.client.get(f"/api/rooms/{visit}/signatures", headers=wang))
    assert proof["holds"] and proof["changed"] == []


async def test_the_patient_answers_and_the_doctor_sees_it_three_months_after_the_visit_and_others_do_not(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    patient, visit = await planned(clinic, wang, in_days=90)
    encounter = await clinic.read("Encounter", visit)
    ended = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z"}
    encounter.pop("location", None)
    await clinic.put({**encounter, "status": "finished", "period": ended})  # care by the visit is over
    me = clinic.let_in("陈志远", "patient", patients=(patient,))
    await sweep(clinic, 91)
    notices = await told(await clinic.client.get("/api/notices", headers=me))
    assert [one["kind"] for one in notices["notices"]] == ["follow-up-due"] and notices["unread"] == 1
    (mine,) = await told(await clinic.client.get("/api/follow-ups", headers=me))
    assert mine["stage"] == "due" and mine["can_answer"]
    path = f"/api/follow-ups/{mine['id']}/answer"
    stranger = clinic.let_in("别人", "patient", patients=(await clinic.patient(),))
    refused = await clinic.client.post(path, json={**ANSWER, "key": "a-key-of-theirs"}, headers=stranger)
    assert refused.status_code in (403, 404)
    answered = await told(await clinic.client.post(path, json={**ANSWER, "key": "a-key-of-mine"}, headers=me))
    assert answered["stage"] == "answered"

    (row,) = [
        one
        for one in await told(await clinic.client.get("/api/follow-up-list", headers=wang))
        if one["patient"] == patient
    ]
    assert row["why"] == ["worse"] and row["is_mine"] and row["answer"]["words"] == "头晕得厉害"
    nurse = clinic.let_in("孙护士", "nurse", practitioner="sun", units=("cardiology",))
    far = clinic.let_in("远医生", "physician", practitioner="far", units=("orthopaedics",))
    for who, sees in ((nurse, True), (far, False)):
        listed = await told(await clinic.client.get("/api/follow-up-list", headers=who))
        assert any(one["patient"] == patient for one in listed) is sees
    step = f"/api/follow-up-list/{row['id']}/called"
    assert (await clinic.client.post(step, json={}, headers=far)).status_code in (403, 404)
    assert (await clinic.client.post(step, json={}, headers=me)).status_code == 403
    assert (await told(await clinic.client.post(step, json={}, headers=nurse)))["stage"] == "answered"
    listed = await told(await clinic.client.get("/api/follow-up-list", headers=wang))
    assert not any(one["patient"] == patient for one in listed)


async def test_a_follow_up_in_five_days_or_of_an_unknown_kind_is_refused_before_it_is_kept(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    visit = await clinic.called(await clinic.patient())
    for wrong in ({"in_days": 5}, {"in_days": 7, "what": "surgery"}, {"in_days": 7, "words": "free"}):
        body = {"version": 0, "content": {"follow_up": wrong}}
        assert (await clinic.client.put(f"/api/rooms/{visit}/draft", json=body, headers=wang)).status_code in (400, 422)
