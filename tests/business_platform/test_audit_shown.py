"""The audit trail shown: searched by auditors, as FHIR AuditEvents, and to patients as who saw their record."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from typing import Any

import asyncpg
import httpx
import pytest

from nodes import RunningNode
from tests.business_platform.trails import chained, entries_of
from xinglin.data_platform.fhir import check_shape


@pytest.fixture(scope="module")
def auditor(node: RunningNode) -> httpx.Client:
    """Whoever signed in on the console, which holds the audit administrator's role."""
    client = httpx.Client(base_url=node.url, timeout=30, headers={"Origin": node.url})
    client.post("/api/session", json={"token": node.link().split("#")[1]}).raise_for_status()
    return client


@pytest.fixture(scope="module")
def program(node: RunningNode) -> httpx.Client:
    return httpx.Client(base_url=node.url, headers={"authorization": f"Bearer {node.token}"}, timeout=30)


@pytest.fixture
async def seen(node: RunningNode, program: httpx.Client) -> dict[str, Any]:
    """A patient whose record was read, searched, changed and refused, each once."""
    mark = str(uuid.uuid4())
    patient = program.post("/fhir/Patient", json={"resourceType": "Patient", "name": [{"text": "张三"}]}).json()["id"]
    marked = {"x-request-id": mark}
    program.get(f"/fhir/Patient/{patient}", headers=marked).raise_for_status()
    program.get("/fhir/Patient", params={"_id": patient}, headers=marked).raise_for_status()
    program.delete(f"/fhir/Patient/{patient}", headers=marked).raise_for_status()
    assert program.get(f"/fhir/Patient/{patient}", headers=marked).status_code == 410
    entries = await entries_of(node, mark)
    return {"patient": patient, "entries": entries}


def found(client: httpx.Client, **asked: str) -> list[dict[str, Any]]:
    answer = client.get("/fhir/AuditEvent", params=asked)
    answer.raise_for_status()
    return [entry["resource"] for entry in answer.json().get("entry", [])]


async def test_entries_are_auditevents_of_r4(auditor: httpx.Client, seen: dict[str, Any]) -> None:
    events = found(auditor, patient=f"Patient/{seen['patient']}")
    assert [event["action"] for event in events] == ["D", "E", "R", "C"]
    for event in events:
        check_shape(event)
        assert event["type"]["code"] == "rest"
        assert event["agent"][0]["name"] == "tests"
        assert {"reference": f"Patient/{seen['patient']}"} in [entity.get("what") for entity in event["entity"]]
    (one,) = [event for event in events if event["action"] == "R"]
    assert auditor.get(f"/fhir/AuditEvent/{one['id']}").json() == one


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({"action": "R"}, ["R"]),
        ({"subtype": "search-type"}, ["E"]),
        ({"subtype": "http://hl7.org/fhir/restful-interaction|delete,create"}, ["D", "C"]),
        ({"outcome": "0"}, ["D", "E", "R", "C"]),
        ({"outcome": "8"}, []),
        ({"type": "rest"}, ["D", "E", "R", "C"]),
        ({"agent-name": "tes"}, ["D", "E", "R", "C"]),
        ({"agent-name": "nobody"}, []),
        ({"date": "ge2020-01-01"}, ["D", "E", "R", "C"]),
        ({"date": "lt2020-01-01"}, []),
    ],
)
async def test_auditevents_are_searched_by_their_parameters(
    auditor: httpx.Client, seen: dict[str, Any], asked: dict[str, str], actions: list[str]
) -> None:
    assert [event["action"] for event in found(auditor, patient=seen["patient"], **asked)] == actions


async def test_a_refused_read_is_found_by_its_outcome_and_agent(auditor: httpx.Client, seen: dict[str, Any]) -> None:
    gone = seen["entries"][-1]
    ids = [event["id"] for event in found(auditor, agent=gone["principal"], outcome="4", _count="200")]
    assert str(gone["sequence"]) in ids


async def test_pages_follow_one_another_without_gap_or_repetition(auditor: httpx.Client, seen: dict[str, Any]) -> None:
    url: str | None = f"/fhir/AuditEvent?patient={seen['patient']}&_count=1"
    ids = []
    while url:
        page = auditor.get(url).json()
        ids += [entry["resource"]["id"] for entry in page.get("entry", [])]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
    assert len(ids) == len(set(ids)) == 4


async def test_nobody_can_write_an_auditevent_by_any_way(program: httpx.Client) -> None:
    event = {
        "resourceType": "AuditEvent",
        "id": "1",
        "type": {"code": "rest"},
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"requestor": True}],
        "source": {"observer": {"display": "x"}},
    }
    assert program.post("/fhir/AuditEvent", json=event).status_code in (403, 405)
    assert program.put("/fhir/AuditEvent/1", json=event).status_code in (403, 405)
    assert program.delete("/fhir/AuditEvent/1").status_code in (403, 405)
    for request in ({"method": "POST", "url": "AuditEvent"}, {"method": "PUT", "url": "AuditEvent/1"}):
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request, "resource": event}]}
        assert program.post("/fhir", json=bundle).status_code == 405
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "DELETE", "url": "AuditEvent/1"}}],
    }
    answer = program.post("/fhir", json=batch).json()
    assert answer["entry"][0]["response"]["status"].startswith("405")


async def test_only_an_audit_administrator_reads_the_trail(program: httpx.Client, seen: dict[str, Any]) -> None:
    id_ = seen["entries"][0]["sequence"]
    paths = ["/fhir/AuditEvent", f"/fhir/AuditEvent/{id_}", "/api/audit/entries", f"/api/audit/entries/{id_}"]
    paths += ["/api/audit/chain", f"/api/audit/patients/{seen['patient']}/accesses"]
    for path in paths:
        assert program.get(path).status_code == 403, path


async def test_an_auditor_asks_who_whose_what_and_how_it_ended(auditor: httpx.Client, seen: dict[str, Any]) -> None:
    asked = {"patient": seen["patient"], "who": "tests", "outcome": "done", "action": "R"}
    (entry,) = auditor.get("/api/audit/entries", params=asked).json()["entries"]
    assert (entry["name"], entry["interaction"], entry["what"]) == ("tests", "read", ["Patient"])
    detail = auditor.get(f"/api/audit/entries/{entry['sequence']}").json()
    assert detail["address"] == "127.0.0.1"
    assert detail["path"] == f"/fhir/Patient/{seen['patient']}"
    refused = auditor.get("/api/audit/entries", params={"outcome": "refused", "limit": 200}).json()["entries"]
    assert str(seen["entries"][-1]["sequence"]) in [entry["sequence"] for entry in refused]


async def test_who_saw_a_record_is_told_without_what_was_refused(auditor: httpx.Client, seen: dict[str, Any]) -> None:
    entries = auditor.get(f"/api/audit/patients/{seen['patient']}/accesses").json()["entries"]
    assert [entry["action"] for entry in entries] == ["D", "E", "R", "C"]
    assert all(entry["status"] < 400 for entry in entries)


async def test_reading_the_trail_is_noted_itself(node: RunningNode, auditor: httpx.Client) -> None:
    mark = str(uuid.uuid4())
    auditor.get("/api/audit/entries", headers={"x-request-id": mark}).raise_for_status()
    (entry,) = await entries_of(node, mark)
    assert entry["detail"]["route"] == "/api/audit/entries"


@pytest.mark.parametrize(
    "asked",
    ["date=xx", "date=zz2020-01-01", "outcome=5", "_count=x", "before=-1", "what-is-this=1", "before=" + "9" * 40],
)
async def test_a_question_that_cannot_be_understood_is_refused(auditor: httpx.Client, asked: str) -> None:
    answer = auditor.get(f"/fhir/AuditEvent?{asked}")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


async def run(*words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "xinglin.server.cli", "audit", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


async def test_the_command_line_verifies_and_exports_a_running_nodes_trail(
    node: RunningNode, seen: dict[str, Any]
) -> None:
    code, text = await run("verify", "--data", str(node.folder))
    assert code == 0, text
    assert "as it was written" in text
    code, text = await run("export", "--data", str(node.folder), "--since", "2020-01-01")
    assert code == 0, text
    sequences = [int(json.loads(line)["id"]) for line in text.splitlines()]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert seen["entries"][0]["sequence"] in sequences


async def test_the_command_line_names_an_altered_entry_and_a_file_that_is_not_there(
    node: RunningNode, seen: dict[str, Any]
) -> None:
    at = seen["entries"][0]["sequence"]
    connection = await asyncpg.connect(node.servers()[0].owner_url)
    await chained(connection)
    try:
        await connection.execute("UPDATE audit_entry SET name = '别人' WHERE sequence = $1", at)
        code, text = await run("verify", "--data", str(node.folder))
        assert code == 2, text
        assert f"entry {at} was altered" in text and f"第 {at} 条记录被修改" in text
    finally:
        await connection.execute("UPDATE audit_entry SET name = 'tests' WHERE sequence = $1", at)
        await connection.close()
    code, text = await run("verify", "--data", str(node.folder), "--anchors", "nowhere.jsonl")
    assert code == 1 and "nowhere.jsonl" in text
