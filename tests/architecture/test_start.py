"""Starting a node must stay quick: heavy libraries are imported where they work."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "alembic",
    "ifcopenshell",
    "numba",
    "numpy",
    "ortools",
    "pandas",
    "playwright",
    "pytest",
    "scipy",
    "simpy",
    "sqlalchemy",
}


def modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_the_command_line_starts_without_heavy_libraries() -> None:
    assert modules_after("import xinglin.server.cli") & HEAVY == set()


def test_the_list_of_rooms_is_read_without_heavy_libraries() -> None:
    assert modules_after("import xinglin.server.assembly") & HEAVY == set()
