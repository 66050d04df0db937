"""Bundles of a hundred thousand entries are refused; meanwhile memory is bounded and others are answered."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from faults.load import client_of, process_of
from nodes import RunningNode, started_node

ENTRIES = 100_000
SENDERS = 4
READS = 150
MIB = 2**20
GROWTH_MIB = 512
"""What a process may grow by: twice the budget of large bodies, as a body is held in pieces and then as a whole."""
P99_SECONDS = 1.0
JSON = {"content-type": "application/fhir+json"}


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with started_node(tmp_path_factory.mktemp("flooded") / "data") as running:
        yield running


def bundle_text(padding: int) -> bytes:
    text = b"x" * padding
    entry = b'{"resource":{"resourceType":"Patient","name":[{"text":"%b"}]},' % text
    entry += b'"request":{"method":"POST","url":"Patient"}}'
    return b'{"resourceType":"Bundle","type":"transaction","entry":[%b]}' % b",".join([entry] * ENTRIES)


@contextmanager
def sending_again_and_again(node: RunningNode, padding: int) -> Iterator[Counter[int]]:
    """How often ``SENDERS`` were answered with which status; complete when the block has ended."""
    aside, statuses = multiprocessing.get_context("spawn"), Counter[int]()
    over, told = aside.Event(), aside.Queue()
    senders = [aside.Process(target=_send, args=(node, padding, over, told), daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        statuses[told.get(timeout=60)] += 1  # by now the flood has begun
        yield statuses
    finally:
        over.set()
        for _ in senders:
            statuses.update(iter(lambda: told.get(timeout=60), None))
        for sender in senders:
            sender.join(60)


def _send(node: RunningNode, padding: int, over: Any, told: Any) -> None:
    content = bundle_text(padding)
    with client_of(node) as client:
        while not over.is_set():
            try:
                told.put(client.post("/fhir", content=content, headers=JSON).status_code)
            except httpx.WriteError:  # it was answered before all was sent, and the answer is lost
                told.put(413)
    told.put(None)


def p99_of_reads(client: httpx.Client, place: str) -> float:
    taken = []
    for _ in range(READS):
        began = time.perf_counter()
        assert client.get(place).status_code == 200
        taken.append(time.perf_counter() - began)
    return sorted(taken)[READS * 99 // 100]


def peak_mib(process_id: int) -> float:
    """The most memory that a process ever had resident, since ``forget_peak``."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def forget_peak(process_id: int) -> None:
    Path(f"/proc/{process_id}/clear_refs").write_text("5")


@pytest.mark.parametrize("padding", [0, 400], ids=["small entries", "large entries"])
def test_a_flood_of_bundles_with_too_many_entries_is_refused_and_others_are_answered(
    flooded: RunningNode, padding: int
) -> None:
    webs = [process_of(flooded, f"web-{number}") for number in (1, 2)]
    with client_of(flooded) as client:
        place = f"/fhir/Patient/{client.post('/fhir/Patient', json={'resourceType': 'Patient'}).json()['id']}"
        quiet = p99_of_reads(client, place)
        for web in webs:
            forget_peak(web)
        before = [peak_mib(web) for web in webs]
        with sending_again_and_again(flooded, padding) as statuses:
            in_flood = p99_of_reads(client, place)
        grown = [peak_mib(web) - earlier for web, earlier in zip(webs, before, strict=True)]
    told = f"{len(bundle_text(padding)) / MIB:.0f} MiB a bundle, {statuses.total()} sent: p99 of reads {quiet * 1e3:.1f} ms in the quiet,"
    print(f"{told} {in_flood * 1e3:.1f} ms in the flood; memory grew by {', '.join(f'{one:.0f}' for one in grown)} MiB")
    assert set(statuses) == {413}
    assert in_flood < P99_SECONDS
    assert max(grown) < GROWTH_MIB
