"""``xinglin fhir load`` as people type it, beside a node that runs."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import httpx

from nodes import RunningNode


def typed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xinglin.server.cli", "fhir", "load", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_files_are_loaded_beside_a_running_node_and_told_of_in_both_languages(
    node: RunningNode, tmp_path: Path
) -> None:
    id_ = uuid.uuid4().hex
    file = tmp_path / "patients.ndjson"
    file.write_text(json.dumps({"resourceType": "Patient", "id": id_, "gender": "female"}) + "\n")
    done = typed(file, "--data", node.folder)
    assert done.returncode == 0, done.stderr
    assert "1 files (0 loaded before): 1 resources" in done.stdout and "1 个资源" in done.stdout
    with httpx.Client(base_url=node.url, headers={"Authorization": f"Bearer {node.token}"}) as client:
        assert client.get(f"/fhir/Patient/{id_}").json()["gender"] == "female"
    assert "1 files (1 loaded before): 1 resources, 0 of them now" in typed(file, "--data", node.folder).stdout


def test_what_is_refused_changes_the_exit_status_and_is_listed_where_asked(node: RunningNode, tmp_path: Path) -> None:
    file, refused = tmp_path / "bad.ndjson", tmp_path / "why.ndjson"
    file.write_text('{"resourceType": "Patient", "id": "x y"}\n')
    done = typed(file, "--data", node.folder, "--refused", refused)
    assert done.returncode == 2
    assert str(refused) in done.stdout
    assert json.loads(refused.read_text("utf-8"))["line"] == 1


def test_without_a_node_it_says_how_to_start_one(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text("{}\n")
    done = typed(file, "--data", tmp_path / "nowhere")
    assert done.returncode == 1
    assert "xinglin up" in done.stderr and "请运行" in done.stderr
