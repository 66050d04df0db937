"""What the Messages page asks: search, one message, running again, correcting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import PID, message, msh

from xinglin.foundation.clock import SystemClock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, problem
from xinglin.foundation.ids import SystemIds
from xinglin.gateways import hl7v2
from xinglin.gateways.hl7v2 import Hl7v2Settings, repository
from xinglin.gateways.hl7v2.repository import Filter
from xinglin.gateways.hl7v2.retention import Retention
from xinglin.gateways.hl7v2.routes import router

BROKEN = message(
    msh("ADT^A01", "bad", charset="GB18030"),
    PID.replace("19800102", "19801399"),
    "PV1|1|I|W07||||||||||||||||V1",
    charset="gb18030",
)


@pytest.fixture
async def page(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """The operations of the page, asked by somebody who was let in."""
    application = FastAPI()
    application.include_router(router(gateway.desk, SystemClock()))

    @application.middleware("http")
    async def let_in(request: Request, go_on: Any) -> Response:
        request.scope["xinglin.principal"] = Principal("1", "林医生", "user", "s")
        answer: Response = await go_on(request)
        return answer

    @application.exception_handler(XinglinError)
    async def speak(request: Request, error: XinglinError) -> Response:
        return problem(request, error)

    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        yield client


async def _list(page: httpx.AsyncClient, **asked: str) -> list[dict[str, Any]]:
    answer = await page.get("/api/messages", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


async def test_messages_are_found_by_number_patient_state_and_type(gateway: Gateway, page: httpx.AsyncClient) -> None:
    good = message(msh("ADT^A08", "ok"), PID)
    await gateway.take(good, BROKEN, good)
    everything = await _list(page)
    assert [one["control_id"] for one in everything] == ["bad", "ok"]
    assert everything[1]["repeats"] == 1
    assert everything[1]["sender"] == "HIS|HOSP"
    assert [one["control_id"] for one in await _list(page, query="M001")] == ["ok"]
    assert [one["control_id"] for one in await _list(page, query="bad")] == ["bad"]
    assert [one["control_id"] for one in await _list(page, state="dead")] == ["bad"]
    assert [one["control_id"] for one in await _list(page, type="ADT^A08")] == ["ok"]
    assert len(await _list(page, type="ADT")) == 2
    assert await _list(page, direction="out") == []
    first = (await page.get("/api/messages", params={"limit": "1"})).json()
    rest = await _list(page, before=first["next_before"])
    assert [one["control_id"] for one in rest] == ["ok"]


async def test_the_beginning_of_a_number_finds_a_message_in_whatever_case(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    people = [PID.replace("M001", number) for number in ("Mr-17", "Mr-18", "X_1%")]
    await gateway.take(*(message(msh("ADT^A08", f"LIS2026-{place}"), pid) for place, pid in enumerate(people)))
    wire = await gateway.wire()
    await wire.ask(message(msh("ADT^A08", "lis2026-waits"), PID))

    async def found(query: str) -> list[str]:
        return sorted(one["control_id"] for one in await _list(page, query=query))

    assert await found("lis2026") == ["LIS2026-0", "LIS2026-1", "LIS2026-2", "lis2026-waits"]
    assert await found("LIS2026-0") == ["LIS2026-0"]
    assert await found("mr-1") == ["LIS2026-0", "LIS2026-1"]
    assert await found("MR-18") == ["LIS2026-1"]
    assert await found("x_1%") == ["LIS2026-2"]
    assert await found("%") == await found("2026") == await found("_") == []


async def test_a_search_by_the_beginning_of_a_number_reads_indexes_and_not_the_whole_inbox(gateway: Gateway) -> None:
    asked: list[str] = []
    async with gateway.database.transaction() as connection:
        with connection.query_logger(lambda record: asked.append(record.query)):
            await repository.search(connection, Filter("mr-1"))
        await connection.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL plan_cache_mode = force_generic_plan"
        )
        await connection.execute(f"PREPARE asked AS {asked[0]}")
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN EXECUTE asked('mr-1', 51)"))
    assert "hl7_message_control_begins" in plan
    assert "hl7_message_patient_begins" in plan
    assert "Seq Scan" not in plan


class Later(SystemClock):
    """A clock that is some days ahead."""

    def __init__(self, days: int) -> None:
        self.days = days

    def now(self) -> datetime:
        return super().now() + timedelta(days=self.days)


async def test_processed_messages_are_forgotten_after_their_days_and_dead_letters_are_not(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    good = message(msh("ADT^A08", "ok"), PID)
    await gateway.take(
        good, BROKEN, message(msh("ADT^A08", "used"), PID), message(msh("ADT^A08", "used"), PID, "NK1|1")
    )
    kept_days = gateway.settings.keep_processed_days
    assert await Retention(gateway.database, kept_days, Later(kept_days - 1)).forget() == 0
    assert await Retention(gateway.database, kept_days, Later(kept_days + 1)).forget() == 1
    left = [(one["control_id"], one["state"]) for one in await _list(page)]
    assert left == [("used", "dead"), ("used", "processed"), ("bad", "dead")]
    await gateway.take(good)
    assert (await gateway.one("Patient"))["meta"]["versionId"] == "1"
    dead = await _list(page, query="bad")
    text = (await page.get(f"/api/messages/{dead[0]['id']}")).json()["text"].replace("19801399", "19801231")
    await page.post(f"/api/messages/{dead[0]['id']}/rerun", json={"text": text})
    await gateway.settle()
    retention = Retention(gateway.database, kept_days, Later(kept_days + 1))
    assert [await retention.forget(), await retention.forget()] == [2, 1]
    assert [one["control_id"] for one in await _list(page)] == ["used", "used"]


async def test_one_message_shows_text_acknowledgement_and_what_it_produced(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    await gateway.take(message(msh("ADT^A08", "ok", charset="GB18030"), PID, charset="gb18030"))
    found = (await page.get(f"/api/messages/{(await _list(page))[0]['id']}")).json()
    assert "张^伟" in found["text"]
    assert found["charset"] == "GB18030"
    assert [(one["type"], one["version"], one["status"]) for one in found["produced"]] == [("Patient", 1, "created")]
    assert "MSA|AA|ok" in found["ack"]


async def test_the_reason_is_told_in_the_readers_language(gateway: Gateway, page: httpx.AsyncClient) -> None:
    await gateway.take(BROKEN)
    assert (await _list(page))[0]["reason"] == "'19801399' is not a date or time"
    chinese = await page.get("/api/messages", headers={"accept-language": "zh-CN"})
    assert chinese.json()["messages"][0]["reason"] == "“19801399”不是有效的日期或时间"


async def test_a_corrected_message_runs_in_place_of_the_dead_one_which_is_kept(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    await gateway.take(BROKEN)
    dead = (await _list(page))[0]
    text = (await page.get(f"/api/messages/{dead['id']}")).json()["text"].replace("19801399", "19801231")
    new = (await page.post(f"/api/messages/{dead['id']}/rerun", json={"text": text})).json()
    await gateway.settle()
    assert (await gateway.one("Patient"))["birthDate"] == "1980-12-31"
    old = (await page.get(f"/api/messages/{dead['id']}")).json()
    fresh = (await page.get(f"/api/messages/{new['id']}")).json()
    assert (old["state"], fresh["state"]) == ("superseded", "processed")
    assert "19801399" in old["text"]
    assert (old["history"][0]["action"], old["history"][0]["by"], old["history"][0]["id"]) == (
        "corrected",
        "林医生",
        new["id"],
    )
    assert fresh["history"][0]["id"] == dead["id"]
    again = await page.post(f"/api/messages/{dead['id']}/rerun", json={"text": text})
    assert again.status_code == Category.CONFLICT.http_status


async def test_dead_letters_run_again_together_once_what_they_lacked_is_there(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    orphan = message(msh("ORM^O01", "late"), PID, "ORC|OC|P1^HIS")
    await gateway.take(orphan, BROKEN)
    await gateway.take(
        message(msh("ORM^O01", "first", at="20261122070000"), PID, "ORC|NW|P1^HIS", "OBR|1|P1^HIS||CT^CT^L")
    )
    ids = [one["id"] for one in await _list(page, state="dead")]
    asked = await page.post("/api/messages/rerun", json={"ids": [*ids, "999999"]})
    assert [one["state"] for one in asked.json()["messages"]] == ["received", "received"]
    await gateway.settle()
    states = {one["control_id"]: one["state"] for one in await _list(page)}
    assert states == {"late": "processed", "bad": "dead", "first": "processed"}
    assert (await gateway.one("ServiceRequest"))["status"] == "revoked"
    attempts = await gateway.rows("SELECT attempts FROM hl7_message WHERE control_id = 'late'")
    assert attempts == [{"attempts": 2}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PID|1",
        "MSH|^~\\&|A|B|||2026||ADT^A01||P|2.5",
        "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5||||||ASCII\rPID|1||张",
    ],
)
async def test_a_correction_that_is_no_message_is_refused_with_the_reason(
    gateway: Gateway, page: httpx.AsyncClient, text: str
) -> None:
    await gateway.take(BROKEN)
    dead = (await _list(page))[0]
    refused = await page.post(f"/api/messages/{dead['id']}/rerun", json={"text": text})
    assert refused.status_code == 400
    assert "the corrected text is no message" in refused.json()["title"]
    assert (await _list(page))[0]["state"] == "dead"


async def test_an_unknown_message_is_not_found_and_a_waiting_one_cannot_run_again(
    gateway: Gateway, page: httpx.AsyncClient
) -> None:
    assert (await page.get("/api/messages/404")).status_code == 404
    assert (await page.post("/api/messages/404/rerun", json={})).status_code == 404
    wire = await gateway.wire()
    await wire.ask(message(msh("ADT^A08", "waits"), PID))
    waiting = (await _list(page))[0]
    assert (await page.post(f"/api/messages/{waiting['id']}/rerun", json={})).status_code == 409


async def test_the_summary_counts_by_state(gateway: Gateway, page: httpx.AsyncClient) -> None:
    await gateway.take(BROKEN, message(msh("ADT^A08", "ok"), PID))
    told = (await page.get("/api/messages/summary")).json()
    assert told["counts"] == {"received": 0, "processed": 1, "dead": 1, "superseded": 0}
    assert told["messages_per_second"] > 0


async def test_the_room_names_its_permissions_events_and_figures(gateway: Gateway) -> None:
    room = hl7v2.module(gateway.database, gateway.store, SystemClock(), SystemIds(), gateway.settings)
    assert {route.openapi_extra["x-permission"] for route in room.api.routes} <= set(room.permissions)
    assert room.health is not None
    assert set(await room.health()) == {"waiting", "dead_letters", "processed_last_day", "received_last_minute"}
    names = await gateway.rows("SELECT DISTINCT name FROM event WHERE room = 'hl7v2'")
    assert {str(row["name"]) for row in names} <= set(room.events)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70_000},
        {"tls_certificate": "/nowhere.pem"},
        {"charset_when_absent": "KLINGON"},
        {"zone": "Mars/Olympus"},
        {"connections_max": 0},
        {"frame_bytes_max": 10},
        {"frame_bytes_max": 2**24, "buffered_bytes_max": 2**20},
        {"batch_messages": 0},
        {"keep_processed_days": 0},
    ],
)
def test_a_wrong_setting_is_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(XinglinError, match="hl7v2"):
        Hl7v2Settings(**wrong)
