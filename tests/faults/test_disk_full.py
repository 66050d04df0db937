"""A full disk refuses writes in plain words, harms nothing, and is over when there is room again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from faults.load import client_of, parts_of, wait_until
from nodes import RunningNode, started_node
from tests.gateways.hl7v2.wire import Wire, message, msh

DISK_MIB = 700
RESERVE_MIB = 256
READABLE_MIB = 100  # less than the reserve, more than the quarter of it that noting accesses leaves
LEFT_MIB = 8  # PostgreSQL lets nobody in where it cannot write even the page that speeds up the next start
BODY = {"resourceType": "Patient", "name": [{"text": "王" * 20_000}]}
MANY_LINES = 2000


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of its own for one node; only root may make one."""
    place = tmp_path_factory.mktemp("disk")
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=755", "tmpfs", str(place)], check=False
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("only root can make a small disk for this test")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="module")
def cramped(small_disk: Path) -> Iterator[RunningNode]:
    with started_node(small_disk / "data", own_servers=True) as running:
        yield running


@contextmanager
def filled(disk: Path, left_mib: int = LEFT_MIB) -> Iterator[None]:
    """``disk`` with ``left_mib`` MiB of room, until the block ends."""
    ballast = disk / "ballast"
    try:
        fill(ballast, left_mib)
        yield
    finally:
        ballast.unlink()


def fill(file: Path, left_mib: int) -> None:
    """Take all the room there is, but for ``left_mib``."""
    with file.open("wb", buffering=0) as ballast:
        for size in (2**20, 2**12):
            try:
                while shutil.disk_usage(file.parent).free > left_mib * 2**20:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


def marked(name: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": "urn:disk", "value": name}]}


def bundle_of(type_: str, *names: str) -> dict[str, Any]:
    entries = [{"resource": marked(name), "request": {"method": "POST", "url": "Patient"}} for name in names]
    return {"resourceType": "Bundle", "type": type_, "entry": entries}


def ways_of_writing(client: httpx.Client, known: str, name: str) -> list[httpx.Response]:
    """Every interaction of R4 that writes, on the patient ``known`` or under the identifier ``name``."""
    patch = [{"op": "add", "path": "/active", "value": True}]
    patching = {"content-type": "application/json-patch+json"}
    query = f"identifier=urn:disk|{name}"
    return [
        client.post("/fhir/Patient", json=marked(name)),
        client.post("/fhir/Patient", json=marked(name), headers={"if-none-exist": query}),
        client.put(f"/fhir/Patient/{known}", json={**marked(name), "id": known}),
        client.put(f"/fhir/Patient?{query}", json=marked(name)),
        client.patch(f"/fhir/Patient/{known}", content=json.dumps(patch), headers=patching),
        client.delete(f"/fhir/Patient/{known}"),
        client.delete(f"/fhir/Patient?{query}"),
        client.post("/fhir", json=bundle_of("transaction", name, name)),
        client.post("/fhir", json=bundle_of("batch", name, name)),
    ]


def test_every_way_of_writing_is_refused_with_507_while_reading_goes_on(cramped: RunningNode, small_disk: Path) -> None:
    name = uuid.uuid4().hex
    with client_of(cramped) as client:
        known = client.post("/fhir/Patient", json=marked("known")).json()["id"]
        with filled(small_disk, READABLE_MIB):
            for answer in ways_of_writing(client, known, name):
                assert answer.status_code == 507, answer.text
                (issue,) = answer.json()["issue"]
                assert issue["code"] == "no-store" and "磁盘已满" in json.dumps(issue, ensure_ascii=False)
                assert int(answer.headers["retry-after"]) > 0
            assert client.get(f"/fhir/Patient/{known}").json()["meta"]["versionId"] == "1"
            assert client.get("/fhir/Patient", params={"identifier": f"urn:disk|{name}"}).json()["total"] == 0
            assert parts_of(cramped)["disk"]["status"] == "down"
        answers = ways_of_writing(client, known, name)
        assert {answer.status_code for answer in answers} <= {200, 201, 204, 412}, [one.text for one in answers]
        assert parts_of(cramped)["disk"]["status"] != "down"


def test_what_can_no_longer_be_noted_is_not_shown_until_there_is_room(cramped: RunningNode, small_disk: Path) -> None:
    with client_of(cramped) as client:
        known = client.post("/fhir/Patient", json=marked("unseen")).json()["id"]
        with filled(small_disk):
            refused = client.get(f"/fhir/Patient/{known}")
            assert refused.status_code == 507
            assert refused.json()["issue"][0]["code"] == "no-store" and "unseen" not in refused.text
            assert client.get("/health").status_code == 200
        assert client.get(f"/fhir/Patient/{known}").status_code == 200


async def test_a_message_is_answered_ae_and_taken_when_it_is_sent_again(cramped: RunningNode, small_disk: Path) -> None:
    def admission(number: int) -> bytes:
        pid = f"PID|1||disk-{number}^^^XLMRN^MR||陆^文静||19880412|F"
        return message(msh("ADT^A04", f"disk-{number}", sender="XLDEMO"), pid, "PV1|1|O")

    wire = await Wire.open(cramped.mllp_port)
    assert [(await wire.ask(admission(number))).code for number in range(5)] == ["AA"] * 5
    with filled(small_disk):
        refused = [await wire.ask(admission(number)) for number in range(5, 10)]
        assert [answer.code for answer in refused] == ["AE"] * 5
        assert all("disk" in answer.reason for answer in refused), refused[0].raw
    assert [(await wire.ask(admission(number))).code for number in range(3, 10)] == ["AA"] * 7
    await wire.close()
    with client_of(cramped) as client:
        for number in range(10):
            query = {"identifier": f"https://xinglin.health/id/patient|disk-{number}"}
            wait_until(lambda asked=query: client.get("/fhir/Patient", params=asked).json()["total"] == 1, 30)


def test_a_load_that_finds_no_more_room_goes_on_where_it_was_when_there_is(
    cramped: RunningNode, small_disk: Path, tmp_path: Path
) -> None:
    file = tmp_path / "patients.ndjson"
    with file.open("w") as lines:
        for number in range(MANY_LINES):
            text = "".join(uuid.uuid4().hex for _ in range(300))  # PostgreSQL cannot make it small
            lines.write(json.dumps({"resourceType": "Patient", "id": f"l{number}", "name": [{"text": text}]}) + "\n")
    with filled(small_disk, RESERVE_MIB + 12):
        stopped = xinglin("fhir", "load", str(file), "--data", str(cramped.folder))
        assert stopped.returncode == 1
        assert "disk" in stopped.stderr and "磁盘已满" in stopped.stderr and "Traceback" not in stopped.stderr
    went_on = xinglin("fhir", "load", str(file), "--data", str(cramped.folder))
    assert went_on.returncode == 0, went_on.stderr
    with client_of(cramped) as client:
        held = [client.get(f"/fhir/Patient/l{number}").json()["meta"]["versionId"] for number in range(MANY_LINES)]
    assert held == ["1"] * MANY_LINES


def test_a_backup_finds_no_room_says_so_and_leaves_nothing_but_one_elsewhere_succeeds(
    cramped: RunningNode, small_disk: Path, tmp_path: Path
) -> None:
    here, elsewhere = small_disk / "backups" / "node.backup", tmp_path / "node.backup"
    here.parent.mkdir()
    with filled(small_disk, 0):
        refused = xinglin("backup", str(here), "--data", str(cramped.folder))
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr and not refused.stderr.isascii()
        assert list(here.parent.iterdir()) == []
    with filled(small_disk):
        taken = xinglin("backup", str(elsewhere), "--data", str(cramped.folder))
        assert taken.returncode == 0, taken.stderr
    assert xinglin("backup", str(here), "--data", str(cramped.folder)).returncode == 0


def test_where_no_reserve_is_kept_a_full_disk_is_survived_as_well(
    small_disk: Path, cramped: RunningNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_DISK_RESERVE_MIB", "0")
    with started_node(small_disk / "bare", own_servers=True) as bare, client_of(bare) as client:
        first = client.post("/fhir/Patient", json=BODY)
        assert first.status_code == 201
        with filled(small_disk, 0):
            refused = write_until_refused(client)
            assert refused.status_code in (503, 507), refused.text
            assert refused.json()["resourceType"] == "OperationOutcome"
        wait_until(lambda: is_created(client), 60)
        assert client.get(f"/fhir/Patient/{first.json()['id']}").json()["name"] == BODY["name"]


def xinglin(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xinglin.server.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def write_until_refused(client: httpx.Client) -> httpx.Response:
    for _ in range(2000):
        answer = client.post("/fhir/Patient", json=BODY)
        if answer.status_code != 201:
            return answer
    raise AssertionError("the disk never filled")


def is_created(client: httpx.Client) -> bool:
    try:
        return client.post("/fhir/Patient", json=BODY).status_code == 201
    except httpx.TransportError:
        return False
