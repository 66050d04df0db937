"""The house forecast: who runs the clinics sees what is coming, sees to an alarm, and looks back."""

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
from xinglin.applications.digital_twin.foresight import Oracle
from xinglin.applications.digital_twin.live import LiveState
from xinglin.applications.digital_twin.watch import Watch
from xinglin.business_platform.scheduling import Sitting
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, Event, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds

from .pages import DESK, LAPTOP, PHONE, chromium
from .small_hospital import DIRECTOR, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ZONE = "Asia/Shanghai"
SERVICE = "cardiology-clinic"
_STATES = {"waiting": "arrived", "called": "called", "in_room": "started", "finished": "finished"}


class _Sits:
    """The physician sits for three hours yet."""

    async def between(self, since: datetime, until: datetime) -> list[Sitting]:
        return [Sitting(SERVICE, "doctor-wang", since - timedelta(minutes=50), since + timedelta(hours=3))]


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    """With a clinic that saw ten people until 22 minutes ago and has not called the five who wait since."""
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        live = LiveState(database, running.store, SystemClock())
        service = {"resourceType": "HealthcareService", "id": SERVICE, "name": "心内科门诊"}
        async with database.transaction() as connection:
            await running.store.put_all(connection, [service], Cause("test"))
        await live.build_once()
        async with database.transaction() as connection:
            await live.handle_clinics(connection, _morning(datetime.now(UTC)))
        oracle = Oracle()
        await Watch(database, _Sits(), oracle, SystemClock(), SystemIds(), ZONE, 60.0, 200, 28).look()
        await oracle.close()
        yield running
    await client.close()


def _morning(now: datetime) -> list[Event]:
    told = []
    for n in range(10):
        began = -110.0 + 8 * n
        steps = (("waiting", began), ("called", began + 9), ("in_room", began + 9.5), ("finished", began + 16))
        told += [_event(now, f"seen-{n}", n, state, minute) for state, minute in steps]
    return told + [_event(now, f"waits-{n}", 10 + n, "waiting", -30.0 + n) for n in range(5)]


def _event(now: datetime, encounter: str, number: int, state: str, minute: float) -> Event:
    at = now + timedelta(minutes=minute)
    body: dict[str, Any] = {
        "service": f"HealthcareService/{SERVICE}", "encounter": f"Encounter/{encounter}", "appointment": None,
        "number": number, "state": state, "room": "" if state == "waiting" else "1", "triage": None,
        "practitioner": None if state == "waiting" else "Practitioner/doctor-wang", "turn": at.isoformat(),
    }  # fmt: skip
    return heard("scheduling", f"encounter.{_STATES[state]}", "Patient/p", at, body)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_who_runs_the_house_sees_what_comes_sees_to_an_alarm_and_looks_back(
    hospital: Hospital, browser: Browser
) -> None:
    director = await hospital.sit_down(browser, DIRECTOR, size=LAPTOP)
    page = director.page
    await page.goto(f"{hospital.url}/twin")
    clinic = page.get_by_test_id("twin-clinic")
    await expect(clinic).to_contain_text("5 人候诊")
    await expect(clinic.get_by_role("img")).to_be_visible()
    await page.get_by_text("排队人数", exact=True).first.click()
    await expect(clinic).to_contain_text("人排队")

    alarm = page.get_by_test_id("twin-alarm").filter(has_text="无人叫号")
    await expect(alarm).to_contain_text("门诊护士长")
    await alarm.get_by_role("button", name="我来处理").click()
    await expect(alarm).to_contain_text("孙主任 已接手")

    await clinic.get_by_role("button", name="心内科门诊").click()
    await expect(page.get_by_role("dialog").get_by_role("row")).to_have_count(6)
    await page.keyboard.press("Escape")

    await page.get_by_role("slider", name="所示时刻").press("Home")
    await expect(page.get_by_text("回放中")).to_be_visible()
    await expect(clinic).to_contain_text("1 人候诊")
    await page.get_by_role("button", name="回到现在").click()
    await expect(clinic).to_contain_text("5 人候诊")
    assert not await director.violations()
    assert not director.strayed and not director.complaints
    await _look(director.page, "laptop")
    for size, name in ((PHONE, "phone"), (DESK, "wall")):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        assert await director.fits_the_screen(), name
        await _look(page, name)
    await director.leave()


async def _look(page: Any, name: str) -> None:
    if folder := os.environ.get("XINGLIN_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"twin-{name}.png", full_page=True)
