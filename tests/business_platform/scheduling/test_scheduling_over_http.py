"""What people may book for whom, over the wire, and how they are told that they may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from xinglin.business_platform.access import Guard, ProtectionSettings
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal
from xinglin.server.assembly import assemble
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder
from xinglin.server.web import make_application

from .clinic_day import ClinicDay


class Doors:
    """In place of sign-in: whoever names an account is it."""

    def __init__(self) -> None:
        self.people: dict[str, Principal] = {}

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        return self.people.get(secret)

    def let_in(self, name: str, role: str, patients: tuple[str, ...] = ()) -> dict[str, str]:
        """The headers of one who is let in."""
        proved = datetime.now(UTC)
        self.people[name] = Principal(
            name, name, "user", name, roles=frozenset({role}), patients=patients, authenticated_at=proved
        )
        return {"authorization": f"Bearer {name}", "accept-language": "en"}


class Web:
    """A web process, and a clinic whose places are open from now on."""

    def __init__(self, client: httpx.AsyncClient, doors: Doors, clinic: ClinicDay) -> None:
        self.client = client
        self.doors = doors
        self.clinic = clinic

    async def slots(self, who: dict[str, str]) -> list[dict[str, Any]]:
        found = await self.client.get(f"/api/scheduling/slots?service={self.clinic.service}", headers=who)
        assert found.status_code == 200
        return list(found.json())

    async def book(self, who: dict[str, str], patient: str, **where: Any) -> httpx.Response:
        key = where.pop("key", None)
        headers = who | ({"idempotency-key": key} if key else {})
        body = {"patient": patient, "service": self.clinic.service, **where}
        return await self.client.post("/api/scheduling/appointments", json=body, headers=headers)


@pytest.fixture
async def web(database: Database, bus_settings: BusSettings, tmp_path: Path) -> AsyncIterator[Web]:
    bus = await open_bus(bus_settings, name="web")
    settings = replace(read_settings(Path("absent.toml")), protection=ProtectionSettings(0, 0, 0))
    node = assemble(settings, DataFolder(tmp_path), database, bus)
    doors = Doors()
    node = replace(node, guard=Guard(doors, node.policies))  # type: ignore[arg-type]  # sign-in is not what is tried
    clinic = ClinicDay(database)
    clinic.clock.at = datetime.now(UTC)
    weekdays = [1, 2, 3, 4, 5, 6, 7]
    await clinic.open(weekdays=weekdays, release_days=14, first_day=(datetime.now(UTC) - timedelta(days=2)).date())
    transport = httpx.ASGITransport(make_application(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        yield Web(client, doors, clinic)
    await bus.close()


async def test_a_daughter_books_for_her_mother_and_for_nobody_else(web: Web) -> None:
    mother, stranger = await web.clinic.people(2)
    daughter = web.doors.let_in("daughter", "patient", (mother,))
    slot = (await web.slots(daughter))[-1]
    booked = await web.book(daughter, mother, slot=slot["slot"], key="once")
    assert booked.status_code == 201 and booked.json()["starts_at"] == slot["starts_at"]
    again = await web.book(daughter, mother, slot=slot["slot"], key="once")
    assert again.json() == booked.json()
    refused = await web.book(daughter, stranger, slot=slot["slot"])
    assert refused.status_code == 403 and "family" in refused.json()["title"]
    listed = (await web.client.get("/api/scheduling/appointments", headers=daughter)).json()
    assert [one["appointment"] for one in listed] == [booked.json()["appointment"]]
    seen = await web.client.get(f"/fhir/Appointment/{booked.json()['appointment']}", headers=daughter)
    assert seen.status_code == 200


async def test_an_appointment_of_somebody_else_is_not_there_for_a_patient(web: Web) -> None:
    one, other = await web.clinic.people(2)
    hers, his = web.doors.let_in("she", "patient", (one,)), web.doors.let_in("he", "patient", (other,))
    slot = (await web.slots(hers))[-1]["slot"]
    mine = (await web.book(hers, one, slot=slot)).json()["appointment"]
    for what in ("appointments/{}/cancel", "waitlist/{}/leave", "waitlist/{}/accept"):
        path = f"/api/scheduling/{what.format(mine)}"
        assert (await web.client.post(path, json={}, headers=his)).status_code == 404
    assert (await web.client.get(f"/api/scheduling/appointments?patient={one}", headers=his)).status_code == 403
    assert (await web.client.get(f"/fhir/Appointment/{mine}", headers=his)).status_code in (403, 404)
    cancelled = await web.client.post(
        f"/api/scheduling/appointments/{mine}/cancel", json={"reason": "好了"}, headers=hers
    )
    assert cancelled.status_code == 200 and cancelled.json()["state"] == "cancelled"
    twice = await web.client.post(f"/api/scheduling/appointments/{mine}/cancel", json={}, headers=hers)
    assert twice.status_code == 409


async def test_who_comes_too_late_is_told_in_their_language_what_is_free(web: Web) -> None:
    people = await web.clinic.people(3)
    desk = web.doors.let_in("desk", "registrar")
    slots = await web.slots(desk)
    for patient in people[:2]:
        assert (await web.book(desk, patient, slot=slots[-1]["slot"])).status_code == 201
    late = await web.book(desk | {"accept-language": "zh-CN"}, people[2], slot=slots[-1]["slot"])
    assert late.status_code == 409
    assert "号源已满" in late.json()["title"]
    assert late.json()["free"][0]["slot"] == slots[0]["slot"]


async def test_the_desk_plans_hours_and_patients_do_not(web: Web) -> None:
    desk, patient = web.doors.let_in("desk", "registrar"), web.doors.let_in("p", "patient")
    hours = web.clinic.template(practitioner=web.clinic.doctor).model_dump(mode="json")
    planned = await web.client.post("/api/scheduling/schedules", json=hours, headers=desk)
    assert planned.status_code == 201 and planned.json()["slots_made"] > 0
    assert (await web.client.post("/api/scheduling/schedules", json=hours, headers=patient)).status_code == 403
    unknown = await web.client.post("/api/scheduling/schedules", json=hours | {"service": "none"}, headers=desk)
    assert unknown.status_code == 404
    unfit = await web.client.post("/api/scheduling/schedules", json=hours | {"places": 0}, headers=desk)
    assert unfit.status_code == 400


async def test_a_request_that_says_nothing_of_when_is_refused(web: Web) -> None:
    (patient,) = await web.clinic.people(1)
    desk = web.doors.let_in("desk", "registrar")
    assert (await web.book(desk, patient)).status_code == 400
