"""What if: who runs the clinics changes a plan on paper and sees what would come of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, expect

from heard import heard
from xinglin.applications.digital_twin.live import LiveState
from xinglin.business_platform.scheduling import Planning, SchedulingSettings, Template
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, Event, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import LAPTOP, PHONE, chromium
from .small_hospital import DIRECTOR, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ZONE = "Asia/Shanghai"
SERVICE = "what-if-clinic"


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With a clinic that sits every morning, and ten past mornings of fifty visits for its two doctors."""
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        service = {"resourceType": "HealthcareService", "id": SERVICE, "name": "骨科门诊"}
        async with database.transaction() as connection:
            await running.store.put_all(connection, [service], Cause("test"))
        planning = Planning(database, running.store, SystemClock(), SystemIds(), SchedulingSettings(), ZONE)
        for _ in range(2):
            await planning.plan(_template())
        live = LiveState(database, running.store, SystemClock())
        async with database.transaction() as connection:
            await live.handle_clinics(connection, _mornings(datetime.now(UTC)))
        yield running
    await client.close()


def _template() -> Template:
    return Template.model_validate(
        {"service": SERVICE, "weekdays": [1, 2, 3, 4, 5, 6, 7], "starts": "08:00", "ends": "12:00",
         "period_minutes": 30, "places": 4, "first_day": "2026-01-01"}
    )  # fmt: skip


def _mornings(now: datetime) -> list[Event]:
    told = []
    for day in range(1, 11):
        eight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)
        for n in range(50):
            steps = (("arrived", "waiting", 4.2 * n), ("called", "called", 4.2 * n + 6), ("started", "in_room", 4.2 * n + 7),
                     ("finished", "finished", 4.2 * n + 12 + (7 * n) % 8))  # fmt: skip
            told += [_event(eight, f"past-{day}-{n}", n, *step) for step in steps]
    return sorted(told, key=lambda one: one.occurred_at)


def _event(eight: datetime, encounter: str, number: int, name: str, state: str, minute: float) -> Event:
    at = eight + timedelta(minutes=minute)
    body: dict[str, Any] = {
        "service": f"HealthcareService/{SERVICE}", "encounter": f"Encounter/{encounter}", "appointment": None,
        "number": number, "state": state, "room": "" if state == "waiting" else "1", "triage": None,
        "practitioner": None if state == "waiting" else f"Practitioner/doctor-{number % 2}", "turn": at.isoformat(),
    }  # fmt: skip
    return heard("scheduling", f"encounter.{name}", "Patient/p", at, body)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_manager_tries_a_third_doctor_and_is_refused_a_roster_without_rooms(
    hospital: Hospital, browser: Browser
) -> None:
    director = await hospital.sit_down(browser, DIRECTOR, size=LAPTOP)
    page = director.page
    await page.goto(f"{hospital.url}/what-if?clinic={SERVICE}&weekday=1")
    await expect(page.get_by_text("现为 08:00")).to_be_visible()
    await page.get_by_label("医生（位）").fill("3")
    await page.get_by_role("button", name="推演").click()
    result = page.get_by_test_id("what-if-result")
    await expect(result).to_be_visible(timeout=120_000)
    await expect(result.get_by_role("row").filter(has_text="平均候诊")).to_contain_text("改善")
    await expect(result.get_by_role("row").filter(has_text="费用")).to_contain_text("变差")
    assert not await director.violations()
    await _look(page, "laptop-zh")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await director.fits_the_screen()
    await _look(page, "phone-zh")

    await page.get_by_label("诊室（间）").fill("1")
    await page.get_by_role("button", name="推演").click()
    await expect(page.get_by_text("同时有 3 位医生出诊，只有 1 间诊室")).to_be_visible(timeout=60_000)
    await _look(page, "refused")
    director.complaints.clear()  # the browser tells of the refusal
    await director.leave()


async def _look(page: Any, name: str) -> None:
    if folder := os.environ.get("XINGLIN_SCREENSHOTS") or os.environ.get("XINGLIN_PICTURES"):
        await page.screenshot(path=Path(folder) / f"what-if-{name}.png", full_page=True)
