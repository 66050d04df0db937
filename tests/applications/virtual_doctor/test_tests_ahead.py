"""Tests before the doctor, over the wire: switched on by a head, proposed, released once, told to the patient."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from clinic import Clinic

from heard import heard
from xinglin.applications.virtual_doctor.ahead import Releases
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.ids import SystemIds

PLACE = "门诊楼一层采血处"
FEVER = {"words": "发烧三天", "answers": {}}


class Ahead:
    """One department with its head, two doctors on duty, and patients with accounts."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.head = clinic.let_in("主任", "physician", practitioner="head", units=("cardiology",))
        self.wang = clinic.let_in("王建国", "physician", practitioner="wang", units=("cardiology",))
        self.li = clinic.let_in("李秀英", "physician", practitioner="li", units=("cardiology",))
        self.far = clinic.let_in("远", "physician", practitioner="far", units=("orthopaedics",))

    async def switch(self, protocol: str, on: bool, version: int, who: dict[str, str] | None = None) -> Any:
        return await self.clinic.client.put(
            f"/api/tests-ahead/protocols/{protocol}/departments/cardiology",
            json={"is_on": on, "place": PLACE, "version": version},
            headers=who or self.head,
        )

    async def standing(self, protocol: str) -> dict[str, Any]:
        told = (await self.clinic.client.get("/api/tests-ahead/protocols", headers=self.head)).json()
        one = next(each for each in told["protocols"] if each["id"] == protocol)
        return next(each for each in one["switches"] if each["department"] == "cardiology")

    async def on(self, *protocols: str) -> None:
        for one in protocols:
            now = await self.standing(one)
            if not now["is_on"]:
                assert (await self.switch(one, True, now["version"])).status_code == 200

    async def patient(self, **further: Any) -> tuple[str, dict[str, str]]:
        id_ = await self.clinic.patient(**further)
        return id_, self.clinic.let_in(f"p-{id_[:8]}", "patient", patients=(id_,))

    async def keep(self, patient: str, who: dict[str, str], told: dict[str, Any], key: str = "key-0001") -> Any:
        body = {**told, "patient": patient, "key": key, "agreed": True}
        return (await self.clinic.client.post("/api/virtual-doctor/kept", json=body, headers=who)).json()

    async def waiting(self, who: dict[str, str], patient: str) -> list[dict[str, Any]]:
        found = (await self.clinic.client.get("/api/tests-ahead/waiting", headers=who)).json()
        return [one for one in found if one["patient"] == patient]

    async def decide(self, one: dict[str, Any], step: str, who: dict[str, str], version: int | None = None) -> Any:
        return await self.clinic.client.post(
            f"/api/tests-ahead/{one['task']}/{step}",
            json={"reason": "先看医生更合适"},
            headers={**who, "if-match": f'W/"{one["version"] if version is None else version}"'},
        )

    async def mine(self, who: dict[str, str]) -> list[dict[str, Any]]:
        return list((await self.clinic.client.get("/api/tests-ahead/mine", headers=who)).json())

    async def told(self, patient: str) -> list[str]:
        async with self.clinic.node.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT name FROM event WHERE room = 'virtual_doctor' AND ordering_key = $1 ORDER BY position",
                f"Patient/{patient}",
            )
        return [row["name"] for row in rows]


@pytest.fixture
async def ahead(house: Clinic) -> Ahead:
    await house.put(
        {"resourceType": "Practitioner", "id": "head", "name": [{"text": "主任"}]},
        {
            "resourceType": "PractitionerRole",
            "id": "head-role",
            "practitioner": {"reference": "Practitioner/head"},
            "organization": {"reference": "Organization/cardiology"},
            "code": [{"coding": [{"system": "https://xinglin.health/id/department-role", "code": "head"}]}],
        },
    )
    return Ahead(house)


async def test_protocols_are_off_until_the_head_switches_them_on_with_name_and_date(ahead: Ahead) -> None:
    before = await ahead.standing("dysuria")
    assert (before["is_on"], before["version"]) == (False, 0)
    patient, account = await ahead.patient()
    assert (await ahead.keep(patient, account, {"words": "尿频尿急尿痛", "answers": {}}))["tests"] == []
    assert (await ahead.switch("dysuria", True, 0, ahead.wang)).status_code == 403
    assert (await ahead.switch("no-such-protocol", True, 0)).status_code == 404
    on = (await ahead.switch("dysuria", True, 0)).json()
    assert (on["is_on"], on["by"], on["place"]) == (True, "主任", PLACE)
    assert on["on"]
    assert (await ahead.switch("dysuria", False, 0)).status_code == 412
    plan = (await ahead.clinic.found("PlanDefinition", ("status", "active")))[-1]
    assert plan["endorser"] == [{"name": "主任"}]
    assert plan["approvalDate"]
    assert plan["relatedArtifact"][0]["citation"]
    assert len((await ahead.keep(patient, account, {"words": "尿频尿急尿痛", "answers": {}}, "key-0002"))["tests"]) == 1
    assert (await ahead.switch("dysuria", False, on["version"])).json()["is_on"] is False
    another, theirs = await ahead.patient()
    assert (await ahead.keep(another, theirs, {"words": "尿频尿急尿痛", "answers": {}}))["tests"] == []


async def test_the_medical_director_switches_everywhere_and_a_doctor_elsewhere_does_not(ahead: Ahead) -> None:
    director = ahead.clinic.let_in("孙主任", "medical_director")
    now = await ahead.standing("tired-2-weeks")
    assert (await ahead.switch("tired-2-weeks", True, now["version"], ahead.far)).status_code == 403
    assert (await ahead.switch("tired-2-weeks", True, now["version"], director)).status_code == 200
    shown = (await ahead.clinic.client.get("/api/tests-ahead/protocols", headers=director)).json()
    assert [(one["name"], one["may_switch"]) for one in shown["departments"]] == [("心内科", True)]


async def test_a_proposal_is_no_order_until_a_doctor_of_the_department_releases_it(ahead: Ahead) -> None:
    await ahead.on("fever-3-days")
    patient, account = await ahead.patient(allergy="青霉素")
    kept = await ahead.keep(patient, account, FEVER)
    assert [test["en"] for test in kept["tests"][0]["tests"]] == ["Complete blood count", "C-reactive protein"]
    drafts = await ahead.clinic.found("ServiceRequest", ("patient", f"Patient/{patient}"))
    assert {(one["status"], one["intent"]) for one in drafts} == {("draft", "proposal")}
    assert (await ahead.mine(account))[0]["state"] == "proposed"
    assert await ahead.waiting(ahead.far, patient) == []
    (one,) = await ahead.waiting(ahead.wang, patient)
    assert (one["words"], one["allergies"], one["reason"]["zh"]) == ("发烧三天", ["青霉素"], "发热，3 天")
    assert one["seen"]
    assert one["asked_of_doctor"]
    assert one["sources"]
    assert (await ahead.decide(one, "release", ahead.far)).status_code == 404
    assert (await ahead.decide(one, "release", account)).status_code == 403
    assert (await ahead.decide(one, "release", ahead.wang, version=one["version"] + 1)).status_code == 412
    done = await ahead.decide(one, "release", ahead.wang)
    assert done.status_code == 200, done.text
    orders = await ahead.clinic.found("ServiceRequest", ("patient", f"Patient/{patient}"))
    assert {(o["status"], o["intent"], o["requester"]["reference"]) for o in orders} == {
        ("active", "order", "Practitioner/wang")
    }
    assert (await ahead.mine(account))[0]["state"] == "released"
    assert (await ahead.mine(account))[0]["place"] == PLACE
    assert await ahead.told(patient) == ["preconsultation.completed", "tests.proposed", "tests.released"]


async def test_the_second_doctor_reads_who_was_first_and_the_first_may_press_twice(ahead: Ahead) -> None:
    await ahead.on("fever-3-days")
    patient, account = await ahead.patient()
    await ahead.keep(patient, account, FEVER)
    (one,) = await ahead.waiting(ahead.wang, patient)
    both = await asyncio.gather(*(ahead.decide(one, "release", who) for who in (ahead.wang, ahead.li)))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    first, second = (ahead.wang, ahead.li) if both[0].status_code == 200 else (ahead.li, ahead.wang)
    refused = await ahead.decide(one, "release", second)
    assert refused.status_code == 409
    assert "has released this already" in refused.text
    again = await ahead.decide(one, "release", first)
    assert again.status_code == 200
    assert again.json()["version"] == next(a for a in both if a.status_code == 200).json()["version"]
    assert (await ahead.decide(one, "refuse", first)).status_code == 409
    assert (await ahead.told(patient)).count("tests.released") == 1


async def test_a_refusal_has_a_reason_which_the_patient_reads(ahead: Ahead) -> None:
    await ahead.on("fever-3-days")
    patient, account = await ahead.patient()
    await ahead.keep(patient, account, FEVER)
    (one,) = await ahead.waiting(ahead.wang, patient)
    headers = {**ahead.wang, "if-match": str(one["version"])}
    path = f"/api/tests-ahead/{one['task']}/refuse"
    assert (await ahead.clinic.client.post(path, json={"reason": "   "}, headers=headers)).status_code == 400
    assert (await ahead.clinic.client.post(path, json={"reason": "有理由"}, headers=ahead.wang)).status_code == 400
    assert (await ahead.decide(one, "refuse", ahead.wang)).json()["state"] == "refused"
    (mine,) = await ahead.mine(account)
    assert (mine["state"], mine["reason"]) == ("refused", "先看医生更合适")
    orders = await ahead.clinic.found("ServiceRequest", ("patient", f"Patient/{patient}"))
    assert {one["status"] for one in orders} == {"revoked"}
    assert await ahead.waiting(ahead.wang, patient) == []


async def test_an_urgent_complaint_and_a_repeated_request_propose_nothing_more(ahead: Ahead) -> None:
    await ahead.on("fever-3-days")
    patient, account = await ahead.patient()
    assert (await ahead.keep(patient, account, {"words": "发烧三天，喘不上气", "answers": {}}))["tests"] == []
    first = await ahead.keep(patient, account, FEVER, "key-0002")
    again = await ahead.keep(patient, account, FEVER, "key-0002")
    assert (first["tests"], first["written_now"], again["written_now"]) == (again["tests"], True, False)
    (one,) = await ahead.waiting(ahead.wang, patient)
    await ahead.decide(one, "release", ahead.wang)
    assert (await ahead.keep(patient, account, FEVER, "key-0003"))["tests"] == [], "the same was ordered today"


async def test_whoever_is_booked_elsewhere_is_not_sent_to_this_departments_tests(ahead: Ahead) -> None:
    await ahead.on("fever-3-days")
    service = str(uuid.uuid4())
    patient, account = await ahead.patient()
    start = datetime.now(UTC) + timedelta(hours=5)
    booking = {
        "resourceType": "Appointment",
        "id": str(uuid.uuid4()),
        "status": "booked",
        "start": start.isoformat(timespec="seconds"),
        "end": (start + timedelta(minutes=10)).isoformat(timespec="seconds"),
    }
    await ahead.clinic.put(
        {"resourceType": "Organization", "id": "orthopaedics", "name": "骨科"},
        {"resourceType": "HealthcareService", "id": service, "providedBy": {"reference": "Organization/orthopaedics"}},
        {**booking, "participant": _who(patient, service)},
    )
    assert (await ahead.keep(patient, account, FEVER))["tests"] == []
    await ahead.clinic.put({**booking, "participant": _who(patient, ahead.clinic.service)})
    assert len((await ahead.keep(patient, account, FEVER, "key-0002"))["tests"]) == 1
    (mine,) = await ahead.mine(account)
    be_there = datetime.fromisoformat(mine["be_there_at"])
    assert timedelta(minutes=59) < start - be_there < timedelta(minutes=61)


async def test_released_tests_join_the_visit_at_check_in_are_charged_and_their_results_stand_there(
    ahead: Ahead,
) -> None:
    await ahead.on("fever-3-days")
    patient, account = await ahead.patient()
    await ahead.keep(patient, account, FEVER)
    (one,) = await ahead.waiting(ahead.wang, patient)
    references = (await ahead.decide(one, "release", ahead.wang)).json()["references"]
    encounter = await ahead.clinic.called(patient)
    releases = Releases(ahead.clinic.node.database, ahead.clinic.node.resources, SystemClock(), SystemIds())
    arrived = _arrived(patient, encounter)
    for _ in range(2):
        async with ahead.clinic.node.database.transaction() as connection:
            await releases.handle(connection, [arrived])
    for reference in references:
        order = await ahead.clinic.read(*reference.split("/"))
        assert order["encounter"]["reference"] == f"Encounter/{encounter}"
    assert (await ahead.told(patient)).count("order.placed") == 1
    await ahead.clinic.put(
        *(
            {
                "resourceType": "Observation",
                "id": str(uuid.uuid4()),
                "status": "final",
                "basedOn": [{"reference": reference}],
                "subject": {"reference": f"Patient/{patient}"},
                "code": {"text": "结果"},
                "effectiveDateTime": datetime.now(UTC).isoformat(),
                "valueQuantity": {"value": 12.5, "unit": "10*9/L"},
            }
            for reference in references
        )
    )
    assert (await ahead.mine(account))[0]["state"] == "done"
    async with ahead.clinic.node.database.connection() as connection:
        body = await connection.fetchval(
            "SELECT body FROM event WHERE name = 'order.placed' AND ordering_key = $1", f"Patient/{patient}"
        )
    assert sorted(orjson.loads(body)["references"]) == sorted(references)
    room = (await ahead.clinic.client.get(f"/api/rooms/{encounter}", headers=ahead.wang)).json()
    assert {one["name_en"] for one in room["tests_before"]} == {"Complete blood count", "C-reactive protein"}
    assert {one["results"][0]["value"] for one in room["tests_before"]} == {"12.5 10*9/L"}


def _who(patient: str, service: str) -> list[dict[str, Any]]:
    return [
        {"actor": {"reference": one}, "status": "accepted"}
        for one in (f"Patient/{patient}", f"HealthcareService/{service}")
    ]


def _arrived(patient: str, encounter: str) -> Event:
    now = datetime.now(UTC)
    return heard("scheduling", "encounter.arrived", f"Patient/{patient}", now, {"encounter": encounter})
