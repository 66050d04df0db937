"""A patient is seen from home: only where the rules allow it, and what both sides write arrives once and in order."""

from __future__ import annotations

import asyncio
import base64
import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clinic import Clinic
from from_home import URL, ask, at_home, earlier, picture, say, seen_online
from PIL import Image

from xinglin.applications.internet_hospital import InternetHospitalSettings, Online
from xinglin.applications.internet_hospital.online import Calls, Closing, OnlineVisits
from xinglin.applications.internet_hospital.online.asking import months_before, seen_in
from xinglin.applications.internet_hospital.online.photo import rewritten
from xinglin.applications.virtual_doctor import how_urgent
from xinglin.business_platform.scheduling.queue import Queue
from xinglin.foundation.bus import Passing
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def test_a_patient_seen_last_month_stands_in_the_same_line_from_home_under_a_kept_consent(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    options = (await clinic.client.get(f"{URL}/options", params={"patient": patient}, headers=who)).json()
    assert [one["service"] for one in options["departments"]] == [clinic.service]
    assert options["departments"][0]["practitioner_name"] == "wang" and len(options["consent"]["zh"]) >= 4
    asked = await ask(clinic, who, patient)
    assert asked.status_code == 200, asked.text
    shown = asked.json()
    assert (shown["state"], shown["side"], shown["is_open"]) == ("waiting", "patient", True)
    encounter = await clinic.read("Encounter", shown["encounter"])
    assert encounter["class"]["code"] == "VR" and encounter["reasonCode"] == [{"text": "高血压复诊，想续药"}]
    assert encounter["serviceProvider"] == {"reference": "Organization/cardiology"}
    (consent,) = await clinic.found("Consent", ("patient", f"Patient/{patient}"))
    kept = base64.b64decode(consent["sourceAttachment"]["data"]).decode()
    assert consent["status"] == "active" and options["consent"]["zh"][0] in kept
    assert options["consent"]["version"] in consent["policy"][0]["uri"] and "provision" not in consent
    desk = clinic.let_in("desk", "registrar")
    line = (await clinic.client.get(f"/api/queue/services/{clinic.service}", headers=desk)).json()
    assert [one["is_online"] for one in line["entries"] if one["encounter"] == shown["encounter"]] == [True]
    screen = (await clinic.client.get(f"/api/queue/services/{clinic.service}/screen", headers=desk)).json()
    assert all(one["number"] != _number(line, shown["encounter"]) for one in screen["next"])


def _number(line: dict[str, Any], visit: str) -> int:
    return int(next(one["number"] for one in line["entries"] if one["encounter"] == visit))


async def test_the_same_request_sent_twice_at_once_is_one_visit(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    key = str(uuid.uuid4())
    both = await asyncio.gather(*(ask(clinic, who, patient, key=key) for _ in range(2)))
    assert [one.status_code for one in both] == [200, 200]
    assert len({one.json()["encounter"] for one in both}) == 1
    assert len(await clinic.found("Consent", ("patient", f"Patient/{patient}"))) == 1
    mine = (await clinic.client.get(URL, headers=who)).json()
    assert [one["encounter"] for one in mine] == [both[0].json()["encounter"]]


@pytest.mark.parametrize(
    ("further", "months_ago"),
    [
        ({}, 1000),
        ({}, 4),
        ({"class": {"code": "VR"}}, 1),
        ({"status": "cancelled"}, 1),
        ({"serviceProvider": {"reference": "Organization/other"}}, 1),
    ],
    ids=["never-seen", "seen-four-months-ago", "seen-online-only", "did-not-come", "seen-in-another-department"],
)
async def test_a_first_visit_is_sent_to_the_hospital_and_told_what_to_do(
    clinic: Clinic, further: dict[str, Any], months_ago: float
) -> None:
    patient, who = await at_home(clinic, months_ago=months_ago, **further)
    refused = await ask(clinic, who, patient)
    assert refused.status_code == 422 and "Book an appointment" in refused.json()["title"]
    assert await clinic.found("Consent", ("patient", f"Patient/{patient}")) == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("胸口痛得厉害，出冷汗", "120"),
        ("chest pain and sweating for an hour", "120"),
        ("突然半边身子动不了，说话不清", "120"),
        ("孩子发烧两天 39.5 度", "today"),
    ],
)
async def test_an_emergency_is_never_put_into_a_line(clinic: Clinic, words: str, what: str) -> None:
    patient, who = await at_home(clinic)
    refused = await ask(clinic, who, patient, complaint=words)
    assert refused.status_code == 422 and what in refused.json()["title"]
    assert (await clinic.client.get(URL, headers=who)).json() == []


async def test_without_agreeing_to_the_text_in_force_nobody_is_seen_online(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    for version in ("", "2020-01"):
        assert (await ask(clinic, who, patient, consent=version)).status_code == 400


async def test_a_child_under_six_needs_a_guardian_who_is_named_to_the_doctor(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    child = await clinic.read("Patient", patient)
    five = (datetime.now(UTC) - timedelta(days=5 * 366)).date().isoformat()
    await clinic.put({**child, "birthDate": five})
    refused = await ask(clinic, who, patient)
    assert refused.status_code == 422 and "guardian" in refused.json()["title"]
    asked = await ask(clinic, who, patient, guardian={"name": "陈芳", "relation": "母亲"})
    assert asked.status_code == 200 and asked.json()["guardian"] == "母亲 陈芳"
    assert "陈芳" in (await clinic.found("Consent", ("patient", f"Patient/{patient}")))[0]["performer"][0]["display"]


async def test_where_nobody_knows_the_age_the_desk_is_asked_first(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    found = await clinic.read("Patient", patient)
    await clinic.put({name: value for name, value in found.items() if name != "birthDate"})
    assert "date of birth" in (await ask(clinic, who, patient)).json()["title"]


async def test_nobody_asks_for_a_stranger_and_no_stranger_reads_or_writes(clinic: Clinic, wang: dict[str, str]) -> None:
    patient, who = await at_home(clinic)
    _, other = await at_home(clinic)
    assert (await ask(clinic, who, patient)).status_code == 200
    stranger = {"patient": patient, "service": clinic.service, "complaint": "复诊", "consent": "x", "key": "k" * 10}
    assert (await clinic.client.post(URL, json=stranger, headers=other)).status_code == 403
    visit, _, _ = await seen_online(clinic)
    colleague = clinic.let_in("li", "physician", practitioner="li", units=("cardiology",))
    for outsider in (other, colleague):
        for answer in (
            await clinic.client.get(f"{URL}/{visit}", headers=outsider),
            await say(clinic, outsider, visit, "hello"),
            await clinic.client.get(f"{URL}/{visit}/live", params={"seat": "s"}, headers=outsider),
            await clinic.client.post(
                f"{URL}/{visit}/signals", json={"seat": "s", "messages": ["{}"]}, headers=outsider
            ),
            await clinic.client.get(f"{URL}/{visit}/ice", headers=outsider),
        ):
            assert answer.status_code in (403, 404), answer.text
    assert (await clinic.client.get(f"{URL}/{visit}", headers=wang)).status_code == 200


async def test_messages_arrive_once_in_order_and_are_marked_when_read(clinic: Clinic, wang: dict[str, str]) -> None:
    visit, _, who = await seen_online(clinic)
    key = str(uuid.uuid4())
    twice = await asyncio.gather(*(say(clinic, who, visit, "血压 150/90", key) for _ in range(3)))
    assert {one.status_code for one in twice} == {200}
    await asyncio.gather(*(say(clinic, who, visit, f"第 {n} 条") for n in range(5)))
    await say(clinic, wang, visit, "药按时吃了吗？ <b>")
    shown = (await clinic.client.get(f"{URL}/{visit}", headers=who)).json()["messages"]
    assert [one["number"] for one in shown] == list(range(1, 8))
    assert shown[0]["text"] == "血压 150/90" and shown[-1]["text"] == "药按时吃了吗？ <b>"
    assert [one["side"] for one in shown] == ["patient"] * 6 + ["doctor"]
    assert all(one["read_at"] is None for one in shown)
    read = await clinic.client.post(f"{URL}/{visit}/read", json={"up_to": 7}, headers=wang)
    by_doctor = read.json()["messages"]
    assert [one["read_at"] is not None for one in by_doctor] == [True] * 6 + [False]
    communication = await clinic.read("Communication", shown[0]["id"])
    assert communication["encounter"] == {"reference": f"Encounter/{visit}"} and communication["received"]
    assert communication["recipient"] == [{"reference": "Practitioner/wang"}]


async def test_a_patient_who_waits_may_write_before_any_doctor_has_come(clinic: Clinic) -> None:
    patient, who = await at_home(clinic)
    visit = (await ask(clinic, who, patient)).json()["encounter"]
    sent = await say(clinic, who, visit, "今早血压 150/92")
    assert sent.status_code == 200 and sent.json()["messages"][0]["text"] == "今早血压 150/92"
    assert "recipient" not in await clinic.read("Communication", sent.json()["messages"][0]["id"])


async def test_a_photo_is_kept_without_place_and_camera_and_shown_to_the_two_alone(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    visit, _, who = await seen_online(clinic)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 48.0)
    taken = picture(exif=exif.tobytes(), comment=b"SecretComment") + b"<script>hidden</script>"
    assert b"SecretCamera" in taken and b"SecretComment" in taken
    sent = await clinic.client.post(f"{URL}/{visit}/photos", params={"key": "photo-0001"}, content=taken, headers=who)
    assert sent.status_code == 200, sent.text
    again = await clinic.client.post(f"{URL}/{visit}/photos", params={"key": "photo-0001"}, content=taken, headers=who)
    assert len(again.json()["messages"]) == 1
    address = sent.json()["messages"][0]["photo"]
    held = await clinic.client.get(address, headers=wang)
    assert held.status_code == 200 and held.headers["content-type"] == "image/jpeg"
    for secret in (b"Secret", b"Exif", b"script"):
        assert secret not in held.content
    with Image.open(io.BytesIO(held.content)) as found:
        assert found.size == (1365, 2048) and not found.getexif()  # upright, and no longer than 2048
    _, stranger = await at_home(clinic)
    binary = (await clinic.read("Media", address.rpartition("/")[2]))["content"]["url"]
    assert (await clinic.client.get(address, headers=stranger)).status_code in (403, 404)
    assert (await clinic.client.get(f"/fhir/{binary}", headers=stranger)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 415),
        (b"GIF89a" + b"\0" * 50, 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 415),
        (picture()[:2000], 415),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, 415),
        (b"\xff" * (10 * 2**20 + 1), 413),
    ],
    ids=["nothing", "gif", "svg", "cut-off", "broken-png", "too-large"],
)
async def test_what_is_no_photo_is_refused_in_words_and_nothing_is_kept(
    clinic: Clinic, content: bytes, status: int
) -> None:
    visit, _, who = await seen_online(clinic)
    sent = await clinic.client.post(f"{URL}/{visit}/photos", params={"key": "photo-0001"}, content=content, headers=who)
    assert sent.status_code == status, sent.text
    assert (await clinic.client.get(f"{URL}/{visit}", headers=who)).json()["messages"] == []
    assert await clinic.found("Media", ("encounter", f"Encounter/{visit}")) == []


def test_a_picture_that_unpacks_to_a_hundred_million_pixels_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(XinglinError) as refused:
        rewritten(picture("PNG", (12_000, 9_000)))
    assert refused.value.category is Category.TOO_LARGE


def test_a_see_through_picture_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(rewritten(out.getvalue()))) as found:
        assert found.convert("RGB").getpixel((4, 4)) == (255, 255, 255)


async def test_a_colleague_takes_over_and_the_patient_sees_with_whom_they_speak(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    visit, _, who = await seen_online(clinic)
    assert (await say(clinic, wang, visit, "稍等")).status_code == 200
    li = clinic.let_in("li", "physician", practitioner="li", units=("cardiology",))
    assert (await say(clinic, li, visit, "您好")).status_code == 403
    assert (await clinic.client.post(f"/api/rooms/{visit}/take-over", headers=li)).status_code == 200
    assert (await say(clinic, li, visit, "您好，我接着看")).status_code == 200
    shown = (await clinic.client.get(f"{URL}/{visit}", headers=who)).json()
    assert shown["doctors"] == ["wang", "li"] and shown["messages"][-1]["author"] == "li"


async def test_the_patient_says_where_the_drugs_go_until_they_are_handed_out_and_the_pharmacist_sees_it(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    visit, patient, who = await seen_online(clinic)
    where = {"how": "send", "address": "上海市徐汇区示范路 1 号 2 室", "phone": "13800000000"}
    for wrong in ({"how": "send"}, {"how": "send", "address": "上海市徐汇区"}, {"how": "drone"}):
        assert (await clinic.client.put(f"{URL}/{visit}/delivery", json=wrong, headers=who)).status_code == 400
    assert (await clinic.client.put(f"{URL}/{visit}/delivery", json=where, headers=wang)).status_code == 403
    await clinic.client.put(f"{URL}/{visit}/delivery", json={"how": "collect"}, headers=who)
    chosen = await clinic.client.put(f"{URL}/{visit}/delivery", json=where, headers=who)
    assert chosen.status_code == 200 and chosen.json()["delivery"] == where
    drug = {
        "id": "m1",
        "drug": "amlodipine-5mg",
        "name": "苯磺酸氨氯地平片",
        "dose": 5,
        "unit": "mg",
        "times_per_day": 1,
    }
    draft = {"version": 0, "content": {"drugs": [drug]}}
    await clinic.client.put(f"/api/rooms/{visit}/draft", json=draft, headers=wang)
    signing = {"version": 1, "patient": patient, "key": str(uuid.uuid4())}
    signed = (await clinic.client.post(f"/api/rooms/{visit}/sign", json=signing, headers=wang)).json()
    zhou = clinic.let_in("zhou", "pharmacist", practitioner="zhou")
    number = f"/api/prescriptions/{signed['prescription']}"
    assert (await clinic.client.get(number, headers=zhou)).json()["delivery"] == where
    for step in ("approve", "dispense"):
        assert (await clinic.client.post(f"{number}/{step}", json={}, headers=zhou)).status_code == 200
    late = await clinic.client.put(f"{URL}/{visit}/delivery", json={"how": "collect"}, headers=who)
    assert late.status_code == 409 and "pharmacy" in late.json()["title"]


async def test_after_the_end_everything_is_readable_and_nothing_is_written(
    clinic: Clinic, wang: dict[str, str]
) -> None:
    visit, _, who = await seen_online(clinic)
    await say(clinic, who, visit, "谢谢")
    for _ in range(2):
        ended = await clinic.client.post(f"{URL}/{visit}/end", headers=wang)
        assert ended.status_code == 200 and ended.json()["state"] == "finished"
    assert (await say(clinic, who, visit, "还有一个问题")).status_code == 409
    shown = (await clinic.client.get(f"{URL}/{visit}", headers=who)).json()
    assert not shown["is_open"] and [one["text"] for one in shown["messages"]] == ["谢谢"]
    signals = {"seat": "s", "messages": ["{}"]}
    assert (await clinic.client.post(f"{URL}/{visit}/signals", json=signals, headers=who)).status_code == 409
    assert (await clinic.read("Encounter", visit))["status"] == "finished"


async def test_a_visit_nobody_ended_is_ended_after_a_day_and_one_of_today_is_not(clinic: Clinic) -> None:
    visit, _, who = await seen_online(clinic)
    patient, other = await at_home(clinic)
    waiting = (await ask(clinic, other, patient)).json()["encounter"]

    class Tomorrow(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(hours=hours)

    node = clinic.node
    queue = Queue(node.database, node.resources, SystemClock(), SystemIds(), "Asia/Shanghai")
    bus = Passing(clinic.bus)
    online = Online(InternetHospitalSettings(), queue, how_urgent, bus)
    clock = Tomorrow()
    visits = OnlineVisits(node.database, node.resources, online, clock, SystemIds())
    closing = Closing(node.database, visits, Calls(bus, online.settings, clock), online, clock)
    hours = 23
    assert await closing.close_overdue() == 0
    hours = 25
    assert await closing.close_overdue() >= 2
    assert await closing.close_overdue() == 0
    assert (await clinic.client.get(f"{URL}/{visit}", headers=who)).json()["state"] == "finished"
    assert (await clinic.client.get(f"{URL}/{waiting}", headers=other)).json()["state"] == "left"


@pytest.mark.parametrize(
    "wrong",
    [
        {"seen_within_months": 0},
        {"online_hours": 100},
        {"photo_mib": 0},
        {"turn_urls": "turn:a.example"},
        {"turn_secret": "alone"},
        {"stun_urls": "http://a.example"},
        {"turn_urls": "stun:a", "turn_secret": "x"},
        {"guardian_under_years": -1},
        {"turn_minutes": 1},
    ],
)
def test_the_room_refuses_a_wrong_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(XinglinError) as refused:
        InternetHospitalSettings(**wrong)
    assert next(iter(wrong)) in refused.value.english


@pytest.mark.parametrize(
    ("at", "months", "before"),
    [
        (NOW, 3, NOW.replace(month=8)),
        (NOW.replace(month=1), 3, NOW.replace(year=2025, month=10)),
        (NOW.replace(month=5, day=31), 3, NOW.replace(month=2, day=28)),
        (NOW.replace(month=3, day=31), 3, NOW.replace(year=2025, month=12, day=31)),
        (NOW.replace(month=12), 12, NOW.replace(year=2025, month=12)),
    ],
)
def test_three_months_are_three_months_at_the_end_of_february_and_over_new_year(
    at: datetime, months: int, before: datetime
) -> None:
    assert months_before(at, months) == before


def test_a_visit_without_a_readable_time_counts_for_nothing() -> None:
    service = {"id": "s", "name": "内科"}
    visit = {"status": "finished", "class": {"code": "AMB"}, "serviceType": {"text": "内科"}}
    for period in ({}, {"start": "2026"}, {"start": "2026-11-01"}, {"end": "soon"}):
        assert seen_in([visit | {"period": period}], [service], NOW - timedelta(days=60)) == {}
    assert seen_in([visit | {"period": {"end": NOW.isoformat()}}], [service], NOW - timedelta(days=60)) == {
        "s": (NOW, None)
    }


def test_of_two_visits_the_later_tells_by_whom() -> None:
    service = {"id": "s", "providedBy": {"reference": "Organization/cardiology"}}
    first, second = earlier("p", NOW - timedelta(days=9)), earlier("p", NOW)
    second["participant"] = [{"individual": {"reference": "Practitioner/li"}}]
    for visits in ([first, second], [second, first]):
        assert seen_in(visits, [service], NOW - timedelta(days=30)) == {"s": (NOW, "li")}
