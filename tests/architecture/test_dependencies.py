"""A node runs with what ``requirements.txt`` brings, and with nothing that only the tests have."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"xinglin", "xinglin_demo"}


def locked(name: str) -> set[str]:
    names = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    return {canonical(found) for found in names}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, str]:
    """Each outside package that the source imports, and a file that does."""
    found = {}
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [str(node.module)]
            else:
                continue
            for name in names:
                found[name.split(".")[0]] = str(file.relative_to(ROOT))
    return {name: file for name, file in found.items() if name not in OURS | sys.stdlib_module_names}


def test_whatever_a_node_imports_is_locked_for_it() -> None:
    brought = locked("requirements.txt")
    providers = packages_distributions()
    lacking = {
        name: file
        for name, file in imported().items()
        if not brought & {canonical(provider) for provider in providers.get(name, [])}
    }
    assert lacking == {}


def test_migrations_find_what_their_driver_needs_without_the_tests_packages() -> None:
    assert "greenlet" in locked("requirements.txt")


def test_the_tests_run_on_what_a_node_runs_on() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
