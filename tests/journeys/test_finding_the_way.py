"""Finding the way: a clinic's plan is brought, mended by one press, and somebody in a wheelchair is led through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from nodes import RunningNode

from .pages import LAPTOP, PHONE, Language, Reader, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

_SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_SMALLEST_PX = """[...document.querySelectorAll('main .navigate *')].filter((e) => e.checkVisibility() &&
  !e.closest('svg') && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .reduce((least, e) => Math.min(least, parseFloat(getComputedStyle(e).fontSize)), 99)"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium(*_SOFTWARE) as running:
        yield running


async def call(reader: Reader, path: str) -> Any:
    return await reader.page.evaluate("async (path) => (await fetch(path)).json()", path)


async def come_in(reader: Reader, node: RunningNode) -> None:
    """To an empty house: it has no board to wait for."""
    await reader.page.goto(node.link())
    await reader.page.locator("nav.rail").wait_for()


async def test_a_clinic_is_brought_mended_and_walked_by_wheelchair(
    browser: Browser, node: RunningNode, shared_data: Path
) -> None:
    desk = await Reader.sit_down(browser, node.url, size=LAPTOP)
    await come_in(desk, node)
    page = desk.page
    await page.goto(f"{node.url}/space/repair")
    await page.set_input_files("input[type=file]", shared_data / "building" / "Clinic-COBie-Handover-v14.xlsx")
    await page.get_by_role("button", name="导入").click()
    await expect(page.get_by_test_id("import-course")).to_contain_text("已导入", timeout=60_000)
    report = page.get_by_test_id("space-report")
    await expect(report).to_contain_text("254 扇门中 230 扇已连接两侧房间")
    before = await page.get_by_role("button", name="采纳").count()
    await page.get_by_role("button", name="采纳").nth(1).click()
    await expect(report.get_by_role("button", name="撤销")).to_have_count(1)
    await page.get_by_role("button", name="全部采纳").click()
    await expect(report).to_contain_text("所有房间均可到达。", timeout=20_000)
    assert before > 10
    assert await desk.violations() == []
    (building,) = [one["building"] for one in await call(desk, "/api/space/buildings") if "Clinic" in one["name"]]
    house = await call(desk, f"/api/space/buildings/{building}")
    await looked_at(desk, building, house)
    for language, size in (("zh-CN", PHONE), ("en", PHONE), ("en", LAPTOP)):
        await led(browser, node, building, house, language, size)  # type: ignore[arg-type]
    assert desk.strayed == []
    assert desk.complaints == []
    await desk.leave()


async def looked_at(desk: Reader, building: str, house: dict[str, Any]) -> None:
    """The house in 3-D, as a plan, and as a list for those who see neither."""
    waiting = next(room for room in house["rooms"] if room["category"] == "waiting")
    page = desk.page
    await page.goto(f"{desk.origin}/space?building={building}&room={waiting['id']}")
    drawn = page.locator("canvas.space-solid[data-drawn]")
    await drawn.wait_for(timeout=30_000)
    assert int(await drawn.get_attribute("data-drawn") or 0) > 200
    await expect(page.get_by_test_id("space-about")).to_contain_text(waiting["number"])
    assert await desk.violations() == []
    await page.goto(f"{desk.origin}/space?building={building}&view=list")
    await expect(page.get_by_role("row")).to_have_count(1 + len(house["rooms"]), timeout=15_000)
    await page.get_by_label("查找房间").fill("waiting")
    await expect(page.get_by_role("row")).to_have_count(
        1 + sum("waiting" in f"{one['name_en']} {one['number']}".lower() for one in house["rooms"])
    )


async def led(
    browser: Browser, node: RunningNode, building: str, house: dict[str, Any], language: Language, size: tuple[int, int]
) -> None:
    """From the reception to an upper office: no stairs, every step in large words."""
    patient = await Reader.sit_down(browser, node.url, language=language, size=size)
    await come_in(patient, node)
    page = patient.page
    upper = next(one["id"] for one in house["storeys"] if one["name_en"] == "Second Floor")
    start = next(room["id"] for room in house["rooms"] if room["category"] == "reception" and room["storey"] != upper)
    goal = next(room["id"] for room in house["rooms"] if room["category"] == "office" and room["storey"] == upper)
    await page.goto(f"{node.url}/navigate?building={building}&from={start}&to={goal}")
    await page.get_by_label("轮椅路线" if language == "zh-CN" else "Wheelchair route").check()
    steps = page.get_by_test_id("steps").get_by_role("listitem", include_hidden=True)
    lift, stairs = (
        ("乘电梯到 2 层", "走楼梯") if language == "zh-CN" else ("Take the lift to Second Floor", "Take the stairs")
    )
    await expect(steps.filter(has_text=lift)).to_have_count(1)
    await expect(steps.filter(has_text=stairs)).to_have_count(0)
    following = page.get_by_role("button", name="下一步" if language == "zh-CN" else "Next")
    for _ in range(await steps.count() - 1):
        await following.click()
    await expect(page.get_by_test_id("step-now")).to_contain_text("到达" if language == "zh-CN" else "You are at")
    box = await following.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    assert await page.evaluate(_SMALLEST_PX) >= 18
    assert await patient.fits_the_screen()
    assert await patient.violations() == []
    assert patient.complaints == []
    await patient.leave()
