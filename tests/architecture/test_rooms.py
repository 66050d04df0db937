"""The plan of a room, the size of a file and the place of SQL."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "xinglin"
FLOORS = ("applications", "gateways", "cascade", "business_platform", "data_platform", "foundation")
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "core", "base", "misc", "models"}
LONGEST_FILE_LINES = 500
README_LINES = range(5, 61)

_STATEMENT = re.compile(
    r"^\s*(SELECT\s.+\bFROM\b|WITH\s+\w+\s.*\bAS\b.*\bSELECT\b|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(TABLE|INDEX)\s)",
    re.DOTALL,
)
# Where SQL may stand beside repository files and migrations, and why.
SQL_PLACES = {
    "foundation/database": "the pool and the migrations themselves",
    "foundation/bus/outbox.py": "the bus's repository: the log, its sequences and what was seen",
    "data_platform/search": "the compiler that turns FHIR search parameters into SQL text",
    "server/supervisor/postgres.py": "roles and databases of the embedded server",
    "server/backup": "counts and hashes of every table, whatever room it is of",
}


def rooms() -> list[Path]:
    return [
        folder
        for floor in FLOORS
        for folder in sorted((HOUSE / floor).iterdir())
        if folder.is_dir() and (folder / "__init__.py").exists()
    ]


def python_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)


@pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.relative_to(HOUSE)))
def test_a_room_says_at_its_door_what_it_is_for(room: Path) -> None:
    readme = room / "README.md"
    assert readme.is_file(), f"{room} has no README.md"
    assert len(readme.read_text("utf-8").splitlines()) in README_LINES
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))), f"{room}: no docstring"


def test_files_are_named_by_the_domain() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for top in ("src", "tests", "benchmarks", "tools")
        for path in (ROOT / top).rglob("*")
        if path.stem in VAGUE_NAMES and (path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py"))))
    ]
    assert vague == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for top in ("src", "tests", "benchmarks", "tools")
        for file in python_files(ROOT / top)
        if (lines := len(file.read_text("utf-8").splitlines())) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_sql_stands_only_in_repositories_and_compilers() -> None:
    astray = []
    for file in python_files(HOUSE):
        place = file.relative_to(HOUSE).as_posix()
        if file.stem == "repository" or {"repository", "migrations"} & set(file.parts):
            continue
        if any(place.startswith(allowed) for allowed in SQL_PLACES):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.match(node.value):
                astray.append(f"{place}:{node.lineno}")
    assert astray == []
