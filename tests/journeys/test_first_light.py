"""First light: one command, and a person watches a hospital live, fed through the wires a real one uses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from nodes import RunningNode, started_node

from .pages import LAPTOP, PHONE, Mode, Place, Reader, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PLACES: tuple[Place, ...] = ("board", "patients", "messages", "system", "devices")
_READY_SECONDS = 180


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """The demo hospital from nothing, a small one and a quick day."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    with started_node(folder, "demo", "--people", "1500", "--speed", "60") as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def reader(browser: Browser, demo: RunningNode) -> AsyncIterator[Reader]:
    """Somebody signed in at the board of a hospital that has woken up."""
    await hospital_awake(demo)
    person = await Reader.sit_down(browser, demo.url, size=LAPTOP)
    await person.sign_in(demo.link())
    yield person
    await person.leave()


def api(demo: RunningNode) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=demo.url, headers={"authorization": f"Bearer {demo.token}"}, timeout=30)


async def hospital_awake(demo: RunningNode) -> dict[str, Any]:
    """Until the morning's census has reached the board; what the board says then."""
    async with api(demo) as client, asyncio.timeout(_READY_SECONDS):
        while True:
            board: dict[str, Any] = (await client.get("/api/board")).json()
            if sum(unit["occupied"] for unit in board["units"] if unit["kind"] == "ward") > 300:
                return board
            await asyncio.sleep(1)


async def some_inpatient(demo: RunningNode) -> tuple[dict[str, Any], str]:
    """Somebody in a bed of the fullest ward, with the hospital's number of the patient."""
    board = await hospital_awake(demo)
    ward = max((unit for unit in board["units"] if unit["kind"] == "ward"), key=lambda unit: unit["occupied"])
    async with api(demo) as client:
        stays = (await client.get(f"/api/board/units/{ward['id']}")).json()["stays"]
        stay = stays[len(stays) // 2]
        patient = (await client.get(f"/fhir/Patient/{stay['patient_id']}")).json()
    (number,) = (i["value"] for i in patient["identifier"] if i["system"] == "https://xinglin.health/id/patient")
    return {**stay, "unit": ward["name"]}, number


async def send(demo: RunningNode, *segments: str) -> str:
    """One message over MLLP; the acknowledgement."""
    reader, writer = await asyncio.open_connection(demo.mllp_host, demo.mllp_port)
    writer.write(b"\x0b" + "\r".join(segments).encode() + b"\r\x1c\r")
    answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 30)
    writer.close()
    return answer.decode()


def potassium(number: str, control_id: str, value: str, flag: str) -> tuple[str, ...]:
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
    return (
        f"MSH|^~\\&|XLDEMO|LAB|XINGLIN|NODE|{now}||ORU^R01^ORU_R01|{control_id}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{number}^^^XLMRN^MR",
        f"OBR|1|P{control_id}^XLORD|F{control_id}^XLFIL|24326-1^电解质^LN|||{now}|||||||||||||||{now}||LAB|F",
        f"OBX|1|NM|2823-3^血清钾^LN||{value}|mmol/L^mmol/L^UCUM|3.5-5.3|{flag}|||F|||{now}",
    )


async def test_the_board_moves_by_itself(reader: Reader) -> None:
    assert len(await reader.board()) >= 20
    await reader.wait_for_line("live")
    shown = reader.page.locator("main")
    before = await shown.inner_text()
    async with asyncio.timeout(60):
        while await shown.inner_text() == before:
            await asyncio.sleep(0.5)
    assert reader.strayed == []


async def test_a_result_arrives_over_mllp_and_appears_without_reload(reader: Reader, demo: RunningNode) -> None:
    stay, number = await some_inpatient(demo)
    await reader.open_unit(stay["unit"])
    await reader.open_patient(stay["patient_name"])
    assert stay["patient_name"] in await reader.banner()
    await reader.page.evaluate("window.notReloaded = true")
    acknowledgement = await send(demo, *potassium(number, f"J{datetime.now(UTC):%H%M%S%f}", "6.81", "HH"))
    assert "MSA|AA" in acknowledgement
    await reader.wait_for_result("血清钾", "6.81", timeout_seconds=30)
    assert await reader.page.evaluate("window.notReloaded")
    assert reader.strayed == []


async def test_a_message_that_cannot_be_mapped_is_corrected_and_run_again_in_place(
    reader: Reader, demo: RunningNode
) -> None:
    _, number = await some_inpatient(demo)
    control_id = f"D{datetime.now(UTC):%H%M%S%f}"
    segments = potassium(number, control_id, "4.10", "N")
    broken = [segment.replace(f"PID|1||{number}^^^XLMRN^MR", "PID|1||") for segment in segments]
    assert "MSA|AA" in await send(demo, *broken)
    await reader.open_message(control_id)
    await reader.wait_for_message_state("dead", timeout_seconds=30)
    await reader.correct_message("PID|1||", f"PID|1||{number}^^^XLMRN^MR")
    await reader.wait_for_message_state("processed", timeout_seconds=30)


async def test_wards_beds_and_places_are_named_in_english_on_an_english_page(reader: Reader, demo: RunningNode) -> None:
    stay, _ = await some_inpatient(demo)
    await reader.open_unit(stay["unit"])
    assert await reader.switch_language() == "en"
    names = [*await reader.board_names(), *await reader.beds_in_unit()]
    assert len(names) > 30
    assert [name for name in names if not name.isascii()] == []
    await reader.open_patient(stay["patient_name"])
    await reader.wait_for_banner(f"· {stay['bed_en']}")


async def test_a_visitor_may_be_a_doctor_at_a_living_clinic_or_a_patient_who_waits_there(
    browser: Browser, demo: RunningNode
) -> None:
    await hospital_awake(demo)
    told = demo.folder.with_suffix(".console").read_text()
    links = {part.split()[0]: link for part, link in re.findall(r"^    (\S.*)\n      (http\S+)$", told, re.MULTILINE)}
    assert set(links) == {"Physician", "Nurse", "Pharmacist", "Registration", "Patient"}
    doctor = await Reader.sit_down(browser, demo.url, language="en", size=LAPTOP)
    await doctor.sign_in(links["Physician"])
    async with api(demo) as client, asyncio.timeout(_READY_SECONDS):
        while not (await client.get("/api/scheduling/services")).json():
            await asyncio.sleep(1)
    await doctor.page.goto(f"{demo.url}/queue")
    await doctor.page.get_by_test_id("queue-entry").nth(1).wait_for(timeout=60_000)
    patient = await Reader.sit_down(browser, demo.url, language="zh-CN", size=PHONE)
    await patient.page.goto(links["Patient"])
    await patient.page.get_by_test_id("visit-now").filter(has_text="心血管内科门诊").wait_for(timeout=60_000)
    assert await patient.violations() == []
    for person in (doctor, patient):
        assert person.strayed == []
        await person.leave()


async def test_the_language_is_switched_and_kept(reader: Reader) -> None:
    assert await reader.language() == "zh-CN"
    assert await reader.switch_language() == "en"
    assert "Board" in await reader.page.locator("main h1").first.inner_text()
    await reader.page.reload()
    assert await reader.language() == "en"


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_no_page_keeps_anybody_out_and_none_asks_elsewhere(
    browser: Browser, demo: RunningNode, language: Any, mode: Mode, size: tuple[int, int]
) -> None:
    stay, _ = await some_inpatient(demo)
    person = await Reader.sit_down(browser, demo.url, language=language, mode=mode, size=size)
    await person.page.goto(f"{demo.url}/sign-in")
    found = {"sign-in": await person.violations()}
    await person.sign_in(demo.link())
    for place in PLACES:
        await person.go(place)
        await person.page.wait_for_timeout(400)
        found[place] = await person.violations()
    await person.page.goto(f"{demo.url}/patients/{stay['patient_id']}")
    await person.page.locator("[data-testid=patient-banner]").wait_for()
    await person.page.wait_for_timeout(800)
    found["patient"] = await person.violations()
    assert {page: problems for page, problems in found.items() if problems} == {}
    assert person.strayed == []
    await person.leave()


async def test_a_link_that_was_used_says_what_to_do(browser: Browser, demo: RunningNode) -> None:
    link = demo.link()
    httpx.post(f"{demo.url}/api/session", json={"token": link.split("#")[1]}).raise_for_status()
    person = await Reader.sit_down(browser, demo.url)
    await person.page.goto(link)
    await person.page.get_by_text("xinglin link").first.wait_for()
    await person.leave()


async def test_a_further_device_signs_in_by_its_own_link(reader: Reader, browser: Browser, demo: RunningNode) -> None:
    link = await reader.add_device("七病区平板")
    tablet = await Reader.sit_down(browser, demo.url, size=PHONE)
    await tablet.sign_in(link)
    await tablet.leave()
