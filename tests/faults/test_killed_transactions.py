"""Killed with kill -9 at any instant of a transaction: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from faults.bundles import MARK, Ledger, sending
from faults.load import client_of, is_running, wait_until
from faults.stored import Stored, check_index
from nodes import RunningNode, started_node
from xinglin.foundation.database import open_database
from xinglin.server.supervisor import DataFolder

CLIENTS = 4
TURN = ["web"] * 8 + ["session"] * 6 + ["postgres"] * 4 + ["node"] * 2
"""Who is killed in twenty rounds: a web process, the PostgreSQL process of one session, PostgreSQL, everything."""
LONGEST_WAIT_SECONDS = 0.6
BACK_SECONDS = 60.0


@dataclass
class Victim:
    """A node that is killed and started again from its folder."""

    folder: Path
    stack: ExitStack
    chance: random.Random

    def start(self) -> RunningNode:
        """It takes the servers' folder as the kill left it."""
        return self.stack.enter_context(started_node(self.folder, own_servers=True))

    def children(self) -> dict[str, int]:
        told = DataFolder(self.folder).read_states()
        assert told is not None
        alive = {name: state.process_id for name, state in told[1].items() if state.process_id}
        return {name: id_ for name, id_ in alive.items() if is_running(id_)}

    def standing(self, part: str) -> list[int]:
        """The processes of a part, once the node has told of one that runs: PostgreSQL answers before it is told of."""
        found: list[int] = []

        def told() -> bool:
            found[:] = [id_ for name, id_ in self.children().items() if name.startswith(part)]
            return bool(found)

        wait_until(told, BACK_SECONDS)
        return found

    def kill(self, whom: str, node: RunningNode) -> None:
        if whom == "node":
            children = self.children().values()
            _kill(node.process_id, *children)
            wait_until(lambda: not any(is_running(child) for child in children), 20)
        elif whom == "session":
            (postgres,) = self.standing("postgres")
            _kill(self.chance.choice(_sessions(postgres)))
        else:
            _kill(self.chance.choice(self.standing(whom)))


def _kill(*process_ids: int) -> None:
    for process_id in process_ids:
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)


def _sessions(postgres: int) -> list[int]:
    """PostgreSQL's processes that work for the node; those in the middle of a statement, where any is."""
    titles = {}
    for process in psutil.Process(postgres).children():
        with suppress(psutil.NoSuchProcess):
            titles[process.pid] = " ".join(process.cmdline())
    ours = {id_: title for id_, title in titles.items() if "xinglin_app" in title}
    busy = [id_ for id_, title in ours.items() if "idle" not in title.split("]")[-1].split()[-1:]]
    return busy or list(ours) or list(titles)


@contextmanager
def killed_and_started(victim: Victim, ledger: Ledger, whom: str) -> Iterator[None]:
    """Kill ``whom`` at some instant of the block's load; a node that is gone as a whole is started again."""
    before = ledger.many_acknowledged
    with sending(ledger, CLIENTS):
        wait_until(lambda: ledger.many_acknowledged >= before + CLIENTS, BACK_SECONDS)
        time.sleep(victim.chance.uniform(0, LONGEST_WAIT_SECONDS))
        victim.kill(whom, ledger.node)
        killed = time.monotonic()
        if whom != "node":
            wait_until(lambda: ledger.newest_success > killed, BACK_SECONDS)
    if whom == "node":
        victim.stack.close()
        ledger.node = victim.start()
    yield


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.torture)])
def test_a_transaction_that_was_acknowledged_is_whole_and_any_other_is_whole_or_absent(
    tmp_path: Path, rounds: int
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # shown where the test fails
    chance = random.Random(seed)
    turns = [whom for _ in range(rounds // len(TURN)) for whom in chance.sample(TURN, len(TURN))]
    with ExitStack() as stack:
        victim = Victim(tmp_path / "data", stack, chance)
        ledger = Ledger(victim.start())
        ledger.prepare()
        for number, whom in enumerate(turns):
            began = time.monotonic()
            with killed_and_started(victim, ledger, whom):
                asyncio.run(_check(ledger))
            print(f"round {number}: {whom}, {time.monotonic() - began:.1f} s, {ledger.many_acknowledged} acknowledged")
        _check_search(ledger, chance)
        asyncio.run(_check_index(ledger.node))
        assert ledger.many_acknowledged >= rounds * CLIENTS
        assert ledger.defects == []


async def _check(ledger: Ledger) -> None:
    settings, _ = ledger.node.servers()
    (await Stored.of(settings)).check(ledger)


async def _check_index(node: RunningNode) -> None:
    settings, _ = node.servers()
    database = await open_database(settings, role="test")
    try:
        await check_index(database, settings)
    finally:
        await database.close()


def _check_search(ledger: Ledger, chance: random.Random) -> None:
    """A client finds the parts of acknowledged bundles by their mark, as rows that nobody replaced since."""
    with client_of(ledger.node) as client:
        acknowledged = ledger.acknowledged()
        for mark in chance.sample(sorted(acknowledged), min(100, len(acknowledged))):
            found = client.get("/fhir/Encounter", params={"identifier": f"{MARK}|{mark}"}).json()
            assert found["total"] == 1, mark
            made = {(type_, id_) for type_, id_, _ in acknowledged[mark]}
            assert ("Encounter", found["entry"][0]["resource"]["id"]) in made
