"""The node is killed while people read: each page says so, keeps what it shows, and goes on when the node is back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from nodes import RunningNode, started_node
from xinglin_demo.wire import MllpSender

from .pages import LAPTOP, PHONE, Language, Reader, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SCREENS: list[tuple[Literal["laptop", "phone"], tuple[int, int], Language]] = [
    ("laptop", LAPTOP, "zh-CN"),
    ("phone", PHONE, "en"),
]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def admit(node: RunningNode, ward: str) -> None:
    """Somebody is admitted to a ward that the board did not know."""
    now = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    sender = MllpSender(node.mllp_host, node.mllp_port)
    lines = [
        rf"MSH|^~\&|XLDEMO|XLH|XINGLIN|NODE|{now}||ADT^A01|{ward}|P|2.5.1|||||CHN|UNICODE UTF-8",
        f"EVN|A01|{now}",
        f"PID|1||{ward}^^^XLMRN^MR||陆^文静||19880412|F",
        f"PV1|1|I|{ward}^01^2||||||||||||||||V{ward}^^^XLVISIT^VN{'|' * 25}{now}",
    ]
    answer = await sender.send("\r".join(lines).encode() + b"\r", ward)
    await sender.close()
    assert answer.accepted, answer


async def unit_shown(reader: Reader, ward: str) -> None:
    await reader.page.get_by_test_id("unit").filter(has_text=ward).first.wait_for(timeout=60_000)


async def keep_picture(reader: Reader, name: str) -> None:
    """For a person to look at, where XINGLIN_SCREENSHOTS names a folder."""
    folder = os.environ.get("XINGLIN_SCREENSHOTS")
    if folder:
        await reader.page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def test_a_killed_node_is_said_to_be_away_and_all_goes_on_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    readers: dict[str, Reader] = {}
    with started_node(data) as first:
        await admit(first, "WEST7")
        for screen, size, language in SCREENS:
            readers[screen] = await Reader.sit_down(browser, first.url, size=size, language=language)
            await readers[screen].sign_in(first.link())
            await unit_shown(readers[screen], "WEST7")
            await readers[screen].wait_for_line("live")
            await readers[screen].page.evaluate("window.notReloaded = true")
        os.kill(first.process_id, signal.SIGKILL)
        for screen, reader in readers.items():
            await reader.wait_for_line("lost", timeout_seconds=30)
            band = reader.page.locator(".lost")
            await band.wait_for()
            assert await band.is_visible()
            await unit_shown(reader, "WEST7")  # what was there can still be read
            assert await reader.fits_the_screen()
            assert await reader.violations() == []
            await keep_picture(reader, f"lost-{screen}")
    port = str(urlsplit(first.url).port)
    with started_node(data, "up", "--port", port) as second:
        await asyncio.gather(*(reader.wait_for_line("live", timeout_seconds=60) for reader in readers.values()))
        await admit(second, "EAST9")
        for screen, reader in readers.items():
            await reader.page.locator(".lost").wait_for(state="detached")
            await unit_shown(reader, "EAST9")
            assert await reader.page.evaluate("window.notReloaded"), "it went on without a reload"
            assert reader.strayed == []
            await keep_picture(reader, f"back-{screen}")
            await reader.leave()
