"""A full disk refuses writes in plain words, harms nothing, and is over when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from faults.load import client_of, wait_until
from nodes import RunningNode, started_node

DISK_MIB = 700
BODY = {"resourceType": "Patient", "name": [{"text": "王" * 20_000}]}


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


def test_a_full_disk_refuses_writes_and_recovers(cramped: RunningNode, small_disk: Path) -> None:
    with client_of(cramped) as client:
        first = client.post("/fhir/Patient", json=BODY)
        assert first.status_code == 201
        ballast = small_disk / "ballast"
        fill(ballast)
        refused = write_until_refused(client)
        assert refused.status_code in (503, 507), refused.text
        assert refused.json()["resourceType"] == "OperationOutcome"
        ballast.unlink()
        wait_until(lambda: is_created(client), 60)
        assert client.get(f"/fhir/Patient/{first.json()['id']}").json()["name"] == BODY["name"]


def fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("wb", buffering=0) as ballast:
        for size in (2**20, 2**12):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


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
