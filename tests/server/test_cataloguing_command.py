"""A hospital brings its own catalogues to a node that runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx

from nodes import RunningNode


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xinglin.server.cli", "terminology", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def found(node: RunningNode, what: str, written: str) -> list[str]:
    headers = {"authorization": f"Bearer {node.token}"}
    answer = httpx.get(f"{node.url}/api/terminology/{what}", params={"q": written}, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()]


def test_a_new_node_has_the_starter_catalogues_a_moment_after_it_starts(node: RunningNode) -> None:
    until = time.monotonic() + 60
    while not found(node, "drugs", "ejsg") and time.monotonic() < until:
        time.sleep(0.5)
    assert "I10" in found(node, "diagnoses", "gxy")
    assert "metformin-500mg" in found(node, "drugs", "ejsg")


def test_a_table_is_loaded_and_rows_that_cannot_be_used_are_named(node: RunningNode, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("code,name_zh,name_en\nX98.7,院内自编病种,Own disease\n,没有编码,None\n", "utf-8")
    done = run("load-diagnoses", str(table), "--data", str(node.folder))
    assert done.returncode == 2, done.stderr
    assert "1 rows taken, 1 refused" in done.stdout and "line 3" in done.stderr
    assert found(node, "diagnoses", "ynzbbz") == ["X98.7"]


def test_a_file_that_is_not_there_is_said(node: RunningNode) -> None:
    done = run("load-drugs", "absent.csv", "--data", str(node.folder))
    assert done.returncode == 1 and "没有文件" in done.stderr
