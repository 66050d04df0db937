"""The worked example of CONTRIBUTING.md works as it stands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^<!-- (file|change): (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with the example built into it."""
    copy = tmp_path_factory.mktemp("contributing") / "xinglin"
    copy.mkdir()
    brought = ("src", "tests/conftest.py", "tests/nodes.py", "tests/external.py", "tests/architecture/test_rooms.py")
    for name in (*brought, ".importlinter", "pyproject.toml"):
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "web_bundle"))
        else:
            shutil.copy(source, target)
    for kind, name, text in _BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        if kind == "file":
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text(text, "utf-8")
        else:
            change(copy / name, text)
    return copy


def change(file: Path, difference: str) -> None:
    """Insert each added line after the line that stands before it; that line must occur once."""
    text, before = file.read_text("utf-8"), ""
    for line in difference.splitlines():
        if line.startswith("+"):
            assert text.count(f"{before}\n") == 1, f"{file.name} has not one line {before!r}"
            text = text.replace(f"{before}\n", f"{before}\n{line[1:]}\n")
        before = line[1:]
    file.write_text(text, "utf-8")


def run(house: Path, *command: str) -> None:
    """Run Python in ``house``, with servers of its own: the external ones count their nodes in the run outside."""
    named = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN_TEST_")}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=house,
        env={**named, "PYTHONPATH": str(house / "src")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_keeps_to_the_import_contracts(house: Path) -> None:
    run(house, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(cache_dir=None))")


def test_the_example_is_formatted_and_typed(house: Path) -> None:
    room = "src/xinglin/applications/visiting"
    run(house, "-m", "ruff", "format", "--check", room, "tests/applications")
    run(house, "-m", "ruff", "check", "src", "tests/applications")
    run(house, "-m", "mypy", "-p", "xinglin.applications.visiting")


def test_the_example_keeps_to_the_plan_of_a_room(house: Path) -> None:
    run(house, "-m", "pytest", "-q", f"--basetemp={house}/scratch", "tests/architecture/test_rooms.py")


def test_the_examples_own_test_passes_on_a_whole_node(house: Path) -> None:
    run(house, "-m", "pytest", "-q", f"--basetemp={house}/scratch", "tests/applications/test_visiting.py")
