"""Whole nodes as their users start them, for tests."""

from __future__ import annotations

import asyncio
import json
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

import external
from xinglin.foundation.bus import BusSettings
from xinglin.foundation.database import DatabaseSettings
from xinglin.server.settings import located, read_settings
from xinglin.server.supervisor import DataFolder


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

    def servers(self) -> tuple[DatabaseSettings, BusSettings]:
        """Where its PostgreSQL and NATS are, its own or external ones."""
        folder = DataFolder(self.folder)
        settings = located(read_settings(folder.settings_file), folder.endpoints())
        return settings.database, settings.bus


def command(*words: str) -> str:
    """What ``xinglin`` with these words prints; fails the test when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def name_external_servers(folder: Path) -> None:
    """Make the new node of ``folder`` use the servers that the environment names for the tests."""
    lines = []
    if external.DATABASE_URL:
        name = f"node_{uuid.uuid4().hex[:12]}"
        with ThreadPoolExecutor(1) as aside:  # the tests' own event loop runs in this thread
            made = aside.submit(asyncio.run, external.prepared_database(external.DATABASE_URL, name)).result()
        lines += ["[database]", f'url = "{made.url}"', f'owner_url = "{made.owner_url}"']
    if external.BUS_URL:
        lines += ["[bus]", f'url = "{external.next_bus_url()}"']
    if lines:
        (folder / "xinglin.toml").write_text("\n".join(lines) + "\n")


@contextmanager
def started_node(
    folder: Path, *words: str, patience_seconds: float = 120, own_servers: bool = False
) -> Iterator[RunningNode]:
    """``xinglin up`` (or the command in ``words``) on ``folder`` until the block ends. A new node takes the servers
    that the environment names for the tests, unless the matter is its ``own_servers``."""
    output = folder.with_suffix(".console")
    folder.mkdir(parents=True, exist_ok=True)
    if not own_servers and not any(folder.iterdir()):
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
