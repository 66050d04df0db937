"""Patients who are seen from home, for the tests of the online visit."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from clinic import Clinic
from PIL import Image

URL = "/api/online-visits"


async def at_home(clinic: Clinic, *, months_ago: float = 1, **further: Any) -> tuple[str, dict[str, str]]:
    """A patient who was seen in the department, and the headers of their account."""
    patient = await clinic.patient()
    if months_ago < 100:
        ended = datetime.now(UTC) - timedelta(days=30 * months_ago)
        await clinic.put(earlier(patient, ended, **further))
    return patient, clinic.let_in(f"p-{patient}", "patient", patients=(patient,))


def earlier(patient: str, ended: datetime, **further: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": str(uuid.uuid4()),
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"individual": {"reference": "Practitioner/wang"}}],
        "serviceProvider": {"reference": "Organization/cardiology"},
        "period": {"start": ended.isoformat(), "end": ended.isoformat()},
        **further,
    }


async def ask(clinic: Clinic, who: dict[str, str], patient: str, **further: Any) -> httpx.Response:
    options = (await clinic.client.get(f"{URL}/options", params={"patient": patient}, headers=who)).json()
    body = {
        "patient": patient,
        "service": clinic.service,
        "complaint": "高血压复诊，想续药",
        "consent": options["consent"]["version"],
        "key": str(uuid.uuid4()),
    } | further
    return await clinic.client.post(URL, json=body, headers=who)


async def accepted(clinic: Clinic, visit: str, doctor: str = "wang") -> None:
    desk = clinic.let_in("desk", "registrar")
    for _ in range(20):
        asked = {"practitioner": doctor, "room": "3"}
        called = (
            await clinic.client.post(f"/api/queue/services/{clinic.service}/call", json=asked, headers=desk)
        ).json()
        step = "start" if called["encounter"] == visit else "skip"
        await clinic.client.post(f"/api/queue/entries/{called['encounter']}/{step}", headers=desk)
        if step == "start":
            return
    raise AssertionError("nobody called the visit")


async def seen_online(clinic: Clinic) -> tuple[str, str, dict[str, str]]:
    """A visit that the doctor has begun: its Encounter, the patient and the headers of their account."""
    patient, who = await at_home(clinic)
    asked = await ask(clinic, who, patient)
    assert asked.status_code == 200, asked.text
    visit = asked.json()["encounter"]
    await accepted(clinic, visit)
    return visit, patient, who


async def say(clinic: Clinic, who: dict[str, str], visit: str, text: str, key: str = "") -> httpx.Response:
    body = {"key": key or str(uuid.uuid4()), "text": text}
    return await clinic.client.post(f"{URL}/{visit}/messages", json=body, headers=who)


def picture(kind: str = "JPEG", size: tuple[int, int] = (3000, 2000), **further: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **further)
    return out.getvalue()
