"""A node that cannot start says which part failed and why, in both languages, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

# Run by Python before anything of ours, and only the web processes mind it.
SABOTAGE = """\
import os, sys, uvicorn

def serve(self, sockets=None):
    sys.stderr.write("the web fell over its own feet\\n")
    sys.stderr.flush()
    os._exit(7)

uvicorn.Server.serve = serve
"""


def up(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", "up", "--data", str(folder), *words],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, **environment},
    )


def assert_told(done: subprocess.CompletedProcess[str], folder: Path, *words: str) -> None:
    """Refused in plain words of both languages, and no process of the folder is left."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    deadline = time.monotonic() + 5
    while left := [process for process in psutil.process_iter(["cmdline"]) if works_for(process, folder)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def works_for(process: psutil.Process, folder: Path) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE and any(
        str(folder) in word for word in process.info["cmdline"] or ()
    )


def test_a_web_process_that_ends_again_and_again_is_named_with_its_last_words(tmp_path: Path) -> None:
    sabotage = tmp_path / "sabotage"
    sabotage.mkdir()
    (sabotage / "sitecustomize.py").write_text(SABOTAGE)
    path = os.pathsep.join([str(sabotage), os.environ.get("PYTHONPATH", "")])
    began = time.monotonic()
    done = up(tmp_path / "data", PYTHONPATH=path)
    assert_told(done, tmp_path / "data", "web-1", "fell over its own feet", "web.log", "无法启动")
    assert time.monotonic() - began < 50


def test_a_database_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "postgres").mkdir(parents=True, mode=0o700)
    (folder / "postgres" / "PG_VERSION").write_text("9.1\n")
    assert_told(up(folder), folder, "postgres", "postgres.log", "无法启动")


def test_a_port_that_somebody_else_holds_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = str(stranger.getsockname()[1])
        assert_told(up(tmp_path / "data", "--port", port), tmp_path / "data", port, "--port", "无法监听")


@pytest.mark.parametrize(
    ("variable", "url", "server"),
    [
        ("XINGLIN_DATABASE_URL", "postgresql://xinglin_app:tell-nobody@127.0.0.1:1/xinglin", "PostgreSQL"),
        ("XINGLIN_BUS_URL", "nats://someone:tell-nobody@127.0.0.1:1", "NATS"),
    ],
)
def test_an_external_server_that_is_away_is_named_without_its_password(
    variable: str, url: str, server: str, tmp_path: Path
) -> None:
    done = up(tmp_path / "data", **{variable: url})
    assert_told(done, tmp_path / "data", server, "127.0.0.1:1", "无法使用外部")
    assert "tell-nobody" not in done.stderr
