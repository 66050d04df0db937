"""Whatever part is killed, what was acknowledged is there afterwards and the part is back at once."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

import external
from faults.load import client_of, is_running, parts_of, process_of, wait_until, writing
from nodes import RunningNode, started_node

OURS = ["web-1", "web-2", "gateway", "worker", "mapper"]
SERVERS = [
    *([] if external.DATABASE_URL else ["postgres"]),
    *([] if external.BUS_URL else ["nats"]),
]
PARTS = [*SERVERS, *OURS]
BACK_SECONDS = 5.0  # the promise
STARTS = 3  # on a machine that others keep busy: as long as it takes to start so many processes of ours
QUIET_SHARE = 0.7  # of a core, got by a process that wants a whole one: nobody else keeps the machine busy
TORTURE_ROUNDS = 20


def kill_and_await(node: RunningNode, part: str) -> float:
    """Kill a part with SIGKILL; seconds until it runs again and the node takes a write."""
    old = process_of(node, part)
    os.kill(old, signal.SIGKILL)
    began = time.monotonic()

    def is_back() -> bool:
        told = parts_of(node).get(part)
        return told is not None and told["status"] == "ok" and told["figures"]["process_id"] != old  # type: ignore[index]

    wait_until(is_back, 60)
    with client_of(node) as client:
        wait_until(lambda: _takes_a_write(client), 60)
    return time.monotonic() - began


@dataclass(frozen=True)
class Start:
    """How one process of ours started just now: how long it took and what share of a core it was given."""

    seconds: float
    share: float

    @classmethod
    def now(cls) -> Start:
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", "import xinglin.server.process, xinglin.server.web"], check=True)
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        return cls(seconds, busy / seconds)


def promised_seconds(before: Start, after: Start) -> float:
    """Five seconds, where the machine was the node's and its writers' own before and after; else what a start took."""
    if min(before.share, after.share) >= QUIET_SHARE:
        return BACK_SECONDS
    return max(BACK_SECONDS, STARTS * before.seconds)


def _takes_a_write(client) -> bool:  # type: ignore[no-untyped-def]
    try:
        return bool(client.post("/fhir/Patient", json={"resourceType": "Patient"}).status_code == 201)
    except OSError:
        return False


@pytest.mark.parametrize("part", PARTS)
def test_killing_a_part_under_load_loses_nothing_acknowledged(frail: RunningNode, part: str) -> None:
    with writing(frail) as load:
        wait_until(lambda: len(load.acknowledged) >= 20, 60)
        start = Start.now()
        before = len(load.acknowledged)
        taken = kill_and_await(frail, part)
        promised = promised_seconds(start, Start.now())
        wait_until(lambda: len(load.acknowledged) >= before + 20, 60)
    print(f"{part} was back after {taken:.2f} s; promised {promised:.1f} s, {start}")
    assert taken < promised, f"{part} took {taken:.1f} s"
    assert load.lost() == {}
    assert load.defects == []


def test_killing_the_whole_node_loses_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with started_node(tmp_path / "data") as first:
        children = [process_of(first, part) for part in PARTS]
        with writing(first) as load:
            wait_until(lambda: len(load.acknowledged) >= 40, 60)
            os.kill(first.process_id, signal.SIGKILL)
    wait_until(lambda: not any(is_running(child) for child in children), 20)
    with started_node(tmp_path / "data") as second:
        load.node = second
        assert load.lost() == {}


def test_killing_what_our_processes_are_forked_from_loses_nothing_and_all_come_back(frail: RunningNode) -> None:
    with writing(frail) as load:
        wait_until(lambda: len(load.acknowledged) >= 20, 60)
        old = {part: process_of(frail, part) for part in OURS}
        forked_from = psutil.Process(old["web-1"]).ppid()
        assert forked_from != frail.process_id
        os.kill(forked_from, signal.SIGKILL)
        wait_until(lambda: not any(is_running(process) for process in old.values()), 60)
        wait_until(lambda: set(OURS) <= {name for name, part in parts_of(frail).items() if part["status"] == "ok"}, 60)
        before = len(load.acknowledged)
        wait_until(lambda: len(load.acknowledged) >= before + 20, 60)
    assert load.lost() == {}
    assert load.defects == []


@pytest.mark.torture
@pytest.mark.parametrize("turn", range(TORTURE_ROUNDS))
def test_killing_parts_again_and_again_loses_nothing(frail: RunningNode, turn: int) -> None:
    with writing(frail, writers=8) as load:
        for part in PARTS[turn % len(PARTS) :] + PARTS[: turn % len(PARTS)]:
            wait_until(lambda: len(load.acknowledged) >= 20, 60)
            start = Start.now()
            taken = kill_and_await(frail, part)
            assert taken < promised_seconds(start, Start.now()), f"{part} took {taken:.1f} s"
    assert load.lost() == {}
    assert load.defects == []
