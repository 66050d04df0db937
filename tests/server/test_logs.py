"""Logs tell what happened, and never keep anything from happening."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_TELLING = """
import sys, structlog
from xinglin.server.logs import configure_logs
configure_logs("web")
structlog.get_logger("test").warning("told", number=1)
sys.stderr.write("and went on")
sys.stderr.flush()
import os
os._exit(0)
"""


def told(output: Path) -> str:
    with output.open("w") as stdout:
        done = subprocess.run(
            [sys.executable, "-c", _TELLING], stdout=stdout, stderr=subprocess.PIPE, text=True, check=True, timeout=60
        )
    return done.stderr


def test_a_process_writes_one_json_object_a_line(tmp_path: Path) -> None:
    told(tmp_path / "web.log")
    (line,) = (tmp_path / "web.log").read_text("utf-8").splitlines()
    assert {"process": "web", "event": "told", "number": 1, "level": "warning"}.items() <= json.loads(line).items()


def test_whoever_logs_on_a_full_disk_goes_on(tmp_path: Path) -> None:
    assert told(Path("/dev/full")) == "and went on"
