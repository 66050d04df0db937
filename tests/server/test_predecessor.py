"""A killed PostgreSQL leaves lock files; a new one starts all the same, but never beside one that works."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.supervisor.predecessor import let_go


def lock_files(cluster: Path, process_id: int) -> list[Path]:
    """As PostgreSQL writes them; only the first line matters."""
    files = [cluster / "postmaster.pid", cluster / ".s.PGSQL.54329.lock"]
    for file in files:
        file.write_text(f"{process_id}\n{cluster}\n1763870000\n54329\n")
    return files


@contextmanager
def working(where: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], cwd=where)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_locks_of_one_that_was_killed_and_that_no_one_has_reaped_are_taken_away(tmp_path: Path) -> None:
    with working(tmp_path) as process:
        files = lock_files(tmp_path, process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended and keeps its number
        await let_go(tmp_path, 5)
        assert not any(file.exists() for file in files)


async def test_locks_that_name_a_stranger_since_the_machine_was_restarted_are_taken_away(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with working(elsewhere) as stranger:
        files = lock_files(tmp_path, stranger.pid)
        await let_go(tmp_path, 5)
        assert not any(file.exists() for file in files)
        assert stranger.poll() is None


async def test_one_that_is_still_finishing_is_waited_for(tmp_path: Path) -> None:
    with working(tmp_path) as process:
        files = lock_files(tmp_path, process.pid)
        waiting = asyncio.create_task(let_go(tmp_path, 30))
        await asyncio.sleep(0.3)
        assert not waiting.done() and all(file.exists() for file in files)
        process.kill()
        await asyncio.wait_for(waiting, 10)


async def test_one_that_does_not_end_is_named_and_left_alone(tmp_path: Path) -> None:
    with working(tmp_path) as process:
        files = lock_files(tmp_path, process.pid)
        with pytest.raises(XinglinError, match=str(process.pid)) as refused:
            await let_go(tmp_path, 0.2)
        assert refused.value.category is Category.UNAVAILABLE
        assert all(file.exists() for file in files)


async def test_a_new_cluster_and_an_unreadable_lock_are_no_hindrance(tmp_path: Path) -> None:
    await let_go(tmp_path, 0.2)
    (tmp_path / "postmaster.pid").write_text("")
    await let_go(tmp_path, 0.2)
