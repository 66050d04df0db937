"""Whole nodes as their users start them, for tests; and the external servers that the environment may name."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

EXTERNAL_DATABASE_URL = os.environ.get("XINGLIN_TEST_DATABASE_URL", "")
EXTERNAL_BUS_URL = os.environ.get("XINGLIN_TEST_BUS_URL", "")


async def external_database(name: str) -> str:
    """A new database on the external server; its URL."""
    server = await asyncpg.connect(EXTERNAL_DATABASE_URL)
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await server.close()
    return urlunsplit(urlsplit(EXTERNAL_DATABASE_URL)._replace(path=f"/{name}"))


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A whole node started as its users start it."""

    url: str
    mllp_host: str
    mllp_port: int
    token: str
    sign_in_url: str
    folder: Path
    process_id: int

    def link(self) -> str:
        """A fresh one-time sign-in link."""
        return command("link", "--data", str(self.folder))


def command(*words: str) -> str:
    """What ``xinglin`` with these words prints; fails the test when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def name_external_servers(folder: Path) -> None:
    """Make the node of ``folder`` use the servers that the environment names for the tests."""
    lines = []
    if EXTERNAL_DATABASE_URL:
        with ThreadPoolExecutor(1) as aside:  # the tests' own event loop runs in this thread
            url = aside.submit(asyncio.run, external_database(f"node_{uuid.uuid4().hex[:12]}")).result()
        lines += ["[database]", f'url = "{url}"']
    if EXTERNAL_BUS_URL:
        lines += ["[bus]", f'url = "{EXTERNAL_BUS_URL}"']
    if lines:
        (folder / "xinglin.toml").write_text("\n".join(lines) + "\n")


@contextmanager
def started_node(folder: Path, *words: str, patience_seconds: float = 120) -> Iterator[RunningNode]:
    """``xinglin up`` (or the command in ``words``) on ``folder`` until the block ends."""
    output = folder.with_suffix(".console")
    folder.mkdir(parents=True, exist_ok=True)
    name_external_servers(folder)
    with output.open("w") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "xinglin.server.cli", *(words or ("up",)), "--data", str(folder)],
            stdout=console,
            stderr=console,
        )
    try:
        deadline = time.monotonic() + patience_seconds
        while not (found := re.search(r"https?://\S+/sign-in#\S+", output.read_text())):
            assert process.poll() is None and time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        run = json.loads((folder / "run.json").read_text())
        yield RunningNode(
            url=run["web_url"],
            mllp_host=run["mllp_host"],
            mllp_port=run["mllp_port"],
            token=command("token", "--name", "tests", "--data", str(folder)),
            sign_in_url=found.group(0),
            folder=folder,
            process_id=process.pid,
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
