"""At home with a complaint: help at once where there is danger, otherwise one question at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser

from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database

from .pages import LAPTOP, PHONE, Language, Reader, chromium
from .small_hospital import OWN, PATIENT, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

_SMALLEST_TARGET_PIXELS, _SMALLEST_TEXT_PIXELS = 60, 18
_DANGER = {"zh-CN": "我爸62岁，胸口像压了石头，出冷汗", "en": "My chest feels tight and I am sweating"}
_COUGH = {"zh-CN": "咳嗽两天，没有发烧", "en": "I have had a cough for two days, no fever"}


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def tell(reader: Reader, words: str) -> None:
    await reader.page.goto(f"{reader.origin}/virtual-doctor")
    await reader.page.locator("#vd-words").fill(words)
    await reader.page.locator("button[type=submit]").click()


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_chest_pain_at_home_brings_the_number_to_call_before_anything_else(
    hospital: Hospital, browser: Browser, language: Language, size: tuple[int, int]
) -> None:
    reader = await Reader.sit_down(browser, hospital.url, language=language, size=size)
    await tell(reader, _DANGER[language])
    banner = reader.page.get_by_test_id("emergency")
    await banner.wait_for()
    assert await banner.get_by_role("link").get_attribute("href") == "tel:120"
    box = await banner.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < size[1]
    assert await reader.page.get_by_test_id("advice").get_attribute("data-level") == "2"
    assert await reader.page.get_by_test_id("reply-yes").count() == 0
    assert await reader.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert (reader.strayed, reader.complaints) == ([], [])
    await reader.leave()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_cough_is_asked_about_with_large_buttons_and_ends_in_advice(
    hospital: Hospital, browser: Browser, language: Language
) -> None:
    reader = await Reader.sit_down(browser, hospital.url, language=language, size=PHONE)
    page = reader.page
    await tell(reader, _COUGH[language])
    await page.get_by_test_id("reply-no").wait_for()
    sizes = await page.evaluate(
        "[...document.querySelectorAll('.vd-replies button')].map(b => [b.getBoundingClientRect().height,"
        " parseFloat(getComputedStyle(b).fontSize)])"
    )
    assert len(sizes) == 3
    assert all(height >= _SMALLEST_TARGET_PIXELS and text >= _SMALLEST_TEXT_PIXELS for height, text in sizes)
    asked = 0
    while await page.get_by_test_id("reply-no").count():
        await page.get_by_test_id("reply-no").click()
        await page.locator("main[aria-busy=false]").wait_for()
        asked += 1
        assert asked <= 8
    assert await page.get_by_test_id("advice").get_attribute("data-level") == "5"
    assert await reader.violations() == []
    await reader.leave()


async def test_a_patient_shows_the_doctor_what_was_said_by_one_button_and_goes_on_to_booking(
    hospital: Hospital, browser: Browser
) -> None:
    reader = await hospital.sit_down(browser, PATIENT, size=PHONE)
    page = reader.page
    await page.goto(f"{hospital.url}/visit")
    await page.locator(".visit-ask[href='/virtual-doctor']").click()
    await page.locator("#vd-words").fill(_DANGER["zh-CN"])
    await page.locator("button[type=submit]").click()
    after = page.get_by_test_id("next")
    await after.get_by_role("button").nth(1).click()
    await page.get_by_test_id("kept").wait_for()
    assert "回电" in await page.get_by_test_id("kept").inner_text()
    assert await reader.violations() == []
    async with hospital.database.connection() as connection:
        kept = await connection.fetchval("SELECT count(*) FROM resource WHERE type = 'QuestionnaireResponse'")
    assert kept == 1
    await after.get_by_role("link").click()
    await page.wait_for_url("**/visit")
    assert (reader.strayed, reader.complaints) == ([], [])
    await reader.leave()


async def test_a_patient_keeps_their_consultation_and_nobody_elses(hospital: Hospital, browser: Browser) -> None:
    reader = await hospital.sit_down(browser, PATIENT)
    await reader.page.goto(f"{hospital.url}/my-consent")
    statuses = [
        await reader.page.evaluate(
            """async ([patient, agreed]) => (await fetch('/api/virtual-doctor/kept', {method: 'POST',
                 headers: {'content-type': 'application/json'},
                 body: JSON.stringify({words: '头痛三天', answers: {fever: 'no'}, patient, key: 'journey-1', agreed})
               })).status""",
            [patient, agreed],
        )
        for patient, agreed in ((OWN, True), (OWN, True), (OWN, False), ("somebody-else", True))
    ]
    assert statuses == [200, 200, 400, 403]
    await reader.leave()
