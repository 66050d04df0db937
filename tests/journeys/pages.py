"""The web pages as a reader uses them (asynchronous Playwright); journeys speak through these, never in selectors."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

Language = Literal["zh-CN", "en"]
Mode = Literal["light", "dark"]
Place = Literal["board", "patients", "messages", "system", "devices", "accounts"]

DESK, LAPTOP, PHONE = (1920, 1080), (1366, 768), (390, 844)
_AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== 'running' || one.effect?.getComputedTiming().iterations === Infinity)"""
"""A colour that is still changing has a contrast that nobody reads."""
_WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@asynccontextmanager
async def chromium(*switches: str) -> AsyncIterator[Browser]:
    """A headless Chromium: the one that XINGLIN_CHROMIUM names, else the system's, else Playwright's own; with further
    ``switches``."""
    path = os.environ.get("XINGLIN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *switches])
        yield browser
        await browser.close()


@dataclass
class Reader:
    """Someone in front of a screen. ``strayed`` are requests that left the origin, ``complaints`` what the browser
    logged as an error; both must stay empty."""

    page: Page
    origin: str
    strayed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def sit_down(
        cls,
        browser: Browser,
        node_url: str,
        *,
        language: Language = "zh-CN",
        mode: Mode = "light",
        size: tuple[int, int] = LAPTOP,
        reduced_motion: bool = False,
    ) -> Reader:
        """A fresh browser window that has never met the node; its certificate is accepted."""
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            color_scheme=mode,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            ignore_https_errors=True,
        )
        reader = cls(await context.new_page(), node_url.rstrip("/"))
        reader.page.on("request", lambda request: reader._note_request(request.url))
        reader.page.on("console", lambda entry: entry.type == "error" and reader.complaints.append(entry.text))
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        return reader

    async def leave(self) -> None:
        await self.page.context.close()

    async def sign_in(self, link: str) -> None:
        """Open a one-time link and arrive at the board."""
        await self.page.goto(link)
        await self.page.wait_for_url("**/board")
        await self._units().first.wait_for()

    async def go(self, place: Place) -> None:
        """To a page by the navigation, as a reader does."""
        await self.page.locator(f'nav a[href="/{place}"]').click()
        await self.page.wait_for_url(re.compile(rf"/{place}(\?.*)?$"))
        await self.page.locator("main h1").first.wait_for()

    async def board(self) -> list[str]:
        """The units of the board, by name."""
        await self.go("board")
        await self._units().first.wait_for()
        return await self.board_names()

    async def board_names(self) -> list[str]:
        """The units as the open board names them."""
        return await self._units().locator(".tile-name").all_inner_texts()

    async def open_unit(self, name: str) -> None:
        """Open a unit of the board; returns when somebody or the empty unit is shown."""
        await self._units().filter(has_text=name).first.click()
        await self.page.locator("[data-testid=stay], .unit .notice, .unit .bed").first.wait_for()

    async def people_in_unit(self) -> list[str]:
        return await self.page.locator("[data-testid=stay] [data-cell=patient] a").all_inner_texts()

    async def beds_in_unit(self) -> list[str]:
        return await self.page.locator("[data-testid=stay] [data-cell=bed]").all_inner_texts()

    async def open_patient(self, name: str) -> None:
        """From an open unit by a click, from anywhere else by Ctrl-K, which takes a number of theirs as well."""
        row = self.page.locator("[data-testid=stay] [data-cell=patient] a, .bed-person a").filter(has_text=name)
        if await row.count():
            await row.first.click()
        else:
            await self.find(name)
        await self.page.locator("[data-testid=patient-banner]").wait_for()

    async def find(self, text: str) -> None:
        """Ctrl-K, type, open the first patient found; by keyboard alone."""
        await self.page.keyboard.press("Control+k")
        await self.page.get_by_role("combobox").fill(text)
        await self.page.locator('[role=option][id$="-0"] small').wait_for()
        await self.page.keyboard.press("Enter")

    async def banner(self) -> str:
        """What stands on top of the open patient, once all of it was read."""
        banner = self.page.locator("[data-testid=patient-banner]")
        await expect(banner.locator("[data-testid=unknown-yet]")).to_have_count(0, timeout=15_000)
        return await banner.inner_text()

    async def wait_for_banner(self, text: str) -> None:
        await expect(self.page.locator("[data-testid=patient-banner]")).to_contain_text(text, timeout=15_000)

    async def wait_for_result(self, *texts: str, timeout_seconds: float = 15) -> None:
        """Until one result of the open patient shows all ``texts``; the page is not loaded anew."""
        row = self.page.locator("[data-testid=result]")
        for text in texts:
            row = row.filter(has_text=text)
        await row.first.wait_for(timeout=timeout_seconds * 1000)

    async def open_trend(self, test: str) -> None:
        """Open the course of a test beside the results."""
        await self.page.locator("[data-testid=result]").filter(has_text=test).get_by_role("button").first.click()
        await self.workspace().wait_for()

    async def open_message(self, control_id: str) -> None:
        """Search the messages for a control id and open it."""
        await self.go("messages")
        await self.page.locator("main input").first.fill(control_id)
        rows = self.page.locator("[data-testid=message]")
        await expect(rows).to_have_count(1, timeout=15_000)
        await rows.filter(has_text=control_id).get_by_role("button").click()
        await self.workspace().locator(".segment").first.wait_for()

    async def correct_message(self, old: str, new: str) -> None:
        """In an open dead letter replace ``old`` by ``new`` and run it again."""
        repair = self.workspace().locator(".repair")
        await repair.get_by_role("button").first.click()
        text = repair.locator("textarea")
        await text.fill((await text.input_value()).replace(old, new))
        await repair.get_by_role("button").first.click()

    async def wait_for_message_state(self, state: str, timeout_seconds: float = 15) -> None:
        """Until the open message is received, processed, dead or superseded."""
        await self.workspace().locator(f".message-facts .state-{state}").wait_for(timeout=timeout_seconds * 1000)

    def workspace(self) -> Locator:
        """What has slid in from the right."""
        return self.page.locator(".workspace")

    async def add_device(self, name: str) -> str:
        """Name a further device; its one-time link, which is shown as QR code too."""
        await self.go("devices")
        await self.page.locator("main .page-head .ant-btn-primary").click()
        await self.workspace().locator("input").fill(name)
        await self.page.keyboard.press("Enter")
        shown = self.workspace().locator("input")
        await expect(shown).to_have_value(re.compile("/sign-in#"), timeout=15_000)
        await self.workspace().get_by_role("img").wait_for()
        return await shown.input_value()

    async def switch_language(self) -> str:
        """The other language; returns the page's language tag after it."""
        before = await self.language()
        await self.page.get_by_test_id("language-switch").click()
        await self.page.wait_for_function("before => document.documentElement.lang !== before", arg=before)
        return await self.language()

    async def language(self) -> str:
        return str(await self.page.evaluate("document.documentElement.lang"))

    async def switch_mode(self) -> None:
        """From light to dark or back."""
        await self.page.get_by_test_id("mode-switch").click()

    async def wait_for_line(self, state: Literal["live", "lost"], timeout_seconds: float = 20) -> None:
        """Until the live line is there, or is known to be lost."""
        line = self.page.locator(f'[data-testid=connection][data-state="{state}"]')
        await line.wait_for(state="attached", timeout=timeout_seconds * 1000)

    async def fits_the_screen(self) -> bool:
        """Whether nothing makes the page wider than the screen."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    async def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA on the page as it stands, one line an element."""
        with suppress(PlaywrightTimeout):  # what changes live glows for ever
            await self.page.wait_for_function(_AT_REST, timeout=1_000)
        found = await Axe().run(self.page, options={"runOnly": {"type": "tag", "values": _WCAG_AA}})
        return [
            f"{rule['id']}: {node['html'][:160]}" for rule in found.response["violations"] for node in rule["nodes"]
        ]

    async def focused(self) -> str:
        """What the keyboard is on, in words."""
        script = "e => (e.getAttribute('aria-label') || e.innerText || e.value || e.tagName).trim()"
        handle: Any = await self.page.evaluate_handle("document.activeElement")
        return str(await handle.evaluate(script))

    def _units(self) -> Locator:
        return self.page.get_by_test_id("unit")

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.strayed.append(url)
