"""Writers that note what the node acknowledged, and nothing else."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from nodes import RunningNode

_PAUSE_SECONDS = 0.03


@dataclass
class Load:
    """Patients written over FHIR by several writers at once."""

    node: RunningNode
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    defects: list[str] = field(default_factory=list)
    last_success: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def write_until_told(self) -> None:
        with client_of(self.node) as client:
            while not self._over.is_set():
                self.write_one(client)
                time.sleep(_PAUSE_SECONDS)

    def write_one(self, client: httpx.Client) -> bool:
        """Write a patient under a name of its own; whether the node acknowledged it."""
        family = f"F{uuid.uuid4().hex}"
        try:
            answer = client.post(
                "/fhir/Patient",
                json={"resourceType": "Patient", "name": [{"family": family, "text": f"{family} 秀英"}]},
            )
        except httpx.TransportError:
            self.refused += 1
            return False
        if answer.status_code == 201:
            self.acknowledged[answer.json()["id"]] = family
            self.last_success = time.monotonic()
            return True
        self.refused += 1
        if answer.status_code == 500:
            self.defects.append(answer.text)
        return False

    def lost(self) -> dict[str, str]:
        """What was acknowledged and is not there any more, or is there with another name."""
        with client_of(self.node) as client:
            return {id_: family for id_, family in self.acknowledged.items() if not _is_there(client, id_, family)}

    def stop(self) -> None:
        self._over.set()


@contextmanager
def writing(node: RunningNode, writers: int = 3) -> Iterator[Load]:
    """``writers`` write for as long as the block lasts."""
    load = Load(node)
    threads = [threading.Thread(target=load.write_until_told) for _ in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in threads:
            thread.join(60)


def client_of(node: RunningNode) -> httpx.Client:
    return httpx.Client(base_url=node.url, headers={"Authorization": f"Bearer {node.token}"}, timeout=20)


def parts_of(node: RunningNode) -> dict[str, dict[str, object]]:
    """What the health page says, part by part; empty when it cannot answer."""
    with client_of(node) as client:
        try:
            answer = client.get("/api/health")
        except httpx.TransportError:
            return {}
    return {part["name"]: part for part in answer.json()["parts"]} if answer.status_code == 200 else {}


def process_of(node: RunningNode, part: str) -> int:
    """The process id of a part, as the health page tells it."""
    figures = parts_of(node)[part]["figures"]
    assert isinstance(figures, dict)
    return int(figures["process_id"])


def is_running(process_id: int) -> bool:
    """Whether it still works. An ended process that no one has reaped yet (a container whose first process
    never does) keeps its entry in /proc and counts as ended: it holds no memory, no port and no file."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(holds, patience_seconds: float) -> float:  # type: ignore[no-untyped-def]
    """Seconds until ``holds()``; fails the test when it takes longer than ``patience_seconds``."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < patience_seconds, f"not within {patience_seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def _is_there(client: httpx.Client, id_: str, family: str) -> bool:
    answer = client.get(f"/fhir/Patient/{id_}")
    return answer.status_code == 200 and answer.json()["name"][0]["family"] == family
