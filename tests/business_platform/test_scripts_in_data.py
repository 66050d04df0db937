"""Scripts in names, attachments and file names are shown as text, and none runs in a reader's browser."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from nodes import RunningNode
from tests.journeys.pages import Reader, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "<a href=javascript:alert(1)>x</a>",
]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_no_dialog_opens_and_no_script_of_others_runs(node: RunningNode, browser: Browser) -> None:
    fhir = httpx.Client(base_url=f"{node.url}/fhir", headers={"authorization": f"Bearer {node.token}"}, timeout=30)
    patients = []
    for text in CORPUS:
        name = [{"text": text, "family": text, "given": [text]}]
        id_ = fhir.post("/Patient", json={"resourceType": "Patient", "name": name}).json()["id"]
        patients.append(id_)
        document = {
            "resourceType": "DocumentReference",
            "status": "current",
            "description": text,
            "subject": {"reference": f"Patient/{id_}", "display": text},
            "content": [{"attachment": {"contentType": "text/html", "title": text, "url": "javascript:alert(1)"}}],
        }
        fhir.post("/DocumentReference", json=document).raise_for_status()
        allergy = {
            "resourceType": "AllergyIntolerance",
            "code": {"text": text},
            "patient": {"reference": f"Patient/{id_}"},
        }
        fhir.post("/AllergyIntolerance", json=allergy).raise_for_status()
        httpx.get(f"{node.url}/fhir/Patient/{text.replace('/', '')}", headers={"x-request-id": "x"})
    files = []
    for kind, data in (("image/svg+xml", SVG), ("text/html", HTML), ("application/xhtml+xml", HTML)):
        binary = {"resourceType": "Binary", "contentType": kind, "data": base64.b64encode(data).decode()}
        files.append(fhir.post("/Binary", json=binary).json()["id"])
    reader = await Reader.sit_down(browser, node.url)
    page, dialogs = reader.page, []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await page.goto(node.link())
    await page.wait_for_url("**/board")
    await page.goto(f"{node.url}/patients")
    await page.get_by_role("heading", level=1).first.wait_for()
    for id_ in patients:
        await page.goto(f"{node.url}/patients/{id_}")
        await page.get_by_role("heading", level=1).first.wait_for()
    await page.goto(f"{node.url}/audit")
    await page.get_by_role("heading", level=1).first.wait_for()
    assert reader.complaints == [], "the pages themselves keep to their Content-Security-Policy"
    for id_ in files:
        async with page.expect_download():
            with pytest.raises(PlaywrightError, match="Download is starting"):
                await page.goto(f"{node.url}/fhir/Binary/{id_}")
        assert "sandbox" in fhir.get(f"/Binary/{id_}").headers["content-security-policy"]
    await page.wait_for_timeout(300)
    assert dialogs == []
    await reader.leave()
