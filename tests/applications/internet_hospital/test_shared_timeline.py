"""A patient and their doctor read one timeline; whoever may not see the record reads none of it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic import Clinic

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _reports(patient: str, count: int, apart: timedelta) -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "DiagnosticReport",
            "id": str(uuid.uuid4()),
            "status": "final",
            "code": {"text": "血常规"},
            "subject": {"reference": f"Patient/{patient}"},
            "issued": (START + apart * place).isoformat(),
        }
        for place in range(count)
    ]


async def test_patient_and_doctor_read_the_same_and_strangers_nothing(clinic: Clinic, wang: dict[str, str]) -> None:
    patient = await clinic.patient()
    visit = await clinic.called(patient)
    about = {"subject": {"reference": f"Patient/{patient}"}}
    wrong = {**_reports(patient, 1, timedelta())[0], "status": "entered-in-error", "code": {"text": "误录"}}
    invoice = {"resourceType": "Invoice", "id": str(uuid.uuid4()), "status": "issued", "date": START.isoformat()}
    await clinic.put(
        *_reports(patient, 1, timedelta()),
        wrong,
        {**invoice, **about, "totalGross": {"value": 42.16, "currency": "CNY"}},
    )
    me = clinic.let_in("陈志远", "patient", patients=(patient,))
    seen = [(await clinic.client.get("/api/timeline", params={"patient": patient}, headers=who)) for who in (me, wang)]
    assert seen[0].status_code == 200 and seen[0].json() == seen[1].json(), seen[0].text
    entries = {one["kind"]: one for one in seen[0].json()["entries"]}
    assert set(entries) == {"visit", "result", "bill"} and entries["bill"]["text_zh"] == "¥42.16"
    assert entries["visit"]["reference"] == f"Encounter/{visit}" and entries["result"]["title_zh"] == "血常规"
    assert (entries["visit"]["text_zh"], entries["visit"]["text_en"]) == ("心内科门诊", "Cardiology clinic")
    only = await clinic.client.get("/api/timeline", params={"patient": patient, "kind": "result"}, headers=me)
    assert [one["kind"] for one in only.json()["entries"]] == ["result"]

    stranger = clinic.let_in("别人", "patient", patients=(await clinic.patient(),))
    far = clinic.let_in("远医生", "physician", practitioner="far", units=("orthopaedics",))
    for who in (stranger, far):
        assert (await clinic.client.get("/api/timeline", params={"patient": patient}, headers=who)).status_code in (
            403,
            404,
        )


async def test_a_long_timeline_is_read_to_its_end_and_nothing_twice(clinic: Clinic) -> None:
    patient = await clinic.patient()
    made = _reports(patient, 70, timedelta(hours=1)) + _reports(patient, 40, timedelta())
    await clinic.put(*made)
    me = clinic.let_in("陈志远", "patient", patients=(patient,))
    seen: list[str] = []
    asked: dict[str, Any] = {"patient": patient}
    for _ in range(6):
        page = (await clinic.client.get("/api/timeline", params=asked, headers=me)).json()
        seen += [one["reference"] for one in page["entries"]]
        if page["next"] is None:
            break
        asked["before"] = page["next"]
    assert len(seen) == len(set(seen)) == 110
