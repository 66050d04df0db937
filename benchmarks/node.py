"""A whole node for benchmarks, started as its users start it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("XINGLIN_SHARED", ROOT.parent / "shared"))


class Node:
    """A whole node, started as its users start it."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self._console = folder.with_suffix(".console")
        words = [sys.executable, "-m", "xinglin.server.cli", "up", "--data", str(folder)]
        with self._console.open("w") as console:
            self._process = subprocess.Popen(words, stdout=console, stderr=console, env=self._environment)
        deadline = time.monotonic() + 120
        while not re.search(r"https?://\S+/sign-in#\S+", self._console.read_text()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(self._console.read_text())
            time.sleep(0.1)
        run = json.loads((folder / "run.json").read_text())
        self.url, self.owner_url = run["web_url"], run["database_owner_url"]
        self.mllp_port = int(run["mllp_port"])
        self._states = folder / "states.json"
        self._folder = folder
        self.token = self.command("token", "--name", "bench")

    def processes(self) -> dict[str, int]:
        """The process id of each part."""
        _, states = json.loads(self._states.read_text())
        return {name: state["process_id"] for name, state in states.items()}

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def command(self, *words: str) -> str:
        """What a command on this node's folder prints."""
        command = [sys.executable, "-m", "xinglin.server.cli", *words, "--data", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=True)
        return done.stdout.strip()
