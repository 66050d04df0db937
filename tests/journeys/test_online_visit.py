"""A patient is seen again from home: asked for in words, accepted from the line, written and spoken to, face to face."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from PIL import Image
from playwright.async_api import Browser, Page, expect

from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database

from .pages import LAPTOP, PHONE, Language, Reader, chromium
from .small_hospital import OWN, PATIENT, PHYSICIAN, Hospital, small_hospital

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FAKE_DEVICES = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
_KEEP_CONNECTIONS = """
  const Real = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); window.connections.push(this); }
  };
"""
_DECODED = """async () => {
  const live = window.connections.filter((one) => one.connectionState === 'connected').at(-1);
  let frames = 0;
  for (const one of live ? (await live.getStats()).values() : [])
    if (one.type === 'inbound-rtp' && one.kind === 'video') frames += one.framesDecoded;
  return frames;
}"""
_WORDS = {
    "zh-CN": {"call": "叫号", "start": "接诊", "tag": "在线", "connected": "已接通", "waiting": "等待对方", "away": "暂时离开"},
    "en": {"call": "Call next", "start": "Start", "tag": "Online", "connected": "Connected", "waiting": "Waiting for the other", "away": "away for a moment"},
}  # fmt: skip


@pytest.fixture(scope="module")
async def hospital(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    client: Client = await open_bus(bus_settings, name="web")
    async with small_hospital(database, client, tmp_path_factory.mktemp("web")) as running:
        yield running
    await client.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium(*FAKE_DEVICES) as running:
        yield running


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_return_visit_from_home_by_words_photo_and_video_and_the_doctor_who_leaves_comes_back(
    hospital: Hospital, browser: Browser, language: Language
) -> None:
    words, service = _WORDS[language], await _seen_before(hospital)
    patient = await _sit_down(hospital, browser, PATIENT, language, PHONE)
    doctor = await _sit_down(hospital, browser, PHYSICIAN, language, LAPTOP)
    visit = await _asked(hospital, patient, service, language)
    await _accepted(hospital, doctor, service, words)
    await expect(patient.page.get_by_test_id("standing")).to_have_attribute("data-state", "in_room", timeout=15_000)
    await expect(doctor.page.get_by_test_id("message")).to_contain_text("150/92")

    for one in (doctor, patient):
        await one.page.get_by_test_id("video-begin").click()
        await one.page.get_by_test_id("video-join").wait_for()
    await _picture(patient.page, f"online-check-{language}")
    for one in (doctor, patient):
        await one.page.get_by_test_id("video-join").click()
    await _face_to_face(patient.page, doctor.page, words)
    await _picture(patient.page, f"online-call-{language}")
    await _picture(doctor.page, f"online-room-{language}")
    for one in (doctor, patient):
        assert await one.violations() == []
        assert await one.fits_the_screen()
    await _write(doctor.page, "药按时吃了吗？")
    await expect(patient.page.get_by_test_id("message").last).to_contain_text("药按时吃了吗")
    await _write(patient.page, "按时吃了")
    await expect(doctor.page.get_by_test_id("message").last).to_contain_text("按时吃了")
    await _show(patient.page)
    photo = doctor.page.get_by_test_id("message").last.locator("img")
    await expect(photo).to_be_visible()
    assert await photo.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 400

    await doctor.page.goto(f"{hospital.url}/queue?service={service}")
    await expect(patient.page.get_by_test_id("presence")).to_contain_text(words["away"], timeout=15_000)
    await expect(patient.page.get_by_test_id("video-state")).to_contain_text(words["waiting"])
    await _write(patient.page, "医生您还在吗")
    await doctor.page.goto(f"{hospital.url}/rooms/{visit}")
    await expect(doctor.page.get_by_test_id("message").last).to_contain_text("医生您还在吗")
    await doctor.page.get_by_test_id("video-begin").click()
    await doctor.page.get_by_test_id("video-join").click()
    await _face_to_face(patient.page, doctor.page, words)

    await patient.page.get_by_test_id("video-leave").click()
    await expect(doctor.page.get_by_test_id("video-state")).to_contain_text(words["waiting"])
    await patient.page.reload()
    await expect(patient.page.get_by_test_id("message")).to_have_count(5)
    await patient.page.get_by_test_id("end").click()
    await patient.page.locator(".ant-popconfirm .ant-btn-primary").click()
    await expect(patient.page.get_by_test_id("write")).to_have_count(0)
    await expect(doctor.page.get_by_test_id("video")).to_have_count(0)
    for one in (doctor, patient):
        assert one.strayed == [] and one.complaints == []
        await one.leave()


async def test_without_a_camera_the_visit_goes_on_by_words_and_says_why(hospital: Hospital) -> None:
    service = await _seen_before(hospital)
    async with chromium() as plain:
        patient = await _sit_down(hospital, plain, PATIENT, "zh-CN", PHONE)
        doctor = await _sit_down(hospital, plain, PHYSICIAN, "zh-CN", LAPTOP)
        await _asked(hospital, patient, service, "zh-CN")
        await _accepted(hospital, doctor, service, _WORDS["zh-CN"])
        await patient.page.get_by_test_id("video-begin").click(timeout=15_000)
        await expect(patient.page.get_by_test_id("video-trouble")).to_contain_text("继续用文字和照片")
        await _picture(patient.page, "online-no-camera")
        await _write(patient.page, "看不到摄像头")
        await expect(doctor.page.get_by_test_id("message").last).to_contain_text("看不到摄像头")
        await doctor.page.evaluate(
            "fetch(location.pathname.replace('/rooms/', '/api/online-visits/') + '/end', {method: 'POST'})"
        )
        await expect(patient.page.get_by_test_id("write")).to_have_count(0, timeout=15_000)


async def _asked(hospital: Hospital, patient: Reader, service: str, language: Language) -> str:
    """Ask on the phone: an emergency first, which is refused, then what may wait; and write before the doctor comes."""
    page = patient.page
    await page.goto(f"{hospital.url}/online")
    await page.locator(".online-asking button.choice").filter(has_text=f"心内科 {service[:4]}").click()
    await page.get_by_test_id("complaint").fill("胸口痛得厉害，出冷汗")
    await page.get_by_test_id("agree").check()
    await page.get_by_test_id("ask").click()
    await expect(page.get_by_test_id("refused")).to_contain_text("120")
    assert patient.complaints and all("422" in one for one in patient.complaints)
    patient.complaints.clear()
    await _picture(page, f"online-ask-{language}")
    assert await patient.violations() == []
    assert await patient.fits_the_screen()
    await page.get_by_test_id("complaint").fill("高血压复诊，想续药")
    for target in ("ask", "agree"):
        box = (
            await page.get_by_test_id(target)
            .locator("xpath=ancestor-or-self::*[self::button or self::label]")
            .bounding_box()
        )
        assert box is not None and box["height"] >= 60
    await page.get_by_test_id("ask").click()
    await page.wait_for_url("**/online/*")
    await _write(page, "最近血压 150/92")
    sizes = (
        await page.get_by_test_id("message")
        .locator("p")
        .evaluate_all("found => found.map((one) => parseFloat(getComputedStyle(one).fontSize))")
    )
    assert min(sizes) >= 18
    await _picture(page, f"online-waiting-{language}")
    return page.url.rpartition("/")[2]


async def _accepted(hospital: Hospital, doctor: Reader, service: str, words: dict[str, str]) -> None:
    await doctor.page.goto(f"{hospital.url}/queue?service={service}&room=3")
    await expect(doctor.page.get_by_test_id("queue-entry")).to_contain_text(words["tag"])
    await doctor.page.get_by_role("button", name=words["call"]).click()
    await doctor.page.get_by_role("button", name=words["start"]).click()
    await doctor.page.wait_for_url("**/rooms/*")
    await doctor.page.get_by_test_id("online-panel").wait_for()


async def _face_to_face(patient: Page, doctor: Page, words: dict[str, str]) -> None:
    """Until each side decodes more and more frames of the other."""
    for page in (patient, doctor):
        await expect(page.get_by_test_id("video-state")).to_contain_text(words["connected"], timeout=30_000)
        await page.wait_for_function(
            f"async () => (window.seen ??= [], window.seen.push(await ({_DECODED})()), window.seen.at(-1) > 5)",
            timeout=30_000,
        )
        before = await page.evaluate(_DECODED)
        await page.wait_for_function(
            f"async (before) => (await ({_DECODED})()) > before + 5", arg=before, timeout=30_000
        )
        print(f"frames decoded: {before} and growing")


async def _write(page: Page, text: str) -> None:
    await page.get_by_test_id("write").fill(text)
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("write")).to_have_value("")


async def _show(page: Page) -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (180, 60, 60)).save(out, "PNG")
    await page.locator("input[type=file]").set_input_files(
        {"name": "rash.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )


async def _sit_down(
    hospital: Hospital, browser: Browser, person: Any, language: Language, size: tuple[int, int]
) -> Reader:
    reader = await hospital.sit_down(browser, person, language=language, size=size)
    await reader.page.add_init_script(_KEEP_CONNECTIONS)
    return reader


async def _seen_before(hospital: Hospital) -> str:
    """A department in which the patient was seen in person three weeks ago."""
    service, ended = str(uuid.uuid4()), (datetime.now(UTC) - timedelta(days=21)).isoformat()
    made = [
        {
            "resourceType": "HealthcareService",
            "id": service,
            "name": f"心内科 {service[:4]}",
            "providedBy": {"reference": "Organization/cardiology"},
        },
        {
            "resourceType": "Encounter",
            "id": str(uuid.uuid4()),
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": f"Patient/{OWN}"},
            "participant": [{"individual": {"reference": "Practitioner/doctor-wang"}}],
            "serviceProvider": {"reference": "Organization/cardiology"},
            "period": {"start": ended, "end": ended},
        },
    ]
    async with hospital.database.transaction() as connection:
        await hospital.store.put_all(connection, made, Cause("test"))
    return service


async def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("XINGLIN_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
