"""Care and consent: a closed record is opened in an emergency, reviewed, explained, and closed by its patient."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page

from xinglin.business_platform.access.policy.viewers import Viewer
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database

from .pages import LAPTOP, PHONE, Language, chromium
from .small_hospital import (
    CARED,
    CLOSED,
    CLOSED_NUMBER,
    DIRECTOR,
    OWN,
    PATIENT,
    PHYSICIAN,
    SECURITY,
    Hospital,
    consents_of,
    small_hospital,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

REASON = "患者昏迷，须核对过敏史"


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
    async with chromium() as running:
        yield running


async def break_the_glass(page: Page) -> None:
    """From the closed record, by keyboard, with one of the common reasons."""
    await page.get_by_test_id("closed-record").get_by_role("button", name="紧急查阅").click()
    workspace = page.locator(".workspace")
    await workspace.get_by_role("button", name="抢救中").press("Enter")
    await workspace.locator("textarea").press("Control+Enter")
    await page.get_by_test_id("emergency-banner").wait_for()


async def test_a_physician_opens_a_closed_record_by_number_and_closes_it_again(
    hospital: Hospital, browser: Browser
) -> None:
    doctor = await hospital.sit_down(browser, PHYSICIAN)
    page = doctor.page
    await page.goto(f"{hospital.url}/patients?find={CLOSED_NUMBER}")
    await page.get_by_role("link", name="紧急时按号码查找").click()
    found = page.get_by_test_id("candidates").locator("li")
    await found.wait_for()
    assert "钱**" in await found.inner_text()
    assert "国强" not in await page.locator("main").inner_text()
    await found.get_by_role("button").click()
    await page.locator(".workspace textarea").fill(REASON)
    await page.keyboard.press("Control+Enter")
    await page.get_by_test_id("patient-banner").wait_for()
    assert "钱国强" in await doctor.banner()
    banner = page.get_by_test_id("emergency-banner")
    await banner.get_by_text("还剩 59:").wait_for()
    await page.get_by_test_id("result").first.wait_for()
    await banner.get_by_role("button", name="结束").click()
    await page.get_by_test_id("closed-record").wait_for()
    assert "钱国强" not in await page.locator("main").inner_text()
    assert doctor.strayed == []
    await doctor.leave()


async def test_a_reason_too_short_opens_nothing_and_escape_closes_the_question(
    hospital: Hospital, browser: Browser
) -> None:
    doctor = await hospital.sit_down(browser, PHYSICIAN)
    page = doctor.page
    await page.goto(f"{hospital.url}/patients/{CLOSED}")
    await page.get_by_test_id("closed-record").get_by_role("button").click()
    await page.locator(".workspace textarea").fill("急")
    await page.keyboard.press("Control+Enter")
    assert "还差 5 个字" in await page.locator(".workspace").inner_text()
    assert await page.locator(".workspace [aria-invalid=true]").count() == 1
    await page.keyboard.press("Escape")
    await page.locator(".workspace").wait_for(state="detached")
    assert await page.get_by_test_id("patient-banner").count() == 0
    await doctor.leave()


async def test_why_a_record_is_closed_is_told_from_the_refusal(hospital: Hospital, browser: Browser) -> None:
    doctor = await hospital.sit_down(browser, PHYSICIAN)
    page = doctor.page
    await page.goto(f"{hospital.url}/patients/{CLOSED}")
    await page.get_by_test_id("closed-record").get_by_role("link", name="为何被拒").click()
    answer = page.get_by_test_id("why-answer")
    await answer.wait_for()
    told = await answer.inner_text()
    assert "您不可以" in told and "没有规则允许" in told and "您没有亲自诊治该患者" in told
    await page.goto(f"{hospital.url}/why?about=Patient/{CARED}")
    await answer.get_by_text("您正在亲自诊治该患者").wait_for()
    assert "in-care" in await answer.inner_text()
    await doctor.leave()


async def test_the_security_office_sees_a_broken_glass_at_once_and_judges_it(
    hospital: Hospital, browser: Browser
) -> None:
    await hospital.policies.break_glass(PHYSICIAN, CLOSED, REASON)
    before = len(await hospital.policies.glasses(SECURITY, own=False, unreviewed=True))
    office = await hospital.sit_down(browser, SECURITY)
    page = office.page
    await page.goto(hospital.url)
    await page.wait_for_url("**/review")
    card = page.get_by_test_id("to-review").filter(has_text=REASON).first
    await card.wait_for()
    badge = page.get_by_test_id("review-count")
    assert str(before) in await badge.inner_text()
    assert "进行中" in await card.inner_text()
    await card.get_by_text("目前的照护关系").click()
    await card.get_by_text("李秀英").wait_for()
    await card.get_by_role("button", name="不当").click()
    await card.get_by_role("button", name="确认判定").click()
    assert await card.get_by_role("alert").inner_text() == "判定为不当时，请写明依据"
    await card.locator("textarea").fill("当时患者清醒，无须紧急查阅")
    await card.get_by_role("button", name="确认判定").click()
    await page.wait_for_function(
        "before => document.querySelectorAll('[data-testid=to-review]').length === before - 1", arg=before
    )
    judged = [one for one in await hospital.policies.glasses(SECURITY, own=False, unreviewed=False) if one.verdict]
    assert [(one.verdict, one.remark) for one in judged] == [("unjustified", "当时患者清醒，无须紧急查阅")]
    await office.leave()


async def test_who_can_see_a_result_is_told_with_the_rule_that_decides(hospital: Hospital, browser: Browser) -> None:
    office = await hospital.sit_down(browser, SECURITY)
    page = office.page
    await page.goto(f"{hospital.url}/rules?part=who")
    await page.get_by_label("记录编号").fill("Observation/result-sensitive")
    await page.keyboard.press("Enter")
    await page.get_by_test_id("who-answer").wait_for()
    rows = {}
    for row in await page.get_by_test_id("viewer").all():
        who = (await row.locator("th").inner_text()).replace("\n", " ")
        rows[who] = await row.locator("td").all_inner_texts()
    (treating,) = [cells for who, cells in rows.items() if "王建国" in who]
    (unit,) = [cells for who, cells in rows.items() if "心内科" in who]
    assert treating[0] == "可以看" and "in-care" in treating[1]
    assert unit[0] == "不能看" and "sensitive-masked" in unit[1]
    assert rows["医务管理"][0] == "可以看"
    assert rows["护士"][0] == "不能看"
    await office.leave()


async def test_a_rule_is_amended_after_it_was_checked_and_others_changes_are_kept(
    hospital: Hospital, browser: Browser
) -> None:
    office = await hospital.sit_down(browser, SECURITY)
    page = office.page
    await page.goto(f"{hospital.url}/rules?part=amend")
    editor, check = page.get_by_label("规则原文"), page.get_by_test_id("law-check")
    await editor.wait_for()
    law = await editor.input_value()
    await editor.fill(law.replace("{ resource.denied }", "{ resource.denyed }"))
    await check.filter(has_text="consent-denies").wait_for()
    assert await page.get_by_role("button", name="提交生效").is_disabled()
    await editor.fill(law.replace("The patient has shut this out by a consent", "Shut by consent"))
    await check.filter(has_text="可以生效").wait_for()
    assert await page.locator(".change-changed").count() == 1
    await page.get_by_label("修改说明").fill("文字更简短")
    others = await hospital.sit_down(browser, SECURITY)
    meanwhile = await others.page.request.post(
        f"{hospital.url}/api/access/laws",
        data={"text": law.replace("Whoever is signed in", "Anybody signed in"), "note": "other", "rests_on": 0},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert meanwhile.status == 201, await meanwhile.text()
    await page.get_by_role("button", name="提交生效").click()
    await page.get_by_text("规则已被他人修改").wait_for()
    await page.get_by_role("button", name="读取最新").click()
    await page.locator(".change").nth(2).wait_for()
    assert "Shut by consent" in await editor.input_value()
    await page.get_by_role("button", name="提交生效").click()
    await page.get_by_test_id("rule").first.wait_for()
    await page.get_by_text("第 2 版 ·").wait_for()
    await others.leave()
    await office.leave()


async def test_a_patient_closes_their_record_to_all_but_those_who_treat_them_and_withdraws_it(
    hospital: Hospital, browser: Browser
) -> None:
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    page = patient.page
    await page.goto(hospital.url)
    await page.wait_for_url("**/visit")
    await page.locator('nav a[href="/my-consent"]').click()
    await page.locator(".big-choice").first.click()
    await page.locator(".workspace").get_by_role("button", name="确定").click()
    given = page.locator("[data-testid=consent][data-status=active]")
    await given.wait_for()
    assert "只给看病的人看" in await given.inner_text()
    assert (await consents_of(hospital, OWN))[0]["status"] == "active"
    desk = {role.role: role.allowed for role in await seen_by(hospital, f"{OWN}-k") if role.relation == "none"}
    assert desk["technician"] is False
    assert [one.allowed for one in await seen_by(hospital, f"{OWN}-k") if one.party == "Practitioner/doctor-li"] == [
        True,
        True,
    ]
    await given.get_by_role("button", name="撤回").click()
    await given.get_by_role("button", name="撤回").click()
    await page.get_by_text("已撤回，立即生效").wait_for()
    await given.wait_for(state="detached")
    assert (await consents_of(hospital, OWN))[0]["status"] == "inactive"
    assert {one.role for one in await seen_by(hospital, f"{OWN}-k") if one.relation == "none" and one.allowed} >= {
        "technician"
    }
    assert patient.strayed == [] and patient.complaints == []
    await patient.leave()


async def seen_by(hospital: Hospital, observation: str) -> list[Viewer]:
    return (await hospital.policies.viewers(SECURITY, "Observation", observation)).viewers


async def test_a_patient_names_a_doctor_who_then_sees_the_record(hospital: Hospital, browser: Browser) -> None:
    doctor = await hospital.sit_down(browser, PHYSICIAN)
    await doctor.page.goto(f"{hospital.url}/patients/{OWN}")
    await doctor.page.get_by_test_id("closed-record").wait_for()
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    page = patient.page
    await page.goto(f"{hospital.url}/my-consent")
    await page.locator(".big-choice").nth(1).click()
    await page.get_by_label("医生姓名").first.fill("王建国")
    await page.get_by_test_id("doctor").filter(has_text="王建国").click()
    await page.locator(".workspace").get_by_role("button", name="确定").click()
    await page.locator("[data-testid=consent][data-status=active]").filter(has_text="王建国").wait_for()
    await doctor.page.reload()
    await doctor.page.get_by_test_id("patient-banner").wait_for()
    await doctor.leave()
    await patient.leave()


async def test_targets_for_patients_are_large_enough_for_old_hands(hospital: Hospital, browser: Browser) -> None:
    patient = await hospital.sit_down(browser, PATIENT, size=PHONE)
    await patient.page.goto(f"{hospital.url}/my-consent")
    await patient.page.locator(".big-choice").nth(2).click()
    await patient.page.locator(".workspace form").wait_for()
    targets = patient.page.locator(".for-patients :is(button, a, input:not([type=radio]), label:has(input), summary)")
    for target in await targets.all():
        box = await target.bounding_box()
        assert box is None or box["height"] >= 44, await target.inner_text()
    assert await patient.fits_the_screen()
    await patient.leave()


PLACES = {
    PHYSICIAN.name: ("/emergency", f"/patients/{CLOSED}", f"/why?about=Patient/{CLOSED}"),
    SECURITY.name: (
        "/review?show=all",
        "/rules",
        f"/rules?part=who&about=Patient/{CLOSED}",
        "/rules?part=history",
        "/rules?part=amend",
    ),
    PATIENT.name: ("/my-consent",),
    DIRECTOR.name: (f"/patients/{CARED}",),
}


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_none_of_these_pages_keeps_anybody_out(
    hospital: Hospital, browser: Browser, language: Language, size: tuple[int, int]
) -> None:
    found: dict[str, list[str]] = {}
    for person in (PHYSICIAN, SECURITY, PATIENT, DIRECTOR):
        reader = await hospital.sit_down(browser, person, language=language, size=size)
        for place in PLACES[person.name]:
            await reader.page.goto(hospital.url + place)
            await reader.page.locator("main h1").first.wait_for()
            await reader.page.wait_for_timeout(600)
            found[place] = await reader.violations()
            if not await reader.fits_the_screen():
                found[place].append("wider than the screen")
        assert reader.strayed == []
        await reader.leave()
    assert {place: problems for place, problems in found.items() if problems} == {}
