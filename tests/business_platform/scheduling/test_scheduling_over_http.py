"""What people may book for whom, over the wire, and how they are told that they may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
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


def where_it_is_early() -> str:
    """A zone in which it is about six in the morning, so that all of today's hours lie ahead."""
    ahead_hours = (6 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead_hours:+d}"


@pytest.fixture
async def web(database: Database, bus_settings: BusSettings, tmp_path: Path) -> AsyncIterator[Web]:
    bus = await open_bus(bus_settings, name="web")
    zone = where_it_is_early()
    settings = read_settings(Path("absent.toml"))
    here = msgspec.structs.replace(settings.node, zone=zone)
    settings = replace(settings, protection=ProtectionSettings(0, 0, 0), node=here)
    node = assemble(settings, DataFolder(tmp_path), database, bus)
    doors = Doors()
    node = replace(node, guard=Guard(doors, node.policies, lambda _: None))  # type: ignore[arg-type]  # sign-in is not what is tried
    clinic = ClinicDay(database, zone)
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
    services = (await web.client.get("/api/scheduling/services", headers=daughter)).json()
    (ours,) = [one for one in services if one["service"] == web.clinic.service]
    assert ours["name"] == "心内科门诊" and ours["free"] > 0 and ours["earliest"] is not None
    slot = (await web.slots(daughter))[-1]
    assert slot["practitioner"] == web.clinic.doctor and slot["doctor"] == "刘春辉"
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


async def test_a_patient_checks_in_by_the_code_at_the_entrance_and_sees_the_wait(web: Web) -> None:
    (patient,) = await web.clinic.people(1)
    her, nurse = web.doors.let_in("her", "patient", (patient,)), web.doors.let_in("nurse", "nurse")
    today = web.clinic.planning.today()
    slots = [one for one in await web.slots(her) if one["day"] == str(today)]
    booked = (await web.book(her, patient, slot=slots[-1]["slot"])).json()["appointment"]
    (before,) = (await web.client.get("/api/queue/mine", headers=her)).json()
    assert before["state"] == "expected" and before["leave_home_at"] is not None
    at_home = await web.client.post("/api/queue/check-in", json={"appointment": booked}, headers=her)
    assert at_home.status_code == 403 and "entrance" in at_home.json()["title"]
    presence = f"/api/queue/services/{web.clinic.service}/presence"
    assert (await web.client.post(presence, headers=her)).status_code == 403
    token = (await web.client.post(presence, headers=nurse)).json()["token"]
    there = await web.client.post("/api/queue/check-in", json={"appointment": booked, "token": token}, headers=her)
    assert there.status_code == 200 and there.json()["ahead"] == 0
    (after,) = (await web.client.get("/api/queue/mine", headers=her)).json()
    assert after["state"] == "waiting" and after["number"] == there.json()["number"]


async def test_the_door_calls_by_the_queue_and_the_screen_shows_no_whole_name(web: Web) -> None:
    people = await web.clinic.people(2)
    desk, doctor = web.doors.let_in("desk", "registrar"), web.doors.let_in("doctor", "physician")
    for patient in people:
        asked = {"patient": patient, "service": web.clinic.service}
        assert (await web.client.post("/api/queue/check-in", json=asked, headers=desk)).status_code == 200
    at = f"/api/queue/services/{web.clinic.service}"
    unnamed = await web.client.post(f"{at}/call", json={}, headers=doctor)
    assert unnamed.status_code == 400
    call = {"practitioner": web.clinic.doctor, "room": "3 诊室"}
    called = (await web.client.post(f"{at}/call", json=call, headers=doctor)).json()
    screen = (await web.client.get(f"{at}/screen", headers=desk)).json()
    assert screen["called"] == [{"number": called["number"], "name": "赵*平", "room": "3 诊室"}]
    assert screen["waiting"] == 1
    started = await web.client.post(f"/api/queue/entries/{called['encounter']}/start", headers=doctor)
    assert started.json()["state"] == "in_room"
    again = await web.client.post(f"/api/queue/entries/{called['encounter']}/start", headers=doctor)
    assert again.status_code == 409
    shown = (await web.client.get(at, headers=doctor)).json()
    assert [one["state"] for one in shown["entries"]] == ["in_room", "waiting"]
    assert shown["entries"][1]["wait"]["high"] >= shown["entries"][1]["wait"]["low"] >= 0


async def test_patients_see_no_queue_but_their_own_place_and_check_in_nobody_else(web: Web) -> None:
    mine, other = await web.clinic.people(2)
    her, desk = web.doors.let_in("her", "patient", (mine,)), web.doors.let_in("desk", "registrar")
    slot = (await web.slots(her))[-1]["slot"]
    others = (await web.book(desk, other, slot=slot)).json()["appointment"]
    at = f"/api/queue/services/{web.clinic.service}"
    for path in (at, f"{at}/screen"):
        assert (await web.client.get(path, headers=her)).status_code == 403
    assert (await web.client.post(f"{at}/call", json={}, headers=her)).status_code == 403
    theirs = await web.client.post("/api/queue/check-in", json={"appointment": others, "token": "x"}, headers=her)
    assert theirs.status_code == 404
    walk_in = {"patient": mine, "service": web.clinic.service}
    assert (await web.client.post("/api/queue/check-in", json=walk_in, headers=her)).status_code == 403
    assert (await web.client.get("/api/queue/mine", headers=her)).json() == []


async def test_the_desk_sees_who_waits_for_a_place_and_patients_do_not_see_one_another(web: Web) -> None:
    people = await web.clinic.people(9)
    desk = web.doors.let_in("desk", "registrar")
    patient = web.doors.let_in("p", "patient", (people[8],))
    day = (await web.slots(desk))[0]["day"]
    free = sum(one["free"] for one in await web.slots(desk) if one["day"] == day)
    more = [*people[:8], *await web.clinic.people(max(0, free - 8))]
    booked = [await web.book(desk, one, day=day) for one in more[:free]]
    assert {one.status_code for one in booked} == {201}
    asked = {"service": web.clinic.service, "patient": people[8], "from_day": day, "to_day": day}
    joined = await web.client.post("/api/scheduling/waitlist", json=asked, headers=patient)
    assert joined.status_code == 201, joined.text
    path = f"/api/scheduling/waitlist?service={web.clinic.service}"
    assert (await web.client.get(path, headers=patient)).status_code == 403
    (waits,) = (await web.client.get(path, headers=desk)).json()
    assert (waits["patient"], waits["state"], waits["starts_at"]) == (people[8], "waiting", None)
    first = booked[0].json()["appointment"]
    gone = await web.client.post(f"/api/scheduling/appointments/{first}/cancel", json={"reason": ""}, headers=desk)
    assert gone.status_code == 200, gone.text
    (offered,) = (await web.client.get(path, headers=desk)).json()
    assert offered["state"] == "offered"
    assert offered["starts_at"]
    assert offered["offer_until"]


async def test_a_ticket_names_nobody_in_full_and_shows_the_way_to_follow_the_wait(web: Web) -> None:
    first, second = await web.clinic.people(2)
    desk = web.doors.let_in("desk", "registrar")
    patient = web.doors.let_in("p", "patient", (second,))
    tickets = []
    for one in (first, second):
        asked = {"patient": one, "service": web.clinic.service}
        entry = (await web.client.post("/api/queue/check-in", json=asked, headers=desk)).json()
        path = f"/api/queue/services/{web.clinic.service}/entries/{entry['encounter']}/ticket"
        assert (await web.client.post(path, headers=patient)).status_code == 403
        tickets.append((await web.client.post(path, headers=desk)).json())
    assert [one["number"] for one in tickets] == [1, 2]
    assert [one["ahead"] for one in tickets] == [0, 1]
    assert {one["name"] for one in tickets} == {"赵*平"}
    assert all(one["qr_svg"].startswith("<svg") for one in tickets)
    nowhere = f"/api/queue/services/{web.clinic.service}/entries/no-such-visit/ticket"
    assert (await web.client.post(nowhere, headers=desk)).status_code == 404
