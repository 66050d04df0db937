"""One visit on one page: the doctor knows before asking, is stopped before harming, and signs once."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, expect

from xinglin.business_platform.scheduling.queue import CheckIn, Queue
from xinglin.data_platform.store import Cause
from xinglin.data_platform.terminology import make_catalogues
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import LAPTOP, PHONE, Language, chromium
from .small_hospital import CARED, CLOSED, PHARMACIST, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ZONE = "Asia/Shanghai"
_MOST_CLICKS = 12
_COUNT_CLICKS = """addEventListener('click', (event) => {
  if (event.detail > 0) sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks')) + 1));
}, true)"""
_WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {"call": "叫号", "start": "接诊", "told": "头晕三天", "unsigned": "4 项未签署", "bleeding": "出血"},
    "en": {"call": "Call next", "start": "Start", "told": "头晕三天", "unsigned": "4 unsigned", "bleeding": "bleeding"},
}


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With the starter catalogues, and two patients on warfarin who told the virtual doctor of their dizziness."""
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        await make_catalogues(database, running.store, SystemClock()).start()
        made = [resource for patient in (CARED, CLOSED) for resource in _record(patient)]
        async with database.transaction() as connection:
            await running.store.put_all(connection, made, Cause("test"))
        yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.parametrize(("language", "patient"), [("zh-CN", CARED), ("en", CLOSED)])
async def test_a_common_visit_takes_twelve_clicks_and_no_patient_on_warfarin_leaves_with_ibuprofen(
    hospital: Hospital, browser: Browser, language: Language, patient: str
) -> None:
    words, service = _WORDS[language], await _clinic(hospital)
    queue = Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), ZONE)
    entry = await queue.check_in(CheckIn(patient=patient, service=service))
    doctor = await hospital.sit_down(browser, PHYSICIAN, language=language, size=LAPTOP)
    page = doctor.page
    await page.add_init_script(_COUNT_CLICKS)
    await page.goto(f"{hospital.url}/queue?service={service}&room=3")
    await page.get_by_role("button", name=words["call"]).click()
    await page.get_by_role("button", name=words["start"]).click()
    await page.wait_for_url(f"**/rooms/{entry.encounter_id}")
    await expect(page.get_by_test_id("told")).to_contain_text(words["told"], timeout=15_000)
    assert await _is_in_sight(page, "told") and await _is_in_sight(page, "patient-banner")

    await _pick(page, "diagnosis", "gxy", "I10")
    await page.get_by_test_id("note-complaint").click()
    await page.keyboard.type("头晕三天")
    await _pick(page, "order", "xcg", "血常规")
    await _pick(page, "drug", "blf", "布洛芬")
    await expect(page.get_by_test_id("finding").first).to_contain_text(words["bleeding"])
    await expect(page.get_by_test_id("unsigned")).to_have_text(words["unsigned"])
    await _picture(page, f"room-{language}")
    assert await doctor.violations() == []
    assert await doctor.fits_the_screen()
    await page.get_by_test_id("sign").click()
    await expect(page.locator(".ant-notification")).to_contain_text(words["bleeding"])
    assert await _of_visit(hospital, "MedicationRequest", entry.encounter_id) == []

    await page.get_by_test_id("drug-line").get_by_role("button").click()
    await _pick(page, "drug", "dyxajf", "对乙酰氨基酚")
    await expect(page.get_by_test_id("check")).to_have_attribute("data-settled", "true")
    await expect(page.locator(".finding-stop")).to_have_count(0)
    await page.get_by_test_id("sign").click()
    await expect(page.get_by_test_id("signed")).to_have_count(4)
    await expect(page.locator('[data-testid=signed][data-state="on-hold"]')).to_have_count(1)
    clicks = int(await page.evaluate("sessionStorage.getItem('clicks')"))
    print(f"{language}: {clicks} clicks from calling to signing, a refused signature and a changed drug among them")
    assert clicks <= _MOST_CLICKS
    assert doctor.strayed == [] and all("422" in one for one in doctor.complaints)

    await _reviewed_and_dispensed(hospital, browser, language)
    await page.reload()
    await expect(page.locator('[data-testid=signed][data-state="completed"]')).to_have_count(1)
    (request,) = await _of_visit(hospital, "MedicationRequest", entry.encounter_id)
    assert request["status"] == "completed" and "对乙酰氨基酚" in request["medicationCodeableConcept"]["text"]
    assert len(await _of_visit(hospital, "MedicationDispense", entry.encounter_id, "context")) == 1
    await page.get_by_test_id("finish").click()
    await page.wait_for_url("**/queue*")
    assert (await queue.entry(entry.encounter_id)).state == "finished"
    await doctor.leave()


async def test_what_is_written_on_a_phone_is_there_on_the_desk_and_an_old_window_says_so(
    hospital: Hospital, browser: Browser
) -> None:
    service = await _clinic(hospital)
    queue = Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), ZONE)
    entry = await queue.check_in(CheckIn(patient=CARED, service=service))
    await queue.call_next(service, "doctor-wang", "3")
    await queue.change(entry.encounter_id, "start")
    phone = await hospital.sit_down(browser, PHYSICIAN, size=PHONE)
    desk = await hospital.sit_down(browser, PHYSICIAN, size=LAPTOP)
    for reader in (phone, desk):
        await reader.page.goto(f"{hospital.url}/rooms/{entry.encounter_id}")
        await reader.page.get_by_test_id("note-complaint").wait_for()
    await phone.page.get_by_test_id("note-complaint").fill("胸闷两天")
    await expect(phone.page.locator('[data-testid=saving][data-state="saved"]')).to_contain_text("已保存")
    assert await phone.fits_the_screen()
    await _picture(phone.page, "room-phone")
    assert await phone.violations() == []
    await desk.page.get_by_test_id("note-plan").fill("旧窗口")
    stale = desk.page.locator('[data-testid=saving][data-state="stale"]')
    await stale.get_by_role("button").click()
    await expect(desk.page.get_by_test_id("note-complaint")).to_have_value("胸闷两天")
    await expect(desk.page.get_by_test_id("note-plan")).to_have_value("")
    await desk.page.goto(f"{hospital.url}/rooms")
    await expect(desk.page.locator(".room-list")).to_contain_text("1 项未签署")
    await phone.leave()
    await desk.leave()
    await queue.change(entry.encounter_id, "finish")


async def _reviewed_and_dispensed(hospital: Hospital, browser: Browser, language: Language) -> None:
    pharmacist = await hospital.sit_down(browser, PHARMACIST, language=language, size=LAPTOP)
    page = pharmacist.page
    await page.goto(f"{hospital.url}/prescriptions")
    await page.get_by_test_id("prescription").first.click()
    await expect(page.get_by_test_id("prescription-detail")).to_contain_text("对乙酰氨基酚")
    await _picture(page, f"pharmacy-{language}")
    assert await pharmacist.violations() == []
    await page.get_by_test_id("step-approve").click()
    await expect(page.get_by_test_id("prescription")).to_have_count(0)
    await page.goto(f"{hospital.url}/prescriptions?state=ready")
    await page.get_by_test_id("prescription").first.click()
    await page.get_by_test_id("step-dispense").click()
    await expect(page.get_by_test_id("prescription")).to_have_count(0)
    assert pharmacist.strayed == [] and pharmacist.complaints == []
    await pharmacist.leave()


async def _pick(page: Page, what: str, written: str, found: str) -> None:
    """Click into the field, type, and take the first that fits by Enter."""
    field = page.get_by_test_id(f"pick-{what}")
    await field.click()
    await page.keyboard.type(written)
    await expect(page.locator("li[role=option][aria-selected=true]")).to_contain_text(found)
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("")


async def _is_in_sight(page: Page, what: str) -> bool:
    box, size = await page.get_by_test_id(what).bounding_box(), page.viewport_size
    return box is not None and size is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


async def _clinic(hospital: Hospital) -> str:
    service = {"resourceType": "HealthcareService", "id": str(uuid.uuid4()), "name": "心内科门诊"}
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, [service], Cause("test"))
    return service["id"]


async def _of_visit(hospital: Hospital, type_: str, visit: str, by: str = "encounter") -> list[dict[str, Any]]:
    async with hospital.database.connection() as connection:
        return list((await hospital.store.search(connection, type_, [(by, f"Encounter/{visit}")])).resources())


def _record(patient: str) -> list[dict[str, Any]]:
    subject = {"reference": f"Patient/{patient}"}
    narrative = '<div xmlns="http://www.w3.org/1999/xhtml"><p>头晕三天</p></div>'
    page = {
        "resourceType": "Composition",
        "id": f"told-{patient}",
        "status": "preliminary",
        "type": {"text": "预问诊 Pre-consultation"},
        "subject": subject,
        "date": "2026-11-23T08:00:00Z",
        "author": [{"display": "虚拟医生 Virtual doctor"}],
        "title": "预问诊 Pre-consultation",
        "section": [{"title": "主诉 Complaint", "text": {"status": "generated", "div": narrative}}],
    }
    warfarin = {
        "resourceType": "MedicationRequest",
        "id": f"warfarin-{patient}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "华法林钠片"},
        "subject": subject,
    }
    return [page, warfarin]


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
