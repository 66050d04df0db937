"""Before the doctor: a fever is told at home, a doctor releases the tests, the results stand in the consulting room."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, expect

from heard import heard
from xinglin.applications.virtual_doctor.ahead import Releases
from xinglin.business_platform.scheduling import Planning, Scheduling, SchedulingSettings, Template, Wanted
from xinglin.business_platform.scheduling.queue import CheckIn, Queue
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import LAPTOP, PHONE, Language, Reader, chromium
from .small_hospital import CARED, CASHIER, OWN, PATIENT, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SERVICE = "cardiology-clinic"
PLACE = "门诊楼一层采血处"
WORDS = {"zh-CN": "发烧三天，没有别的不舒服", "en": "I have had a fever for three days"}


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With a clinic of which the physician is the head."""
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        role = {"system": "https://xinglin.health/id/department-role", "code": "head"}
        unit = {"reference": "Organization/cardiology"}
        head: dict[str, Any] = {"resourceType": "PractitionerRole", "id": "head", "code": [{"coding": [role]}]}
        head |= {"practitioner": {"reference": "Practitioner/doctor-wang"}, "organization": unit}
        service = {"resourceType": "HealthcareService", "id": SERVICE, "name": "心内科门诊", "providedBy": unit}
        await _put(running, head, service)
        yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
def queue(hospital: Hospital) -> Queue:
    return Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), "Asia/Shanghai")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_three_days_of_fever_bring_a_blood_test_before_the_doctor_and_its_result_into_the_room(
    hospital: Hospital, browser: Browser, queue: Queue, language: Language
) -> None:
    await _forget_tests(hospital)
    doctor = await hospital.sit_down(browser, PHYSICIAN, language=language, size=LAPTOP)
    await _switch_on(hospital, doctor, language)
    patient = await hospital.sit_down(browser, PATIENT, language=language, size=PHONE)
    await _keep(hospital, patient, language)
    await expect(patient.page.get_by_test_id("proposed")).to_contain_text(
        ("血常规", "Complete blood count")[language == "en"]
    )
    await _picture(patient.page, f"proposed-{language}")
    assert await patient.violations() == []

    await doctor.page.goto(f"{hospital.url}/tests-ahead")
    proposal = doctor.page.get_by_test_id("proposal")
    await expect(proposal).to_contain_text(WORDS[language])
    await _picture(doctor.page, f"release-{language}")
    assert await doctor.violations() == []
    await proposal.get_by_test_id("release").click()
    await expect(proposal).to_have_count(0)

    await patient.page.goto(f"{hospital.url}/visit")
    step = patient.page.locator("[data-testid=tests-first][data-state=released]")
    await expect(step).to_contain_text(PLACE)
    await _picture(patient.page, f"tests-first-{language}")
    assert await patient.violations() == []
    assert await patient.fits_the_screen()

    visit = await _comes_and_is_tested(hospital, queue)
    await doctor.page.goto(f"{hospital.url}/rooms/{visit}")
    await expect(doctor.page.get_by_test_id("tests-before")).to_contain_text("12.5 10*9/L")
    await _picture(doctor.page, f"room-{language}")
    assert await doctor.violations() == []
    await patient.page.reload()
    await expect(patient.page.locator("[data-testid=tests-first][data-state=done]").first).to_be_visible()
    assert (patient.strayed, patient.complaints, doctor.strayed, doctor.complaints) == ([], [], [], [])
    await queue.change(visit, "finish")
    await patient.leave()
    await doctor.leave()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_desk_finds_somebody_and_hands_out_a_place_in_the_line_in_three_presses(
    hospital: Hospital, browser: Browser, queue: Queue, language: Language
) -> None:
    desk = await hospital.sit_down(browser, CASHIER, language=language, size=LAPTOP)
    page = desk.page
    await page.goto(f"{hospital.url}/desk?service={SERVICE}")
    await page.get_by_role("search").get_by_role("textbox").fill("赵敏")
    await page.get_by_role("search").get_by_role("button").last.click()
    await page.get_by_test_id("found").get_by_role("button").click()
    await page.get_by_test_id("walk-in").click()
    ticket = page.get_by_test_id("ticket")
    await expect(ticket).to_contain_text("赵*")
    await ticket.get_by_role("img").wait_for()
    await _picture(page, f"desk-{language}")
    assert await desk.violations() == []
    assert await desk.fits_the_screen()
    (line,) = (await queue.line(SERVICE)).waiting
    assert line.patient == OWN
    await queue.change(line.encounter_id, "leave")
    assert (desk.strayed, desk.complaints) == ([], [])
    await desk.leave()


async def test_a_place_that_somebody_gives_up_is_offered_on_the_phone_of_who_waits(
    hospital: Hospital, browser: Browser
) -> None:
    clock, ids, rules = SystemClock(), SystemIds(), SchedulingSettings()
    planning = Planning(hospital.database, hospital.store, clock, ids, rules, "Asia/Shanghai")
    scheduling = Scheduling(hospital.database, hospital.store, clock, ids, rules)
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    alone = Template(
        service=SERVICE, practitioner="doctor-wang", weekdays=[1, 2, 3, 4, 5, 6, 7], starts=time(8), ends=time(9),
        period_minutes=60, places=1, first_day=day, last_day=day,
    )  # fmt: skip
    await planning.plan(alone)
    taken, _ = await scheduling.book(
        Wanted(service=SERVICE, patient=CARED, account="desk", key="1", arrived_at=datetime.now(UTC), day=day)
    )
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    desk = await hospital.sit_down(browser, CASHIER)
    page = patient.page
    await page.goto(f"{hospital.url}/visit")
    await page.get_by_role("button", name="心内科门诊").click()
    await page.get_by_test_id("join").click()
    waits = page.get_by_test_id("wait")
    await expect(waits).to_have_attribute("data-state", "waiting")
    await desk.page.goto(f"{hospital.url}/desk?service={SERVICE}")
    await expect(desk.page.get_by_test_id("waits")).to_contain_text("赵敏")
    await scheduling.cancel(taken.appointment_id, "", by_desk=True)
    await page.reload()
    await expect(waits).to_have_attribute("data-state", "offered")
    await _picture(page, "offered")
    assert await patient.violations() == []
    assert await patient.fits_the_screen()
    box = await page.get_by_test_id("accept").bounding_box()
    assert box is not None
    assert box["height"] >= 60
    await desk.page.reload()
    await expect(desk.page.get_by_test_id("waits")).to_have_attribute("data-state", "offered")
    await page.get_by_test_id("accept").click()
    await expect(waits).to_have_count(0)
    await expect(page.get_by_test_id("appointment")).to_contain_text("08:00")
    assert (patient.strayed, patient.complaints, desk.strayed, desk.complaints) == ([], [], [], [])
    await patient.leave()
    await desk.leave()


async def _switch_on(hospital: Hospital, doctor: Reader, language: Language) -> None:
    page = doctor.page
    await page.goto(f"{hospital.url}/tests-ahead?show=protocols")
    words = ("发热三天", "Fever for three days")[language == "en"]
    protocol = page.get_by_test_id("protocol").filter(has_text=words).first
    await expect(protocol).to_be_visible()
    if await protocol.get_attribute("data-on") == "false":
        await protocol.get_by_role("textbox").fill(PLACE)
        await protocol.get_by_test_id("switch").click()
    await expect(protocol).to_have_attribute("data-on", "true")
    await expect(protocol).to_contain_text("王建国")
    await _picture(page, f"protocols-{language}")
    assert await doctor.violations() == []


async def _keep(hospital: Hospital, patient: Reader, language: Language) -> None:
    page = patient.page
    await page.goto(f"{hospital.url}/visit")
    await page.locator(".visit-ask[href='/virtual-doctor']").click()
    await page.locator("#vd-words").fill(WORDS[language])
    await page.locator("button[type=submit]").click()
    after = page.get_by_test_id("next")
    no = page.get_by_test_id("reply-no")
    await no.or_(after).first.wait_for()
    for _ in range(8):
        if not await no.count():
            break
        await no.click()
        await page.locator("main[aria-busy=false]").wait_for()
    await after.get_by_role("button").first.click()
    await page.get_by_test_id("kept").wait_for()


async def _comes_and_is_tested(hospital: Hospital, queue: Queue) -> str:
    """Checks in, has the released tests done, and is called in by the physician."""
    entry = await queue.check_in(CheckIn(patient=OWN, service=SERVICE))
    now = datetime.now(UTC)
    arrived = heard("scheduling", "encounter.arrived", f"Patient/{OWN}", now, {"encounter": entry.encounter_id})
    releases = Releases(hospital.database, hospital.store, SystemClock(), SystemIds())
    async with hospital.database.transaction() as connection:
        await releases.handle(connection, [arrived])
    orders = await _found(hospital, "ServiceRequest", ("encounter", f"Encounter/{entry.encounter_id}"))
    assert {one["status"] for one in orders} == {"active"}
    results = [
        {
            "resourceType": "Observation",
            "id": str(uuid.uuid4()),
            "status": "final",
            "basedOn": [{"reference": f"ServiceRequest/{one['id']}"}],
            "code": {"text": "白细胞"},
            "subject": {"reference": f"Patient/{OWN}"},
            "effectiveDateTime": now.isoformat(),
            "valueQuantity": {"value": 12.5, "unit": "10*9/L"},
        }
        for one in orders
    ]
    await _put(hospital, *results)
    called = await queue.call_next(SERVICE, "doctor-wang", "3")
    assert called is not None
    await queue.change(entry.encounter_id, "start")
    return entry.encounter_id


async def _forget_tests(hospital: Hospital) -> None:
    """As if the tests of before had never been."""
    known = await _found(hospital, "ServiceRequest", ("patient", f"Patient/{OWN}"))
    await _put(hospital, *({**one, "status": "entered-in-error"} for one in known))


async def _found(hospital: Hospital, type_: str, *asked: tuple[str, str]) -> list[dict[str, Any]]:
    async with hospital.database.transaction() as connection:
        return list((await hospital.store.search(connection, type_, asked)).resources())


async def _put(hospital: Hospital, *resources: dict[str, Any]) -> None:
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, resources, Cause("test"))


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
