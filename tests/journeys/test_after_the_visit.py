"""After the visit: the bill on the phone, paid in two presses, a receipt, and money back where something was not done."""

from __future__ import annotations

import asyncio
import os
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from nats.aio.client import Client
from playwright.async_api import Browser, Page, expect

from xinglin.applications.settlement import SettlementSettings
from xinglin.business_platform.scheduling.queue import CheckIn, Queue
from xinglin.data_platform.store import Cause
from xinglin.data_platform.terminology import make_catalogues
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds
from xinglin_demo.payment import Book, Calls, delivering, sandbox

from .pages import LAPTOP, PHONE, Language, Reader, chromium
from .small_hospital import CASHIER, OWN, PATIENT, PHARMACIST, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ZONE = "Asia/Shanghai"
_SMALLEST_PX = """[...document.querySelectorAll('main .for-patients *')].filter((e) => e.checkVisibility() &&
  [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .reduce((least, e) => Math.min(least, parseFloat(getComputedStyle(e).fontSize)), 99)"""
_CALL = """async ([method, path, body]) => {
  const answer = await fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} ${answer.status} ${await answer.text()}`);
  return answer.json();
}"""
_WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "pay": "支付 ¥42.16",
        "drug": "对乙酰氨基酚片",
        "paid": "支付成功",
        "receipt": "看收据",
        "refund": "退费",
    },
    "en": {"pay": "Pay ¥42.16", "drug": "Paracetamol tablet", "paid": "Paid", "receipt": "Receipt", "refund": "Refund"},
}


@asynccontextmanager
async def provider(key: bytes) -> AsyncIterator[str]:
    """The sandbox of payments on a port of its own."""
    calls = Calls("hospital", key, lambda: datetime.now(UTC), delivering())
    program = sandbox(Book(ZoneInfo(ZONE)), calls)
    server = uvicorn.Server(uvicorn.Config(program, host="127.0.0.1", port=0, lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = server.force_exit = True
    await serving


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With the starter catalogues and prices, and a payment provider."""
    client: Client = await open_bus(bus_settings, name="web")
    folder = tmp_path_factory.mktemp("web")
    key = secrets.token_urlsafe(48)
    (folder / "payment.key").write_text(key)
    async with provider(key.encode()) as url:
        settings = SettlementSettings(url, "hospital", str(folder / "payment.key"))
        async with small_hospital(database, client, folder, settings) as running:
            await make_catalogues(database, running.store, SystemClock()).start()
            yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_patient_pays_for_a_signed_visit_on_the_phone_and_gets_money_back_for_what_was_not_done(
    hospital: Hospital, browser: Browser, language: Language
) -> None:
    words = _WORDS[language]
    visit = await _seen(hospital, browser)
    patient = await hospital.sit_down(browser, PATIENT, language=language, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/bills")
    bill = page.get_by_test_id("bill-to-pay")
    await expect(bill).to_have_count(1, timeout=30_000)
    await expect(bill).not_to_contain_text(words["drug"])
    await _approved(hospital, browser, visit)
    await expect(bill).to_contain_text(words["drug"], timeout=30_000)
    button = page.get_by_role("button", name=words["pay"])
    box = await button.bounding_box()
    assert box is not None and box["height"] >= 60 and await page.evaluate(_SMALLEST_PX) >= 18
    await _picture(page, f"bill-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()

    await button.click()
    await page.wait_for_url("**/pay/*")
    await expect(page.locator(".sandbox")).to_contain_text("no money moves")
    await _picture(page, f"sandbox-{language}")
    await page.get_by_role("button", name="Pay").click()
    await page.wait_for_url("**/bills?order=*")
    await expect(page.get_by_test_id("payment-ended")).to_contain_text(words["paid"], timeout=15_000)
    await expect(page.get_by_test_id("bill-to-pay")).to_have_count(0)
    await _picture(page, f"paid-{language}")
    assert await patient.violations() == [] and await page.evaluate(_SMALLEST_PX) >= 18

    await page.get_by_test_id("payment-ended").get_by_role("link", name=words["receipt"]).click()
    receipt = page.get_by_test_id("receipt")
    await expect(receipt).to_contain_text("¥42.16")
    await expect(receipt).to_contain_text(words["drug"])
    await _picture(page, f"receipt-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()

    await _refunded(hospital, browser, language)
    await page.goto(f"{hospital.url}/bills")
    await expect(page.get_by_test_id("bill-paid").first).to_contain_text("¥15.00")
    assert patient.complaints == []
    await patient.leave()


async def test_on_a_desktop_a_code_is_shown_and_the_page_knows_when_the_phone_has_paid(
    hospital: Hospital, browser: Browser
) -> None:
    await _seen(hospital, browser, drug=False)
    desk = await hospital.sit_down(browser, PATIENT, size=LAPTOP)
    page = desk.page
    await page.goto(f"{hospital.url}/bills")
    await page.get_by_role("button", name="支付").click()
    waiting = page.get_by_test_id("payment-open")
    await expect(waiting.get_by_role("img")).to_be_visible()
    await _picture(page, "code-desktop")
    assert await desk.violations() == [] and desk.strayed == []
    address = await waiting.get_by_role("link").get_attribute("href")
    assert address is not None
    phone = await Reader.sit_down(browser, hospital.url, size=PHONE)
    await phone.page.goto(address)
    await phone.page.get_by_role("button", name="Pay").click()
    await expect(page.get_by_test_id("payment-ended")).to_contain_text("支付成功", timeout=15_000)
    await phone.leave()
    await desk.leave()


async def _seen(hospital: Hospital, browser: Browser, drug: bool = True) -> str:
    """A visit of the patient's, with a signed test and a prescription that waits for the pharmacist; its Encounter."""
    service = {"resourceType": "HealthcareService", "id": str(uuid.uuid4()), "name": "心内科门诊"}
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, [service], Cause("test"))
    queue = Queue(hospital.database, hospital.store, SystemClock(), SystemIds(), ZONE)
    entry = await queue.check_in(CheckIn(patient=OWN, service=service["id"]))
    await queue.call_next(service["id"], "doctor-wang", "3")
    await queue.change(entry.encounter_id, "start")
    doctor = await hospital.sit_down(browser, PHYSICIAN)
    await doctor.page.goto(f"{hospital.url}/queue")
    room = f"/api/rooms/{entry.encounter_id}"
    content: dict[str, Any] = {
        "note": {"complaint": "发热一天"},
        "orders": [{"id": "o1", "kind": "laboratory", "code": "urinalysis", "name_zh": "尿常规"}],
    }
    if drug:
        content["drugs"] = [
            {
                "id": "d1",
                "drug": "paracetamol-500mg",
                "name": "对乙酰氨基酚片",
                "dose": 500,
                "unit": "mg",
                "times_per_day": 3,
                "days": 4,
            }
        ]
        content["reasons"] = {}
    found = await doctor.page.evaluate(_CALL, ["POST", f"{room}/check", {"drugs": content.get("drugs", [])}])
    content["reasons"] = {one["key"]: "已核对" for one in found}
    await doctor.page.evaluate(_CALL, ["PUT", f"{room}/draft", {"version": 0, "content": content}])
    signing = {"version": 1, "patient": OWN, "key": str(uuid.uuid4())}
    await doctor.page.evaluate(_CALL, ["POST", f"{room}/sign", signing])
    await queue.change(entry.encounter_id, "finish")
    await doctor.leave()
    return entry.encounter_id


async def _approved(hospital: Hospital, browser: Browser, visit: str) -> None:
    pharmacist = await hospital.sit_down(browser, PHARMACIST)
    await pharmacist.page.goto(f"{hospital.url}/prescriptions")
    await pharmacist.page.get_by_test_id("prescription").first.click()
    await pharmacist.page.get_by_test_id("step-approve").click()
    await expect(pharmacist.page.get_by_test_id("prescription")).to_have_count(0)
    await pharmacist.leave()


async def _refunded(hospital: Hospital, browser: Browser, language: Language) -> None:
    """The desk gives the price of the test back, and compares the day with the provider's."""
    words = _WORDS[language]
    desk = await hospital.sit_down(browser, CASHIER, language=language, size=LAPTOP)
    page = desk.page
    await page.goto(f"{hospital.url}/cashier?tab=day")
    await page.get_by_test_id("cashier-payment").last.get_by_role("button", name=words["refund"]).click()
    form = page.locator("form")
    await form.get_by_role("textbox").nth(0).fill("15.00")
    await form.get_by_role("textbox").nth(1).fill("尿常规未做")
    await _picture(page, f"cashier-{language}")
    assert await desk.violations() == [] and await desk.fits_the_screen()
    await form.locator("[type=submit]").click()
    await expect(form).to_have_count(0)
    await page.goto(f"{hospital.url}/cashier?tab=reconciliation&day={datetime.now(ZoneInfo(ZONE)).date()}")
    await page.locator(".cashier-line button").click()
    await expect(page.get_by_test_id("reconciled")).to_contain_text("✓")
    await _picture(page, f"reconciled-{language}")
    assert await desk.violations() == [] and desk.strayed == [] and desk.complaints == []
    await page.goto(f"{hospital.url}/cashier")
    await page.locator("main h1").wait_for()
    assert await desk.violations() == []
    await desk.leave()


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_patient_reads_results_in_plain_words_and_a_critical_one_says_to_call_now(
    hospital: Hospital, browser: Browser, language: Language
) -> None:
    made = {
        "resourceType": "Observation",
        "id": "result-critical",
        "status": "final",
        "code": {"text": "血红蛋白", "coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": f"Patient/{OWN}"},
        "effectiveDateTime": datetime.now(UTC).isoformat(),
        "valueQuantity": {"value": 52, "unit": "g/L"},
        "referenceRange": [{"low": {"value": 115, "unit": "g/L"}, "high": {"value": 150, "unit": "g/L"}}],
        "interpretation": [{"coding": [{"code": "LL"}]}],
    }
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, [made], Cause("test"))
    patient = await hospital.sit_down(browser, PATIENT, language=language, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/results")
    first = page.get_by_test_id("my-result").first
    await expect(first).to_contain_text({"zh-CN": "立即联系医生", "en": "call your doctor"}[language])
    await expect(first).to_contain_text({"zh-CN": "低于参考范围约 55%", "en": "by about 55 %"}[language])
    await expect(page.get_by_test_id("my-result")).to_have_count(3)
    await _picture(page, f"results-{language}")
    assert await patient.violations() == [] and await patient.fits_the_screen()
    assert await page.evaluate(_SMALLEST_PX) >= 18 and patient.complaints == []
    others = await page.evaluate(
        "path => fetch(path).then((answer) => answer.status)", "/api/my-results?patient=patient-cared"
    )
    assert others == 404
    await patient.leave()
