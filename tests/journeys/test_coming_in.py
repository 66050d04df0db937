"""Somebody new is invited, sets a passkey, signs in by it, and is shut out again; by screen and keyboard."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from journeys.pages import LAPTOP, PHONE, Reader, chromium
from nodes import RunningNode

pytestmark = pytest.mark.browser

PASSWORD = "a long walk in the morning"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def person(browser: Browser, node: RunningNode) -> AsyncIterator[Reader]:
    """Somebody whose device can make passkeys, at an address that has a name: bare numbers can have none."""
    reader = await Reader.sit_down(browser, by_name(node.url))
    devtools = await reader.page.context.new_cdp_session(reader.page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield reader
    await reader.leave()


def by_name(address: str) -> str:
    return address.replace("127.0.0.1", "localhost")


@asynccontextmanager
async def console(node: RunningNode) -> AsyncIterator[httpx.AsyncClient]:
    """The console's own session, as a page of the node has it."""
    async with httpx.AsyncClient(base_url=node.url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        assert (await client.post("/api/session", json={"token": node.link().split("#")[1]})).status_code == 200
        yield client


async def enter(person: Reader, link: str) -> None:
    """Open a link of the console; the node may be empty."""
    await person.page.goto(link)
    await person.page.wait_for_url("**/board")


async def invited(node: RunningNode, *roles: str) -> dict[str, Any]:
    said = {
        "name": f"陈静 {next(_numbers)}",
        "login": f"chenjing{next(_numbers)}",
        "memberships": [{"role": role} for role in roles],
    }
    async with console(node) as client:
        made = await client.post("/api/access/accounts", json=said)
        assert made.status_code == 201, made.text
        return {**made.json(), "login": said["login"]}


async def test_a_nurse_is_invited_sets_a_passkey_and_comes_in_by_it(person: Reader, node: RunningNode) -> None:
    page = person.page
    await enter(person, by_name(node.link()))
    await person.go("accounts")
    await page.locator(".page-head button").click()
    lines = person.workspace().locator(".field input")
    await lines.nth(0).fill("陈静")
    await lines.nth(1).fill("chen.jing")
    await person.workspace().locator(".membership input[type=checkbox]").nth(2).check()
    await page.keyboard.press("Enter")
    invitation = await person.workspace().locator("#device-link").input_value()
    await page.context.clear_cookies()
    await page.goto("about:blank")
    await page.goto(by_name(invitation))
    await page.wait_for_url("**/welcome")
    await page.get_by_test_id("add-passkey").click()
    await page.locator(".sign-in-card [role=status]").wait_for()
    await page.locator(".sign-in-card .ant-btn-primary").click()
    await page.wait_for_url("**/board")
    await page.context.clear_cookies()
    await page.goto(f"{person.origin}/sign-in")
    await page.get_by_test_id("by-passkey").click()
    await page.wait_for_url("**/board")
    who = await page.evaluate("fetch('/api/session').then(answer => answer.json())")
    assert (who["name"], who["roles"]) == ("陈静", ["nurse"]) and "pop" in who["methods"]
    assert not await page.locator('nav a[href="/accounts"]').count()
    assert person.strayed == []


async def test_a_password_comes_with_a_second_factor_by_keyboard(person: Reader, node: RunningNode) -> None:
    import pyotp

    account = await invited(node, "physician")
    page = person.page
    await page.goto(by_name(account["invitation"]["url"]))
    await page.wait_for_url("**/welcome")
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator(".sign-in-card [role=status]").wait_for()
    await page.locator(".sign-in-card .ant-btn-primary").click()
    await page.wait_for_url("**/board")
    proposed = await page.evaluate("fetch('/api/access/totp', {method: 'POST'}).then(answer => answer.json())")
    totp = pyotp.parse_uri(proposed["address"])
    assert isinstance(totp, pyotp.TOTP)
    confirmed = await page.evaluate(
        "code => fetch('/api/access/totp/code', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({code})}).then(answer => answer.json())",
        totp.now(),
    )
    await page.context.clear_cookies()
    await page.goto(f"{person.origin}/sign-in")
    await page.locator("input[autocomplete=username]").fill(account["login"])
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("input[autocomplete=one-time-code]").wait_for()
    await page.keyboard.type(confirmed["recovery_codes"][0])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/board")


async def test_who_was_suspended_is_out_at_the_next_request_in_every_process(node: RunningNode) -> None:
    account = await invited(node, "physician")
    token = account["invitation"]["url"].split("#")[1]
    async with (
        httpx.AsyncClient(base_url=node.url, headers={"Sec-Fetch-Site": "same-origin"}) as somebody,
        console(node) as keeper,
    ):
        assert (await somebody.post("/api/session", json={"token": token})).status_code == 200
        assert (await somebody.put("/api/access/password", json={"password": PASSWORD})).status_code == 204
        secret = {"Cookie": f"xinglin_session={somebody.cookies['xinglin_session']}"}
        for _ in range(8):  # fresh connections: each process has it remembered
            assert httpx.get(f"{node.url}/api/session", headers=secret).status_code == 200
        ended = await keeper.post(f"/api/access/accounts/{account['account']['id']}/suspend")
        assert ended.status_code == 200
        assert {httpx.get(f"{node.url}/api/session", headers=secret).status_code for _ in range(8)} == {401}


async def test_who_does_not_administer_is_refused(node: RunningNode) -> None:
    account = await invited(node, "physician")
    async with httpx.AsyncClient(base_url=node.url, headers={"Sec-Fetch-Site": "same-origin"}) as doctor:
        await doctor.post("/api/session", json={"token": account["invitation"]["url"].split("#")[1]})
        await doctor.put("/api/access/password", json={"password": PASSWORD})
        for method, path in (
            ("GET", "/api/access/accounts"),
            ("GET", "/api/access/clients"),
            ("POST", "/api/access/patients"),
        ):
            told = await doctor.request(method, path, json={"name": "x", "patient": "x"} if method == "POST" else None)
            assert told.status_code == 403, (path, told.text)
        program = httpx.get(f"{node.url}/api/access/accounts", headers={"Authorization": f"Bearer {node.token}"})
        assert program.status_code == 403


async def test_guessing_over_the_wire_is_answered_alike_and_then_slowed(node: RunningNode) -> None:
    account = await invited(node, "nurse")
    async with httpx.AsyncClient(base_url=node.url) as guesser:
        answers = set()
        for name in (account["login"], "nobody-here"):
            for _ in range(20):  # each wait is twice the one before, so a slow machine meets one, too
                told = await guesser.post("/api/sign-in/password", json={"login": name, "password": "wrong"})
                if told.status_code == 429:
                    break
                answers.add((told.status_code, told.text))
            assert int(told.headers["Retry-After"]) >= 1
        assert len(answers) == 1 and {status for status, _ in answers} == {401}
    assert httpx.get(f"{node.url}/api/session").headers["WWW-Authenticate"] == "Bearer"


async def test_a_sign_in_name_that_is_no_text_is_refused_and_breaks_nothing(node: RunningNode) -> None:
    async with httpx.AsyncClient(base_url=node.url) as anybody:
        for path, said in (
            ("/api/sign-in/password", {"login": "a\x00b", "password": "\x00"}),
            ("/api/sign-in/phone/code", {"phone": "\x00\x00\x00\x00\x00\x00", "code": "\x00"}),
            ("/api/sign-in/passkey", {"answer": {"id": "\x00", "response": {"clientDataJSON": 7}}}),
            ("/api/session", {"token": "guest.\x00"}),
            ("/api/session", {"token": "\x00"}),
        ):
            told = await anybody.post(path, json=said)
            assert told.status_code in (400, 401, 429), (path, told.text)


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_pages_of_signing_in_keep_nobody_out(
    browser: Browser, node: RunningNode, size: tuple[int, int], language: Any
) -> None:
    person = await Reader.sit_down(browser, by_name(node.url), language=language, size=size)
    page = person.page
    await page.goto(f"{person.origin}/sign-in")
    await page.get_by_test_id("by-passkey").wait_for()
    assert await person.violations() == [] and await person.fits_the_screen()
    if size == PHONE:  # elder-friendly: 18 px and more, 60 px for what one acts by
        assert (
            await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.field label')).fontSize)") >= 18
        )
        for height in await page.locator(".sign-in-card .ant-btn-lg").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height)"
        ):
            assert height >= 60
    account = await invited(node, "nurse")
    await page.goto(by_name(account["invitation"]["url"]))
    await page.wait_for_url("**/welcome")
    await page.locator("input[type=password]").wait_for()
    assert await person.violations() == [] and await person.fits_the_screen()
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator(".sign-in-card [role=status]").wait_for()
    await page.locator(".sign-in-card .ant-btn-primary").click()
    await page.wait_for_url("**/board")
    await page.goto(f"{person.origin}/account")
    await page.locator(".mine section").first.wait_for()
    assert await person.violations() == [] and await person.fits_the_screen()
    await enter(person, by_name(node.link()))
    await person.go("accounts")
    await page.get_by_test_id("account").first.wait_for()
    assert await person.violations() == [] and await person.fits_the_screen()
    await person.leave()
