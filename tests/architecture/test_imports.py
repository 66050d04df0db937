"""The floors of the house and the doors of its rooms."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
FLOORS = ("applications", "gateways", "cascade", "business_platform", "data_platform", "foundation")


def test_imports_run_down_the_house_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(cache_dir=None) == EXIT_STATUS_SUCCESS


def test_a_room_is_entered_only_by_its_door() -> None:
    graph = grimp.build_graph("xinglin", cache_dir=None, exclude_type_checking_imports=True)
    rooms = {room for floor in FLOORS for room in graph.find_children(f"xinglin.{floor}")}
    intruders = [
        f"{importer} imports {inner}, which is inside {room}"
        for room in rooms
        for inner in graph.find_descendants(room)
        for importer in graph.find_modules_that_directly_import(inner)
        if importer != room and not importer.startswith(f"{room}.")
    ]
    assert intruders == []
