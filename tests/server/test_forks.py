"""Our own processes come from one that has everything loaded, and are supervised like any other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from xinglin.foundation.ids import SystemIds
from xinglin.server.supervisor import Child, Command, Forks


def tell(words: str) -> None:
    print(words, os.environ["XINGLIN_FORK_TEST"], flush=True)
    sys.exit(3)


def number(many: int) -> None:
    ids = SystemIds()
    print(*(ids.new() for _ in range(many)), sep="\n", flush=True)


def wait_to_be_told() -> None:
    time.sleep(60)


def end_slowly() -> None:
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), os._exit(0)))
    print("can be told", flush=True)
    time.sleep(60)


@pytest.fixture
def forks() -> Forks:
    return Forks("xinglin.foundation.ids")


async def test_a_forked_process_has_its_name_environment_log_and_exit_code(
    forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_FORK_TEST", "of now")
    log = tmp_path / "log"
    log.write_text("before\n")
    process = await forks.fork("xinglin test", tell, "said")(log, signal.SIGTERM)
    assert await process.wait() == 3
    assert process.returncode == 3
    assert log.read_text() == "before\nsaid of now\n"
    with pytest.raises(ProcessLookupError):
        process.kill()

    waiting = await forks.fork("xinglin waiting", wait_to_be_told)(log, signal.SIGTERM)
    shown = psutil.Process(waiting.pid)
    while shown.cmdline()[0] != "xinglin waiting":  # it names itself a moment after it is there
        await asyncio.sleep(0.01)
    assert os.getsid(waiting.pid) == waiting.pid
    waiting.send_signal(signal.SIGTERM)
    assert await waiting.wait() == -signal.SIGTERM


async def test_ids_made_in_forks_of_one_process_are_all_different(forks: Forks, tmp_path: Path) -> None:
    logs = [tmp_path / str(each) for each in range(3)]
    made = [await forks.fork("xinglin ids", number, 500)(log, signal.SIGTERM) for log in logs]
    assert [await process.wait() for process in made] == [0, 0, 0]
    ids = [line for log in logs for line in log.read_text().split()]
    assert len(set(ids)) == len(ids) == 1500


async def test_a_killed_fork_server_takes_its_processes_along_and_they_are_started_again(
    forks: Forks, tmp_path: Path
) -> None:
    child = Child("waiting", forks.fork("xinglin waiting", wait_to_be_told), tmp_path / "log")
    await child.start()
    first = psutil.Process(child.state.process_id)
    first.parent().kill()  # type: ignore[union-attr]
    async with asyncio.timeout(20):
        while child.state.restarts == 0 or child.state.status != "ok":
            await asyncio.sleep(0.05)
        while first.is_running() and first.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.05)
    assert child.state.process_id != first.pid
    await child.stop()
    assert child.state.status == "stopped"


async def test_a_process_has_not_ended_because_what_it_was_forked_from_has(forks: Forks, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await forks.fork("xinglin slow", end_slowly)(log, signal.SIGTERM)
    async with asyncio.timeout(20):
        while not (log.exists() and "can be told" in log.read_text()):
            await asyncio.sleep(0.01)
    slow = psutil.Process(process.pid)
    slow.parent().kill()  # type: ignore[union-attr]
    await process.wait()
    assert not slow.is_running() or slow.status() == psutil.STATUS_ZOMBIE


async def test_a_process_that_cannot_be_forked_now_is_forked_later(
    forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the fork server was killed and no longer listens, but has not quite ended."""
    child = Child("waiting", forks.fork("xinglin waiting", wait_to_be_told), tmp_path / "log")
    await child.start()
    for looked_at in ("ensure_running", "_forkserver.ensure_running"):
        monkeypatch.setattr(f"multiprocessing.forkserver.{looked_at}", lambda: None)
    server = psutil.Process(child.state.process_id).parent()
    assert server is not None
    server.kill()
    async with asyncio.timeout(20):
        while child.state.status != "restarting":
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert child.state.status == "restarting"
        monkeypatch.undo()
        while child.state.status != "ok":
            await asyncio.sleep(0.05)
    await child.stop()


async def test_one_that_is_long_in_coming_back_is_waited_for_and_not_ended(tmp_path: Path) -> None:
    asked: list[int | None] = []

    async def ready() -> None:
        asked.append(child.state.process_id)
        if len(asked) == 2:
            raise TimeoutError

    child = Child("slow", Command(["sleep", "60"]), tmp_path / "log", ready=ready)
    await child.start()
    first = psutil.Process(child.state.process_id)
    first.kill()
    async with asyncio.timeout(20):
        while child.state.restarts == 0 or child.state.status != "ok":
            await asyncio.sleep(0.01)
    assert len(asked) == 3
    assert asked[0] == first.pid
    assert asked[1] == asked[2] == child.state.process_id
    await child.stop()
