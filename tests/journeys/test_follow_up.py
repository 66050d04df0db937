"""After the visit: asked at the planned time on the phone, worse, and before the doctor at once."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from xinglin.applications.health_management.follow_up import Sweep
from xinglin.applications.settlement import SettlementSettings
from xinglin.business_platform.messaging import Notices
from xinglin.business_platform.scheduling.queue import CheckIn, Queue
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import LAPTOP, PHONE, Language, chromium
from .small_hospital import OWN, PATIENT, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ZONE = "Asia/Shanghai"
_SMALLEST_PX = """[...document.querySelectorAll('main .for-patients *')].filter((e) => e.checkVisibility() &&
  [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .reduce((least, e) => Math.min(least, parseFloat(getComputedStyle(e).fontSize)), 99)"""
_LOWEST_PX = """selector => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility())
  .reduce((least, e) => Math.min(least, e.getBoundingClientRect().height), 999)"""
_WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "week": "1 周后",
        "signed": "随访",
        "asks": "王建国医生想知道您恢复得怎么样",
        "answer": "加重了 都按时吃了 没有",
        "send": "提交回答",
        "told": "已通知您的医生",
        "list": "病情加重",
        "face": "满意",
        "rate": "提交评价",
        "thanks": "谢谢您的评价",
        "plans": "随访",
        "plan": "随访计划",
    },
    "en": {
        "week": "in 1 w",
        "signed": "Follow-up",
        "asks": "Dr 王建国 would like to know how you are",
        "answer": "Worse|All of it|No",
        "send": "Send answer",
        "told": "Your doctor has been told",
        "list": "Worse",
        "face": "Good",
        "rate": "Send",
        "thanks": "Thank you",
        "plans": "Follow-ups",
        "plan": "Follow-up plan",
    },
}


class NextWeek:
    """The hospital's clock eight days on."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=8)

    def monotonic_seconds(self) -> float:
        return self.now().timestamp()


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web"), SettlementSettings()) as running:
        yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_patient_who_is_worse_a_week_after_the_visit_is_before_the_doctor_at_once(
    hospital: Hospital, browser: Browser, language: Language
) -> None:
    words = _WORDS[language]
    visit, queue = await _in_room(hospital)
    doctor = await hospital.sit_down(browser, PHYSICIAN, language=language, size=LAPTOP)
    desk = doctor.page
    await desk.goto(f"{hospital.url}/rooms/{visit}")
    await desk.get_by_role("button", name=words["week"]).click()  # the first of two presses
    await desk.locator('[data-testid=saving][data-state="saved"]').wait_for()
    await _picture(desk, f"plan-{language}")
    await desk.get_by_test_id("sign").click()  # the second
    await expect(desk.get_by_test_id("signed")).to_contain_text(words["signed"])

    patient = await hospital.sit_down(browser, PATIENT, language=language, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/visit")
    bell = page.get_by_test_id("bell")
    before = await _count(page)
    await queue.change(visit, "finish")
    await expect(bell).to_contain_text(str(before + 1), timeout=15_000)  # asks how the visit was
    await _sweep(hospital)
    await expect(bell).to_contain_text(str(before + 2), timeout=15_000)
    await bell.click()
    notice = page.get_by_test_id("notice").first
    await notice.wait_for()
    await _picture(page, f"notices-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()
    assert await page.evaluate(_SMALLEST_PX) >= 18 and await page.evaluate(_LOWEST_PX, ".told-notice") >= 60

    await notice.click()
    card = page.locator('[data-testid=follow-up][data-stage="due"]').first
    await expect(card).to_contain_text(words["asks"])
    await expect(bell).to_contain_text(str(before + 1))
    await _picture(page, f"asked-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()
    assert await page.evaluate(_SMALLEST_PX) >= 18
    assert await page.evaluate(_LOWEST_PX, ".follow-choice, .follow-send") >= 60
    for choice in words["answer"].split("|" if "|" in words["answer"] else " "):
        await card.get_by_role("button", name=choice, exact=True).click()
    await card.get_by_role("button", name=words["send"]).click()
    advice = page.get_by_test_id("advice").first
    await expect(advice).to_contain_text(words["told"])
    await expect(advice).to_contain_text("120")
    await _picture(page, f"answered-{language}")
    assert await patient.violations() == [] and await page.evaluate(_LOWEST_PX, ".follow-call") >= 60

    await desk.goto(f"{hospital.url}/follow-up-list")
    row = desk.get_by_test_id("follow-up-row").first
    await expect(row).to_contain_text(words["list"])
    await _picture(desk, f"list-{language}")
    assert await doctor.violations() == [] and await doctor.fits_the_screen()
    await row.get_by_test_id("step-come").click()
    await expect(desk.get_by_test_id("follow-up-row")).to_have_count(0)
    await expect(bell).to_contain_text(str(before + 2), timeout=15_000)  # the doctor asks to come

    await page.goto(f"{hospital.url}/rate/{visit}")
    await page.get_by_role("button", name=words["face"], exact=True).click()
    await _picture(page, f"rating-{language}")
    assert await patient.violations() == [] and await page.evaluate(_SMALLEST_PX) >= 18
    assert await page.evaluate(_LOWEST_PX, ".follow-choice, .follow-send") >= 60
    await page.get_by_role("button", name=words["rate"], exact=True).click()
    await expect(page.get_by_test_id("rated")).to_contain_text(words["thanks"])

    await page.goto(f"{hospital.url}/timeline")
    await page.get_by_role("button", name=words["plans"], exact=True).click()
    await expect(page.get_by_test_id("shared-entry").first).to_contain_text(words["plan"])
    await _picture(page, f"timeline-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()
    assert await page.evaluate(_SMALLEST_PX) >= 18
    await desk.goto(f"{hospital.url}/timeline?patient={OWN}")
    await expect(desk.locator('[data-testid=shared-entry][data-kind="follow_up"]').first).to_be_visible()
    assert await doctor.violations() == []
    assert patient.complaints == [] and doctor.complaints == [] and patient.strayed == []
    await patient.leave()
    await doctor.leave()


async def _in_room(hospital: Hospital) -> tuple[str, Queue]:
    """A visit of the patient's, who is in the room with the doctor."""
    service = {"resourceType": "HealthcareService", "id": str(uuid.uuid4()), "name": "心内科门诊"}
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, [service], Cause("test"))
    queue = Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), ZONE)
    entry = await queue.check_in(CheckIn(patient=OWN, service=service["id"]))
    await queue.call_next(service["id"], "doctor-wang", "3")
    await queue.change(entry.encounter_id, "start")
    return entry.encounter_id, queue


async def _sweep(hospital: Hospital) -> None:
    clock, ids = NextWeek(), SystemIds()
    notices = Notices(hospital.store, clock, ids, ZONE)
    assert await Sweep(hospital.database, hospital.store, notices, clock, ids, ZONE, 3).once() == 1


async def _count(page: Page) -> int:
    asked = await page.evaluate("fetch('/api/notices/unread').then((answer) => answer.json())")
    return int(asked["unread"])


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
