"""A SMART app as others write them (fhirclient), in a browser, from a page of another origin."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page

from journeys.pages import chromium
from nodes import RunningNode

pytestmark = pytest.mark.browser

CLIENTS = Path(__file__).parents[1] / "clients"
LIBRARY = CLIENTS / "node_modules" / "fhirclient" / "build" / "fhir-client.js"
SCOPE = "openid fhirUser launch/patient patient/*.rs offline_access"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The tests' own output is enough."""


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app is served: an origin that is not the node's."""
    assert LIBRARY.is_file(), "fhirclient is not there; run: make setup-tests"
    folder = tmp_path_factory.mktemp("app")
    for file in (*(CLIENTS / "smart_app").iterdir(), LIBRARY):
        shutil.copy(file, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture(scope="module")
async def console(node: RunningNode) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody signed in by a link of the console, as a page of the node's own."""
    async with httpx.AsyncClient(base_url=node.url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        opened = await client.post("/api/session", json={"token": node.link().split("#")[1]})
        assert opened.status_code == 200
        yield client


@pytest.fixture(scope="module")
async def patient_id(node: RunningNode) -> str:
    id_ = f"smart-{uuid.uuid4().hex[:8]}"
    body = {"resourceType": "Patient", "id": id_, "name": [{"text": f"林晓 {id_}"}], "gender": "female"}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {node.token}"}) as program:
        made = await program.put(f"{node.url}/fhir/Patient/{id_}", json=body)
        assert made.status_code == 201
    return id_


@pytest.fixture(scope="module")
async def client_id(console: httpx.AsyncClient, app_url: str) -> str:
    """The app as the system administrator registers it."""
    said = {
        "name": "Growth chart",
        "kind": "public",
        "scope": f"{SCOPE} launch",
        "redirect_uris": [f"{app_url}/index.html"],
        "launch_uri": f"{app_url}/launch.html",
    }
    made = await console.post("/api/access/clients", json=said)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def signed_in(browser: Browser, node: RunningNode) -> Page:
    page = await (await browser.new_context(locale="zh-CN")).new_page()
    await page.goto(node.link())
    await page.wait_for_url("**/board")
    return page


async def seen(page: Page) -> dict[str, Any]:
    """What the app shows in the end."""
    await page.wait_for_url("**/index.html**")
    await page.wait_for_function("document.getElementById('seen')?.textContent")
    found: dict[str, Any] = json.loads(await page.locator("#seen").inner_text())
    return found


async def test_a_published_smart_app_reads_the_patient_that_somebody_chose(
    browser: Browser, node: RunningNode, app_url: str, client_id: str, patient_id: str
) -> None:
    page = await signed_in(browser, node)
    query = urlencode({"client": client_id, "iss": f"{node.url}/fhir", "scope": SCOPE})
    await page.goto(f"{app_url}/launch.html?{query}")
    await page.wait_for_url("**/consent?**")
    await page.get_by_test_id("pick-patient").fill(patient_id)
    await page.get_by_role("radio").first.check()
    await page.get_by_test_id("allow").click()
    found = await seen(page)
    assert "failed" not in found, found
    assert (found["patient"], found["again"]) == (patient_id, patient_id) and found["name"].startswith("林晓"), found
    assert found["renewed"] and found["scope"] == SCOPE
    await page.context.close()


async def test_it_is_launched_about_the_patient_on_a_page_of_the_node(
    browser: Browser, node: RunningNode, client_id: str, patient_id: str
) -> None:
    page = await signed_in(browser, node)
    said = {"client": client_id, "patient": patient_id}
    address = await page.evaluate(
        "said => fetch('/api/oauth/launches', {method: 'POST', body: JSON.stringify(said),"
        " headers: {'Content-Type': 'application/json'}}).then(answer => answer.json())",
        said,
    )
    await page.goto(f"{address['location']}&client={client_id}")
    await page.wait_for_url("**/consent?**")
    await page.get_by_test_id("allow").click()
    assert (await seen(page))["patient"] == patient_id
    await page.context.close()


async def test_who_says_no_sends_the_app_away_with_nothing(
    browser: Browser, node: RunningNode, app_url: str, client_id: str
) -> None:
    page = await signed_in(browser, node)
    query = urlencode({"client": client_id, "iss": f"{node.url}/fhir", "scope": SCOPE})
    await page.goto(f"{app_url}/launch.html?{query}")
    await page.wait_for_url("**/consent?**")
    await page.get_by_test_id("deny").click()
    await page.wait_for_url("**/index.html?**error=access_denied**")
    back = dict(parse_qsl(urlsplit(page.url).query))
    assert "code" not in back and back["iss"] == node.url
    await page.context.close()


async def test_somebody_not_signed_in_signs_in_first_and_comes_back_to_the_question(
    browser: Browser, node: RunningNode, app_url: str, client_id: str
) -> None:
    page = await (await browser.new_context(locale="en")).new_page()
    query = urlencode({"client": client_id, "iss": f"{node.url}/fhir", "scope": SCOPE})
    await page.goto(f"{app_url}/launch.html?{query}")
    await page.wait_for_url("**/sign-in?to=**")
    await page.get_by_role("tab", name="Link").click()
    await page.locator("#link").fill(node.link())
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/consent?**")
    await page.get_by_test_id("allow").wait_for()
    await page.context.close()


async def test_pages_of_other_origins_reach_fhir_by_token_and_sessions_never(
    node: RunningNode, console: httpx.AsyncClient
) -> None:
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    async with httpx.AsyncClient(base_url=node.url) as anybody:
        for path in ("/fhir/Patient/x", "/oauth/token", "/fhir/.well-known/smart-configuration"):
            asked = await anybody.options(path, headers=origin)
            assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
        for path in ("/api/session", "/oauth/authorize", "/api/oauth/decision"):
            asked = await anybody.options(path, headers=origin)
            assert "access-control-allow-origin" not in asked.headers
    answer = await console.get("/fhir/Patient?_count=1", headers={"Origin": "https://app.example"})
    assert "access-control-allow-credentials" not in answer.headers


async def test_an_unregistered_address_is_told_to_the_person_and_to_nobody_else(
    node: RunningNode, client_id: str
) -> None:
    query = urlencode({"client_id": client_id, "redirect_uri": "https://evil.example/", "response_type": "code"})
    async with httpx.AsyncClient(base_url=node.url) as anybody:
        answer = await anybody.get(f"/oauth/authorize?{query}", headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 400 and "location" not in answer.headers
    assert "未在本节点登记" in answer.text and "evil" not in answer.text


async def test_the_node_says_of_itself_what_is_so(node: RunningNode) -> None:
    async with httpx.AsyncClient(base_url=node.url) as anybody:
        smart = (await anybody.get("/fhir/.well-known/smart-configuration")).json()
        openid = (await anybody.get("/.well-known/openid-configuration")).json()
        assert smart["issuer"] == openid["issuer"] == node.url and smart["capabilities"]
        assert smart["code_challenge_methods_supported"] == ["S256"]
        for name, address in {**openid, **smart}.items():
            if name.endswith(("_endpoint", "_uri")):
                told = await anybody.get(address)
                assert told.status_code in (200, 400, 401, 405), (name, told.status_code)
