"""The live line by role and situation: whose screens are told that something happened to a patient."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from expectation import expected
from hospitals import SITUATIONS, people
from test_decisions_change import consent
from test_matrix_services import services
from web_process import Process

from heard import heard
from xinglin.foundation.bus import BusSettings, open_bus

_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_PATIENTS = [one for one in SITUATIONS if one != "nobody"]


class Line:
    """What one screen was told since it opened."""

    def __init__(self, hospitals: Process, secret: str, query: str) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/api/live", "raw_path": b"/api/live", "query_string": query.encode(),
            "root_path": "", "headers": [(b"authorization", f"Bearer {secret}".encode()), (b"host", b"node")],
            "client": ("127.0.0.1", 1), "server": ("node", 80),
        }  # fmt: skip
        self.answering = asyncio.ensure_future(hospitals.application(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        for part in message.get("body", b"").decode().split("\n\n"):
            if part.startswith("event:"):
                kind, _, data = part.partition("\ndata: ")
                self.messages.put_nowait({"kind": kind.removeprefix("event: "), **msgspec.json.decode(data)})

    async def until(self, name: str) -> list[dict[str, Any]]:
        """What came up to the event ``name``, that excluded."""
        came = []
        while (one := await asyncio.wait_for(self.messages.get(), 20)).get("name") != name:
            came.append(one)
        return came


@asynccontextmanager
async def lines(hospitals: Process, follow: list[str]) -> AsyncIterator[dict[str, Line]]:
    """An open line of everybody who may have one."""
    query = "&".join(f"follow=Patient/{one}" for one in follow)
    opened = {}
    for role in sorted(services()["node.live"]):
        hospitals.caller(people()[role])
        opened[role] = Line(hospitals, people()[role].session_id, query)
    while any(line.status == 0 for line in opened.values()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)  # to be subscribed
    try:
        yield opened
    finally:
        for line in opened.values():
            line.answering.cancel()
        await asyncio.gather(*(line.answering for line in opened.values()), return_exceptions=True)


async def tell(bus: BusSettings, *names: tuple[str, str]) -> None:
    """Publish events with these names and keys."""
    client = await open_bus(bus, name="teller")
    for name, key in names:
        event = heard("test", name, key, _AT, {"patient": key, "reason": "secret"})
        await client.publish("event.test.told.now", msgspec.json.encode(event))
    await client.close()


async def test_matrix_of_live_lines(hospitals: Process, bus_settings: BusSettings) -> None:
    """Whom a line follows is told to those alone who see the patient; nobody is told whom another event is about."""
    table, cells = expected(), 0
    async with lines(hospitals, _PATIENTS) as opened:
        await tell(bus_settings, *(("some.event", f"Patient/{one}") for one in _PATIENTS), ("the.end", "x"))
        for role, line in opened.items():
            came = await line.until("the.end")
            told = {one["key"] for one in came if one["kind"] == "record"}
            wanted = {f"Patient/{one}" for one in _PATIENTS if "identity" in table[role, one]}
            assert told == wanted, role
            changes = [one for one in came if one["kind"] == "change"]
            assert len(changes) == len(_PATIENTS)
            assert all(one["key"] is None and one["body"] == {} for one in changes)
            cells += len(_PATIENTS)
    print(f"{cells} cells")


async def test_who_follows_nobody_is_told_of_nobody(hospitals: Process, bus_settings: BusSettings) -> None:
    async with lines(hospitals, []) as opened:
        await tell(bus_settings, ("some.event", "Patient/ward"), ("the.end", "x"))
        for line in opened.values():
            assert [one["kind"] for one in await line.until("the.end")] == ["change"]


async def test_a_consent_withdrawn_silences_a_line_that_is_open(hospitals: Process, bus_settings: BusSettings) -> None:
    whole, denial = hospitals.caller(people()["integration"]), consent("ward", type="deny")
    async with lines(hospitals, ["ward"]) as opened:
        for step, (method, told) in enumerate([("", 1), ("PUT", 0), ("DELETE", 1)]):
            if method:
                answer = await whole(method, f"/fhir/Consent/{denial['id']}", denial)
                assert answer.status in (200, 201, 204)
            await tell(bus_settings, ("some.event", "Patient/ward"), (f"end.{step}", "x"))
            came = await opened["nurse"].until(f"end.{step}")
            assert sum(one["kind"] == "record" for one in came) == told, method


async def test_a_line_ends_with_its_session_and_with_its_role(hospitals: Process, bus_settings: BusSettings) -> None:
    async with lines(hospitals, ["ward"]) as opened:
        physician, nurse = people()["physician"], people()["nurse"]
        del hospitals.doors.people[physician.session_id]
        hospitals.doors.people[nurse.session_id] = replace(nurse, roles=frozenset({"patient"}))
        await tell(bus_settings, ("some.event", "Patient/ward"))
        for role in ("physician", "nurse"):
            await asyncio.wait_for(opened[role].answering, 20)
            told = opened[role].messages
            assert {told.get_nowait()["kind"] for _ in range(told.qsize())} <= {"lost"}, role
        assert not opened["registrar"].answering.done()


async def test_whom_no_patient_can_be_is_refused(hospitals: Process) -> None:
    ask = hospitals.caller(people()["nurse"])
    for query in ("follow=Observation/1", "follow=Patient/", "follow=", "&".join(["follow=Patient/1"] * 21)):
        answer = await ask("GET", f"/api/live?{query}")
        assert answer.status == 400, query
