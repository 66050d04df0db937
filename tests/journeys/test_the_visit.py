"""The visit: a patient books on the phone, is called by the doctor, and knows meanwhile how long it takes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, expect

from xinglin.applications.management import VisitMeasures
from xinglin.business_platform.scheduling import Planning, SchedulingSettings, Template
from xinglin.business_platform.scheduling.queue import CheckIn, Queue
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.bus.outbox import next_to_publish
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import LAPTOP, PHONE, Language, chromium
from .small_hospital import CARED, CLOSED, OWN, PATIENT, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ZONE = "Asia/Shanghai"
SERVICE = "cardiology-clinic"
OF_TWO = "specialists-clinic"


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With a clinic of the physician's on each of the next days, two places an hour."""
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        async with database.transaction() as connection:
            services = [
                {"resourceType": "HealthcareService", "id": SERVICE, "name": "心内科门诊"},
                {"resourceType": "HealthcareService", "id": OF_TWO, "name": "专家门诊"},
            ]
            await running.store.put_all(connection, services, Cause("test"))
        planning = Planning(database, running.store, SystemClock(), SystemIds(), SchedulingSettings(), ZONE)
        for service, doctor, hour in (
            (SERVICE, "doctor-wang", 8),
            (OF_TWO, "doctor-wang", 8),
            (OF_TWO, "doctor-li", 14),
        ):
            await planning.plan(_hours(service, doctor, hour))
        yield running
    await client.close()


def _hours(service: str, doctor: str, hour: int) -> Template:
    """Three hours from ``hour`` on each day from the day after tomorrow, two places an hour."""
    return Template(
        service=service,
        practitioner=doctor,
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        starts=time(hour),
        ends=time(hour + 3),
        period_minutes=60,
        places=2,
        first_day=(datetime.now(UTC) + timedelta(days=2)).date(),
    )


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
def queue(hospital: Hospital) -> Queue:
    """The queue as the desk works on it."""
    return Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), ZONE)


async def test_a_patient_books_in_three_presses_and_cancels_again(hospital: Hospital, browser: Browser) -> None:
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/visit")
    await page.get_by_role("button", name="心内科门诊").click()
    slots = page.get_by_test_id("slot")
    await expect(slots.first).to_contain_text("余 2 号")
    await slots.first.click()
    appointment = page.get_by_test_id("appointment")
    await expect(appointment).to_contain_text("心内科门诊")
    await expect(appointment).to_contain_text("08:00")
    await page.get_by_role("button", name="心内科门诊").click()
    await expect(slots.first).to_contain_text("余 1 号")
    await _picture(page, "visit-booked")
    await slots.nth(1).click()
    await expect(page.get_by_text("已有预约")).to_be_visible()
    await appointment.get_by_role("button", name="取消").click()
    await page.locator(".ant-popconfirm").get_by_role("button", name="取消").click()
    await expect(appointment).to_have_count(0)
    assert patient.strayed == []
    await patient.leave()


async def test_a_patient_books_with_the_doctor_whom_they_trust(hospital: Hospital, browser: Browser) -> None:
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/visit")
    await page.get_by_role("button", name="专家门诊").click()
    slots = page.get_by_test_id("slot")
    await expect(slots).to_have_count(6)
    await page.get_by_test_id("doctors").get_by_role("button", name="李秀英").click()
    await expect(slots).to_have_count(3)
    await expect(slots.first).to_contain_text("14:00")
    await _picture(page, "visit-doctors")
    assert await patient.violations() == []
    assert await patient.fits_the_screen()
    await slots.first.click()
    await expect(page.get_by_test_id("appointment")).to_contain_text("14:00")
    async with hospital.database.connection() as connection:
        doctors = "SELECT s.practitioner FROM scheduling_booking b JOIN scheduling_slot s USING (slot_id) WHERE b.service = $1"
        assert await connection.fetchval(doctors, OF_TWO) == "doctor-li"
    await page.get_by_test_id("appointment").get_by_role("button", name="取消").click()
    await page.locator(".ant-popconfirm").get_by_role("button", name="取消").click()
    await expect(page.get_by_test_id("appointment")).to_have_count(0)
    await patient.leave()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_doctor_calls_and_the_patient_knows_how_long_it_takes(
    hospital: Hospital, browser: Browser, queue: Queue, language: Language
) -> None:
    entries = [await queue.check_in(CheckIn(patient=one, service=SERVICE)) for one in (CARED, CLOSED, OWN)]
    doctor = await hospital.sit_down(browser, PHYSICIAN, language=language, size=LAPTOP)
    patient = await hospital.sit_down(browser, PATIENT, language=language, size=PHONE)
    screen = await hospital.sit_down(browser, PHYSICIAN, language=language, size=(1920, 1080))
    words = {
        "zh-CN": ("叫号", "接诊", "前面还有 1 人", "分钟"),
        "en": ("Call next", "Start", "1 before you", "minutes"),
    }
    call, start, before, minutes = words[language]
    await doctor.page.goto(f"{hospital.url}/queue?service={SERVICE}&room=3")
    rows = doctor.page.get_by_test_id("queue-entry")
    await expect(rows).to_have_count(3, timeout=15_000)
    await doctor.page.get_by_role("button", name=call).click()
    await screen.page.goto(f"{hospital.url}/screen/{SERVICE}")
    called = screen.page.locator(".screen-called li")
    await expect(called).to_contain_text("陈*远")
    code = screen.page.locator(".screen img.qr")
    await expect(code).to_be_visible()
    assert await code.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert "陈志远" not in await screen.page.locator("main").inner_text()
    await doctor.page.get_by_role("button", name=start).click()
    await patient.page.goto(f"{hospital.url}/visit")
    now = patient.page.get_by_test_id("visit-now")
    await expect(now).to_contain_text(before)
    await expect(now).to_contain_text(minutes)
    for reader, name in ((doctor, "queue"), (patient, "visit"), (screen, "screen")):
        await _picture(reader.page, f"{name}-{language}")
        assert await reader.violations() == []
        assert await reader.fits_the_screen()
        assert reader.strayed == [] and reader.complaints == []
        await reader.leave()
    await queue.change(entries[0].encounter_id, "finish")
    for entry in entries[1:]:
        await queue.change(entry.encounter_id, "leave")


@pytest.mark.parametrize(("language", "wait"), [("zh-CN", "签到到首次叫号"), ("en", "from check-in to the first call")])
async def test_those_who_run_a_clinic_see_how_long_people_wait(
    hospital: Hospital, browser: Browser, queue: Queue, language: Language, wait: str
) -> None:
    entry = await queue.check_in(CheckIn(patient=CARED, service=SERVICE))
    await queue.call_next(SERVICE, "doctor-wang", "3")
    for what in ("start", "finish"):
        await queue.change(entry.encounter_id, what)
    measures = VisitMeasures(hospital.database, hospital.store, SystemClock(), ZONE)
    async with hospital.database.transaction() as connection:
        told = [event for _, event in await next_to_publish(connection, "test", 1000) if event.room == "scheduling"]
        await measures.handle(connection, told)
    for name, size in (("laptop", LAPTOP), ("phone", PHONE)):
        reader = await hospital.sit_down(browser, PHYSICIAN, language=language, size=size)
        await reader.page.goto(f"{hospital.url}/measures?days=1&service={SERVICE}")
        bars = reader.page.get_by_test_id("measure-bars")
        await expect(bars.first).to_contain_text("心内科门诊")
        await expect(reader.page.locator("dl")).to_contain_text(wait)
        await _picture(reader.page, f"measures-{name}-{language}")
        assert await reader.violations() == []
        assert await reader.fits_the_screen()
        assert reader.strayed == [] and reader.complaints == []
        await reader.leave()


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
