"""The pages of the audit trail in a browser, in both languages, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from nodes import RunningNode
from tests.journeys.pages import LAPTOP, PHONE, Reader, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def patient(node: RunningNode) -> str:
    client = httpx.Client(base_url=node.url, headers={"authorization": f"Bearer {node.token}"}, timeout=30)
    id_ = client.post("/fhir/Patient", json={"resourceType": "Patient", "name": [{"text": "李四"}]}).json()["id"]
    client.get(f"/fhir/Patient/{id_}").raise_for_status()
    client.get(f"/fhir/Patient/{id_}").raise_for_status()
    return str(id_)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize(
    ("language", "title", "read", "mine"),
    [
        ("zh-CN", "审计", "查看了基本信息", "谁看过我的记录"),
        ("en", "Audit", "viewed personal details", "Who saw my record"),
    ],
)
async def test_an_auditor_finds_an_access_opens_it_and_sees_who_saw_the_record(
    node: RunningNode,
    browser: Browser,
    patient: str,
    language: str,
    title: str,
    read: str,
    mine: str,
    size: tuple[int, int],
) -> None:
    reader = await Reader.sit_down(browser, node.url, language=language, size=size)  # type: ignore[arg-type]
    page = reader.page
    await page.goto(node.link())
    await page.wait_for_url("**/board")
    await page.goto(f"{node.url}/audit?patient={patient}&action=R")
    rows = page.get_by_test_id("access")
    await rows.first.wait_for()
    assert await rows.count() == 2
    assert read in await rows.first.inner_text()
    assert await page.get_by_role("heading", level=1).inner_text() == title
    assert (await Axe().run(page)).violations_count == 0
    await rows.first.get_by_role("button").click()
    await page.get_by_role("dialog").get_by_text(f"GET /fhir/Patient/{patient}").wait_for()
    await page.get_by_role("dialog").get_by_role("link", name=patient).click()
    await page.get_by_role("heading", name=mine).wait_for()
    seen = await page.get_by_test_id("seeing").first.inner_text()
    assert read in seen and "2" in seen
    assert (await Axe().run(page)).violations_count == 0
    assert (reader.strayed, reader.complaints) == ([], [])
    await reader.leave()
