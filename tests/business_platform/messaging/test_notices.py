"""A patient is told once, in their language, without a word of what ails them; the bell rings in every process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from nats.aio.client import Client
from starlette.middleware import Middleware

from heard import heard
from xinglin.business_platform.messaging import Notice, Notices, Value, Words, module
from xinglin.business_platform.messaging.bell import Bell
from xinglin.business_platform.messaging.kinds import KINDS
from xinglin.business_platform.messaging.resource import shown
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Event, Passing
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import Principal, Touched
from xinglin.foundation.ids import SystemIds
from xinglin.server.telling import Telling

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()


class Desk:
    """Messaging and what tells through it, on one database."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()
        self.store = Store(self.clock, SystemIds())
        self.notices = Notices(self.store, self.clock, SystemIds(), "Asia/Shanghai")
        self.telling = Telling(self.store, self.notices, self.clock)

    async def put(self, *resources: dict[str, Any]) -> None:
        async with self.database.transaction() as connection:
            await self.store.put_all(connection, resources, Cause("test"))

    async def patient(self, **further: Any) -> str:
        id_ = str(uuid.uuid4())
        await self.put({"resourceType": "Patient", "id": id_, "name": [{"text": "赵敏"}], **further})
        return id_

    async def tell(self, *notices: Notice) -> int:
        async with self.database.transaction() as connection:
            return await self.notices.notify(connection, *notices)

    async def hear(self, patient: str, name: str, *, at: datetime = NOW, **body: Any) -> None:
        event = heard("any", name, f"Patient/{patient}", at, body)
        async with self.database.transaction() as connection:
            await self.telling.handle(connection, [event])

    async def kept(self, patient: str) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            page = await self.store.search(connection, "Communication", [("subject", f"Patient/{patient}")])
        return page.resources()

    async def kinds(self, patient: str) -> list[str]:
        return sorted(shown(one).kind for one in await self.kept(patient))


@pytest.fixture(scope="module")
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture(autouse=True)
def noon(desk: Desk) -> None:
    desk.clock.at = NOW


def _pages(desk: Desk, principal: Principal, client: Client) -> httpx.AsyncClient:
    class In:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope["xinglin.principal"], scope["xinglin.touched"] = principal, Touched()
            await self.app(scope, receive, send)

    app = FastAPI(middleware=[Middleware(In)])
    app.include_router(module(desk.database, desk.notices, Passing(client)).api)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node")


def _patient(*patients: str) -> Principal:
    return Principal("a", "赵敏", "user", "", roles=frozenset({"patient"}), patients=patients)


async def test_a_patient_is_told_once_however_often_it_is_said(desk: Desk) -> None:
    patient = await desk.patient()
    notice = Notice(f"bill/{patient}", "bill-ready", patient)
    assert await desk.tell(notice, notice) == 1
    assert await desk.tell(notice) == 0
    assert await desk.kinds(patient) == ["bill-ready"]


async def test_two_who_tell_the_same_at_one_moment_tell_it_once(desk: Desk) -> None:
    patient = await desk.patient()
    notice = Notice(f"bill/{patient}", "bill-ready", patient)
    told = await asyncio.gather(*(desk.tell(notice) for _ in range(4)), return_exceptions=True)
    assert sum(one for one in told if isinstance(one, int)) == 1
    assert await desk.kinds(patient) == ["bill-ready"]


async def test_what_is_undone_was_not_told(desk: Desk) -> None:
    patient = await desk.patient()
    with pytest.raises(RuntimeError):
        async with desk.database.transaction() as connection:
            await desk.notices.notify(connection, Notice(f"b/{patient}", "bill-ready", patient))
            raise RuntimeError
    assert await desk.kept(patient) == []


@pytest.mark.parametrize(("spoken", "kept"), [("en-GB", "en"), ("zh", "zh-CN"), (None, "zh-CN")])
async def test_a_notice_is_kept_in_the_patients_language_with_the_other_beside_it(
    desk: Desk, spoken: str | None, kept: str
) -> None:
    speaks = {"communication": [{"language": {"coding": [{"code": spoken}]}, "preferred": True}]} if spoken else {}
    patient = await desk.patient(**speaks)
    values: dict[str, Value] = {"department": Words("心内科", "Cardiology"), "start": NOW, "until": NOW}
    await desk.tell(Notice(patient, "slot-offered", patient, values))
    (one,) = await desk.kept(patient)
    assert one["language"] == kept
    page = shown(one)
    assert page.text_zh.startswith("心内科有 11月23日 12:00 的号源") and page.text_en.startswith(
        "Cardiology: 23 Nov 12:00"
    )
    assert one["payload"][0]["contentString"] == (page.text_en if kept == "en" else page.text_zh)


async def test_free_words_cannot_be_said_in_a_notice(desk: Desk) -> None:
    patient = await desk.patient()
    for kind, values in (("bill-ready", {"text": Words("HIV", "HIV")}), ("hello", {})):
        with pytest.raises(ValueError, match="no notice"):
            await desk.tell(Notice(patient, kind, patient, values))
    with pytest.raises(ValueError, match="80 characters"):
        await desk.tell(Notice(patient, "online-accepted", patient, {"department": Words("长" * 81, "")}))


def test_every_kind_says_the_same_things_in_both_languages() -> None:
    for kind in KINDS.values():
        for chinese, english in (kind.title, kind.text):
            assert chinese and english and english.isascii()
        assert {name for name in kind.values() if f"{{{name}}}" in kind.text.zh} == kind.values()
        assert {name for name in kind.values() if f"{{{name}}}" in kind.text.en} == kind.values()


async def test_nobody_is_told_anything_of_somebody_who_has_died(desk: Desk) -> None:
    patient = await desk.patient(deceasedBoolean=True)
    assert await desk.tell(Notice(patient, "bill-ready", patient)) == 0
    assert await desk.tell(Notice("nobody", "bill-ready", "nobody")) == 0


async def test_a_patient_whose_record_was_merged_is_told_under_the_one_it_went_into(desk: Desk) -> None:
    into = await desk.patient()
    merged = await desk.patient(link=[{"other": {"reference": f"Patient/{into}"}, "type": "replaced-by"}])
    await desk.tell(Notice(merged, "bill-ready", merged))
    assert await desk.kinds(into) == ["bill-ready"] and await desk.kept(merged) == []


async def test_the_newest_notice_stands_first_and_reading_it_takes_it_off_the_bell(desk: Desk, bus: Client) -> None:
    patient = await desk.patient()
    await desk.tell(*(Notice(f"{patient}/{n}", "bill-ready", patient) for n in range(31)))
    desk.clock.at += timedelta(minutes=1)
    await desk.tell(Notice(f"{patient}/new", "result-ready", patient))
    async with _pages(desk, _patient(patient), bus) as pages:
        first = (await pages.get("/api/notices")).json()
        assert first["unread"] == 32 and first["notices"][0]["kind"] == "result-ready" and first["next"]
        newest = first["notices"][0]["id"]
        assert (await pages.post("/api/notices/read", json={"ids": [newest]})).json() == {"unread": 31}
        assert (await pages.post("/api/notices/read", json={"ids": [newest]})).json() == {"unread": 31}
        assert (await pages.get("/api/notices")).json()["notices"][0]["read_at"] is not None
        assert (await pages.get("/api/notices/unread")).json() == {"unread": 31}


async def test_notices_sent_at_one_instant_are_not_lost_between_two_pages(desk: Desk, bus: Client) -> None:
    patient = await desk.patient()
    await desk.tell(*(Notice(f"{patient}/{n}", "bill-ready", patient) for n in range(40)))
    seen: set[str] = set()
    async with _pages(desk, _patient(patient), bus) as pages:
        after: str | None = None
        for _ in range(4):
            page = (await pages.get("/api/notices", params={"after": after} if after else {})).json()
            seen |= {one["id"] for one in page["notices"]}
            after = page["next"]
            if after is None:
                break
    assert len(seen) == 40


async def test_a_stranger_neither_reads_nor_marks_what_another_was_told(desk: Desk, bus: Client) -> None:
    patient, stranger = await desk.patient(), await desk.patient()
    await desk.tell(Notice(patient, "bill-ready", patient))
    (one,) = await desk.kept(patient)
    async with _pages(desk, _patient(stranger), bus) as pages:
        with pytest.raises(XinglinError, match="is not yours"):
            await pages.get("/api/notices", params={"patient": patient})
        await pages.post("/api/notices/read", json={"ids": [one["id"]]})
        assert (await pages.get("/api/notices")).json()["notices"] == []
    assert "received" not in (await desk.kept(patient))[0]


async def test_the_bell_rings_for_the_patient_and_for_nobody_else(desk: Desk, bus: Client) -> None:
    bell, patient, other = Bell(Passing(bus)), str(uuid.uuid4()), str(uuid.uuid4())

    async def first_ring(line: AsyncIterator[bytes]) -> bytes:
        async for said in line:
            if said.startswith(b"event: bell"):
                return said
        return b""

    async with aclosing(bell.line([patient])) as mine, aclosing(bell.line([other])) as theirs:  # type: ignore[type-var]
        assert await anext(mine) and await anext(theirs)
        ringing, silent = asyncio.create_task(first_ring(mine)), asyncio.create_task(first_ring(theirs))
        await asyncio.sleep(0.2)
        await Bell(Passing(bus)).handle(None, [_told(patient)])
        assert await asyncio.wait_for(ringing, 5) == b"event: bell\ndata: {}\n\n"
        assert not silent.done()
        silent.cancel()
        await asyncio.gather(silent, return_exceptions=True)


def _told(patient: str) -> Event:
    return heard("messaging", "message.sent", f"Patient/{patient}", NOW, {})


async def test_an_offered_place_is_told_while_it_can_be_taken(desk: Desk) -> None:
    patient, service = await desk.patient(), str(uuid.uuid4())
    await desk.put({"resourceType": "HealthcareService", "id": service, "name": "心内科门诊"})
    body: dict[str, Any] = {
        "appointment": f"Appointment/{patient}",
        "service": f"HealthcareService/{service}",
        "start": (NOW + timedelta(days=1)).isoformat(),
        "offer_until": (NOW + timedelta(minutes=10)).isoformat(),
    }
    await desk.hear(patient, "slot.offered", **body)
    desk.clock.at += timedelta(minutes=20)
    await desk.hear(patient, "slot.offered", **body)
    (one,) = await desk.kept(patient)
    assert "心内科门诊有 11月24日 12:00 的号源为您保留，请在 11月23日 12:10 前接受" in shown(one).text_zh


async def test_a_bill_is_told_once_however_often_it_changes_and_not_when_nothing_is_owed(desk: Desk) -> None:
    patient = await desk.patient()
    for id_, fen, status in (("owed", 1500, "draft"), ("free", 0, "draft"), ("paid", 1500, "balanced")):
        await desk.put(
            {
                "resourceType": "Invoice",
                "id": f"{id_}-{patient}",
                "status": status,
                "subject": {"reference": f"Patient/{patient}"},
                "totalGross": {"value": fen, "currency": "CNY"},
            }
        )
        for _ in range(2):
            await desk.hear(patient, "bill.changed", encounter="Encounter/x", invoice=f"Invoice/{id_}-{patient}")
    (one,) = await desk.kept(patient)
    assert one["about"] == [{"reference": f"Invoice/owed-{patient}"}]


@pytest.mark.parametrize(
    ("class_", "status", "issued", "kinds"),
    [
        ("AMB", "final", NOW, ["result-ready"]),
        ("AMB", "corrected", NOW, ["result-corrected"]),
        ("AMB", "preliminary", NOW, []),
        ("IMP", "final", NOW, []),
        ("AMB", "final", NOW - timedelta(days=30), []),
    ],
)
async def test_a_new_result_is_told_to_patients_at_home_and_names_no_test(
    desk: Desk, class_: str, status: str, issued: datetime, kinds: list[str]
) -> None:
    patient = await desk.patient()
    about = {"subject": {"reference": f"Patient/{patient}"}}
    visit = {
        "resourceType": "Encounter",
        "id": f"v-{patient}",
        "status": "finished",
        "class": {"code": class_},
        **about,
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": f"r-{patient}",
        "status": status,
        "code": {"text": "HIV 抗体"},
        "encounter": {"reference": f"Encounter/v-{patient}"},
        "issued": issued.isoformat(),
        **about,
    }
    await desk.put(visit, report)
    changes = [{"type": "DiagnosticReport", "id": f"r-{patient}", "version": 1, "status": "created"}]
    for _ in range(2):
        await desk.hear(patient, "resource.changed", changes=changes)
    assert await desk.kinds(patient) == kinds
    assert not any("HIV" in str(one) for one in await desk.kept(patient))


async def test_a_patient_at_home_is_told_that_the_doctor_is_there_and_one_in_the_waiting_room_is_called_there(
    desk: Desk,
) -> None:
    for class_, kinds in (("VR", ["online-accepted"]), ("AMB", [])):
        patient = await desk.patient()
        subject = {"reference": f"Patient/{patient}"}
        encounter = {"resourceType": "Encounter", "id": patient, "status": "in-progress", "subject": subject}
        await desk.put({**encounter, "class": {"code": class_}})
        await desk.hear(patient, "encounter.called", encounter=f"Encounter/{patient}", service=None, state="called")
        assert await desk.kinds(patient) == kinds


async def test_what_happened_days_ago_is_not_told_now(desk: Desk) -> None:
    patient = await desk.patient()
    old = NOW - timedelta(days=2)
    await desk.hear(patient, "prescription.approved", at=old, prescription=patient, references=[])
    assert await desk.kept(patient) == []
    await desk.hear(patient, "prescription.approved", prescription=patient, references=[])
    assert await desk.kinds(patient) == ["prescription-approved"]
