"""Every access is noted before it is answered: who, whose, what, when and how it ended."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nodes import RunningNode
from tests.business_platform.trails import entries_of
from xinglin.business_platform.access import Trail, Watch, named, unnoted
from xinglin.business_platform.access.audit.chain import Linker
from xinglin.business_platform.access.audit.entry import entry_of, interaction_of
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database, DatabaseSettings
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, Touched


@pytest.fixture
def marked(node: RunningNode) -> httpx.Client:
    """A program whose requests carry an id of their own."""
    headers = {"authorization": f"Bearer {node.token}", "x-request-id": str(uuid.uuid4())}
    return httpx.Client(base_url=node.url, headers=headers, timeout=30)


async def only_entry(node: RunningNode, client: httpx.Client) -> dict[str, Any]:
    (entry,) = await entries_of(node, client.headers["x-request-id"])
    return entry


def a_patient(client: httpx.Client) -> str:
    answer = client.post(
        "/fhir/Patient", json={"resourceType": "Patient", "name": [{"text": "王芳"}]}, headers={"x-request-id": "setup"}
    )
    return str(answer.json()["id"])


def an_observation(client: httpx.Client, patient: str) -> str:
    body = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "pulse"},
        "subject": {"display": "王芳", "reference": f"Patient/{patient}"},
    }
    return str(client.post("/fhir/Observation", json=body, headers={"x-request-id": "setup"}).json()["id"])


async def test_a_read_says_who_read_which_resource_of_which_patient(node: RunningNode, marked: httpx.Client) -> None:
    patient = a_patient(marked)
    observation = an_observation(marked, patient)
    assert marked.get(f"/fhir/Observation/{observation}").status_code == 200
    entry = await only_entry(node, marked)
    assert (entry["action"], entry["interaction"], entry["status"]) == ("R", "read", 200)
    assert entry["focus"] == f"Observation/{observation}"
    assert entry["resources"] == [f"Observation/{observation}"]
    assert entry["patients"] == [patient]
    assert (entry["name"], entry["detail"]["kind"], entry["detail"]["purpose"]) == ("tests", "program", "TREAT")
    assert entry["detail"]["route"] == "/fhir/{type}/{id}"
    assert entry["detail"]["address"] == "127.0.0.1"
    assert abs((entry["recorded"] - datetime.now(UTC)).total_seconds()) < 60


async def test_a_search_names_every_match_and_what_came_along(node: RunningNode, marked: httpx.Client) -> None:
    patient = a_patient(marked)
    found = {f"Observation/{an_observation(marked, patient)}" for _ in range(3)}
    asked = {"patient": patient, "_include": "Observation:subject"}
    assert len(marked.get("/fhir/Observation", params=asked).json()["entry"]) == 4
    entry = await only_entry(node, marked)
    assert (entry["action"], entry["interaction"], entry["focus"]) == ("E", "search-type", "Observation")
    assert set(entry["resources"]) == found | {f"Patient/{patient}"}
    assert entry["patients"] == [patient]
    assert "_include=Observation%3Asubject" in entry["detail"]["query"]


async def test_a_form_search_a_history_and_everything_name_what_they_show(
    node: RunningNode, marked: httpx.Client
) -> None:
    patient = a_patient(marked)
    observation = f"Observation/{an_observation(marked, patient)}"
    marked.post("/fhir/Observation/_search", data={"patient": patient}).raise_for_status()
    marked.get(f"/fhir/{observation}/_history").raise_for_status()
    marked.get(f"/fhir/{observation}/_history/1").raise_for_status()
    marked.get(f"/fhir/Patient/{patient}/$everything").raise_for_status()
    marked.get(f"/fhir/Patient/{patient}/Observation").raise_for_status()
    entries = await entries_of(node, marked.headers["x-request-id"])
    told = [(entry["action"], entry["interaction"]) for entry in entries]
    assert told == [
        ("E", "search-type"),
        ("R", "history-instance"),
        ("R", "vread"),
        ("E", "operation"),
        ("E", "search-type"),
    ]
    for entry in entries:
        assert observation in entry["resources"], entry
        assert entry["patients"] == [patient]


async def test_writes_say_what_was_made_changed_and_deleted_and_whose(node: RunningNode, marked: httpx.Client) -> None:
    patient = a_patient(marked)
    body: dict[str, Any] = {
        "resourceType": "Condition",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"text": "headache"},
    }
    id_ = marked.post("/fhir/Condition", json=body).json()["id"]
    place = f"/fhir/Condition/{id_}"
    marked.put(place, json={**body, "id": id_, "code": {"text": "migraine"}}).raise_for_status()
    marked.delete(place).raise_for_status()
    entries = await entries_of(node, marked.headers["x-request-id"])
    assert [entry["action"] for entry in entries] == ["C", "U", "D"]
    assert [entry["interaction"] for entry in entries] == ["create", "update", "delete"]
    for entry in entries:
        assert entry["resources"] == [f"Condition/{id_}"]
        assert entry["patients"] == [patient]


@pytest.mark.parametrize("kind", ["transaction", "batch"])
async def test_a_bundle_names_what_each_entry_touched(node: RunningNode, marked: httpx.Client, kind: str) -> None:
    patient = a_patient(marked)
    observation = an_observation(marked, patient)
    made = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{patient}"},
    }
    bundle = {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {"request": {"method": "GET", "url": f"Observation/{observation}"}},
            {"request": {"method": "POST", "url": "Flag"}, "resource": made},
        ],
    }
    answer = marked.post("/fhir", json=bundle)
    answer.raise_for_status()
    flag = answer.json()["entry"][1]["response"]["location"].split("/_history")[0]
    entry = await only_entry(node, marked)
    assert set(entry["resources"]) == {f"Observation/{observation}", flag}
    assert entry["patients"] == [patient]


async def test_refused_and_failed_requests_are_noted_with_their_outcome(
    node: RunningNode, marked: httpx.Client
) -> None:
    marked.get("/fhir/Patient/nobody")
    marked.post("/fhir/Patient", content=b"{", headers={"content-type": "application/fhir+json"})
    marked.post("/api/access/links", json={"name": "x"})
    httpx.get(f"{node.url}/fhir/Patient/1", headers={"x-request-id": marked.headers["x-request-id"]})
    httpx.get(f"{node.url}/api/board", headers={"x-request-id": marked.headers["x-request-id"]})
    entries = await entries_of(node, marked.headers["x-request-id"])
    assert [entry["status"] for entry in entries] == [404, 400, 403, 401, 401]
    assert [entry["name"] for entry in entries] == ["tests", "tests", "tests", None, None]
    assert entries[2]["detail"]["refused"] == "access.link"


async def test_signing_in_is_noted_with_who_came_in_and_pages_and_health_are_not(
    node: RunningNode, marked: httpx.Client
) -> None:
    mark = {"x-request-id": marked.headers["x-request-id"]}
    for path in ("/", "/health", "/fhir/metadata", "/sign-in", "/api/openapi.json"):
        httpx.get(f"{node.url}{path}", headers=mark)
    httpx.post(f"{node.url}/api/session", json={"token": "wrong"}, headers=mark)
    httpx.post(f"{node.url}/api/session", json={"token": node.link().split("#")[1]}, headers=mark).raise_for_status()
    refused, let_in = await entries_of(node, mark["x-request-id"])
    assert (refused["status"], refused["name"]) == (401, None)
    assert (let_in["status"], let_in["name"]) == (200, "operator")


async def test_the_live_stream_is_noted_when_it_opens(node: RunningNode, marked: httpx.Client) -> None:
    with marked.stream("GET", "/api/live") as stream:
        assert stream.status_code == 200
        assert (await only_entry(node, marked))["detail"]["route"] == "/api/live"


async def test_the_nodes_own_role_can_neither_change_nor_remove_what_was_noted(
    database_settings: DatabaseSettings,
) -> None:
    connection = await asyncpg.connect(database_settings.url, server_settings={"xinglin.tenant": "1"})
    try:
        for table in ("audit_entry", "audit_anchor"):
            for statement in (f"UPDATE {table} SET sequence = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="183 days"):
            await connection.fetchval("SELECT audit_forget(1)")
    finally:
        await connection.close()


def scope_of(method: str = "GET", path: str = "/fhir/Patient/1", **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": ("10.0.0.7", 1),
        **more,
    }


class Away:
    """A database that takes nothing."""

    def __init__(self, category: Category) -> None:
        self.category = category

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Any]:
        raise XinglinError(self.category, "away")
        yield


async def asked(application: Any, scope: dict[str, Any]) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await application(scope, receive, send)
    return sent


def speak(request: Request, error: XinglinError) -> Response:
    return PlainTextResponse(error.english, error.category.http_status)


@pytest.mark.parametrize(("category", "status"), [(Category.UNAVAILABLE, 503), (Category.STORAGE_FULL, 507)])
async def test_what_cannot_be_noted_is_not_answered(category: Category, status: int) -> None:
    secret = PlainTextResponse("the record of 王芳")
    watch = Watch(named(secret, "/fhir/{type}/{id}"), Trail(Away(category)), SystemClock(), speak)
    sent = await asked(watch, scope_of())
    assert sent[0]["status"] == status
    assert b"".join(message.get("body", b"") for message in sent) == b"away"


async def test_what_everybody_may_see_is_answered_even_then() -> None:
    watch = Watch(unnoted(PlainTextResponse("ok")), Trail(Away(Category.UNAVAILABLE)), SystemClock(), speak)
    assert (await asked(watch, scope_of(path="/health")))[0]["status"] == 200


async def test_the_answer_begins_only_when_its_entry_is_on_disk(database: Database) -> None:
    held = asyncio.Event()

    class Slow:
        @asynccontextmanager
        async def recording(self) -> AsyncIterator[Any]:
            await held.wait()
            async with database.recording() as connection:
                yield connection

    watch = Watch(PlainTextResponse("shown"), Trail(Slow()), SystemClock(), speak)
    asking = asyncio.create_task(asked(watch, scope_of(path="/held")))
    await asyncio.sleep(0.2)
    assert not asking.done()
    held.set()
    assert (await asking)[0]["status"] == 200


async def linked_rows(database: Database, path: str) -> list[Any]:
    await Linker(database, "sha256").link()
    async with database.connection() as connection:
        return await connection.fetch(
            "SELECT *, detail ->> 'continues' AS continues FROM audit_entry"
            " WHERE detail ->> 'path' LIKE $1 ORDER BY sequence",
            path + "%",
        )


async def test_requests_that_end_together_share_a_commit_and_each_has_its_entry(database: Database) -> None:
    trail = Trail(database)
    entries = [entry_of(scope_of(path=f"/together/{n}"), 200, datetime.now(UTC)) for n in range(300)]
    await asyncio.gather(*(trail.record(entry) for entry in entries))
    assert (trail.recorded, trail.failed) == (300, 0)
    assert trail.groups < 10
    assert len(await linked_rows(database, "/together/")) == 300


async def test_an_entry_waits_for_requests_that_are_under_way_but_not_for_one_that_stays(database: Database) -> None:
    trail = Trail(database)
    for _ in range(3):
        trail.began()
    entries = [entry_of(scope_of(path=f"/others/{n}"), 200, datetime.now(UTC)) for n in range(2)]
    async with asyncio.timeout(1):
        await asyncio.gather(*(trail.record(entry) for entry in entries))
    assert trail.groups == 1


async def test_hostile_bytes_in_path_query_and_headers_can_be_noted_and_chained(database: Database) -> None:
    hostile = scope_of(
        path="/hostile/\x00\ud800/'; DROP TABLE audit_entry; --" + "x" * 9000,
        query_string=b"a=\x00\xff" * 1000,
        headers=[(b"x-request-id", b"\x00\xfe" * 500)],
        path_params={"type": "Pat\x00ient", "id": "\ud800"},
        **{"xinglin.principal": Principal("p\x00", "王\x00", "user", "s", roles=frozenset({"nurse"}))},
    )
    await Trail(database).record(entry_of(hostile, 99_999, datetime.now(UTC)))
    (row,) = await linked_rows(database, "/hostile/")
    assert row["status"] == 999
    assert row["name"] == "王\ufffd"
    assert len(row["detail"]) < 4000


async def test_what_a_stream_touches_after_its_beginning_is_noted_at_its_end(database: Database) -> None:
    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        touched = scope["xinglin.touched"] = Touched()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        touched.add(("Patient/late",), ("late",))
        await send({"type": "http.response.body", "body": b"x"})

    await asked(Watch(streaming, Trail(database), SystemClock(), speak), scope_of(path="/stream"))
    rows = await linked_rows(database, "/stream")
    assert [(row["resources"], row["continues"]) for row in rows] == [([], None), (["Patient/late"], "true")]


@pytest.mark.parametrize(
    ("method", "route", "told"),
    [
        ("GET", "/fhir/{type}/{id}", ("R", "read")),
        ("HEAD", "/fhir/Binary/{id}", ("R", "read")),
        ("PATCH", "/fhir/{type}/{id}", ("U", "patch")),
        ("PUT", "/fhir/{type}", ("U", "update")),
        ("DELETE", "/fhir/{type}", ("D", "delete")),
        ("GET", "/fhir", ("E", "search-system")),
        ("POST", "/fhir", ("E", "transaction")),
        ("POST", "/fhir/_search", ("E", "search-type")),
        ("GET", "/fhir/_history", ("R", "history-system")),
        ("GET", "/fhir/{type}/_history", ("R", "history-type")),
        ("GET", "/fhir/{type}/{id}/_history/{version}", ("R", "vread")),
        ("POST", "/fhir/{type}/{id}/$meta-add", ("E", "operation")),
        ("POST", "/api/messages/rerun", ("E", "post")),
        ("DELETE", "/api/session", ("D", "delete")),
    ],
)
def test_routes_are_told_in_the_words_of_r4(method: str, route: str, told: tuple[str, str]) -> None:
    assert interaction_of(method, route) == told
