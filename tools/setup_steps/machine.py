"""What every step asks of the machine: run a program, install a Debian package, remember what was done."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"


class PersonNeededError(Exception):
    """Setup cannot go on by itself; ``line`` is the one line to type."""

    def __init__(self, english: str, chinese: str, line: str) -> None:
        super().__init__(english)
        self.english, self.chinese, self.line = english, chinese, line


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> None:
    """Run a program with its output shown; raises CalledProcessError when it fails."""
    subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        check=True,
    )


def works(*command: str | Path) -> bool:
    """Whether a program exists and leaves with 0."""
    try:
        done = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def can_apt() -> bool:
    """Whether Debian packages can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> None:
    """Install Debian packages as root; raises CalledProcessError when there is no such package."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {' '.join(packages)} with apt")
    run("apt-get", "update", "-q", environment=quiet)
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages, environment=quiet)


def digest(files: Iterable[Path], *more: str) -> str:
    """A digest of the files' places in the project, their contents, and ``more``."""
    seen = hashlib.sha256()
    for file in sorted(files):
        seen.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    for text in more:
        seen.update(text.encode() + b"\0")
    return seen.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text("utf-8") == value


def write_stamp(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value, "utf-8")
