"""The documentation is true, and says nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("npmmirror", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w./~-])/(?:work|root|opt/wheels|tmp/t)/[\w.]")
BINARY = {".png", ".svg", ".ico", ".woff2", ".gz", ".zst", ".tar", ".backup", ".xz"}


def test_the_documentation_says_what_is_so() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs_check.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_registry_host_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = []
    for name in listed.splitlines():
        file = ROOT / name
        if file.suffix in BINARY or not file.is_file():
            continue
        text = file.read_text("utf-8", errors="replace")
        told += [f"{name}: {host}" for host in REGISTRY_HOSTS if host in text]
        told += [f"{name}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert told == []
