"""The doctor finds what is wrong, says what to do in two languages, and raises no false alarm."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from xinglin.server import upkeep
from xinglin.server.doctor import Finding, as_text, disk, examine, network, servers, worst
from xinglin.server.doctor.examination import _seen
from xinglin.server.doctor.finding import Told

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    return examine(tmp_path_factory.mktemp("doctor") / "node")


def by_matter(findings: list[Finding], matter: str) -> Finding:
    return next(finding for finding in findings if finding.matter == matter)


def test_every_matter_is_looked_at(findings: list[Finding]) -> None:
    matters = {finding.matter for finding in findings}
    assert matters == {
        *("python", "postgresql", "nats", "node.js", "chromium", "fonts", "account", "memory", "files"),
        *("locale", "clock", "folder", "space", "fsync", "ports", "database", "bus"),
    }


def test_a_machine_that_runs_these_tests_can_run_a_node(findings: list[Finding]) -> None:
    for matter in ("python", "postgresql", "nats", "account", "folder"):
        assert by_matter(findings, matter).status == "ok"


def test_whatever_is_not_well_comes_with_advice(findings: list[Finding]) -> None:
    assert [finding.matter for finding in findings if finding.status != "ok" and finding.advice is None] == []


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    examine(tmp_path / "node")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("seconds", "kind", "status"),
    [
        (1e-6, "ext4", "fail"),
        (2e-6, "xfs", "fail"),
        (40e-6, "ext4", "ok"),
        (3e-3, "ext4", "ok"),
        (50e-3, "ext4", "warn"),
        (1e-3, "nfs4", "warn"),
        (0.0, "tmpfs", "fail"),
    ],
)
def test_a_disk_that_cannot_be_telling_the_truth_is_named(seconds: float, kind: str, status: str) -> None:
    assert disk.judge_sync(seconds, kind).status == status


def test_a_folder_in_memory_is_refused() -> None:
    if disk.file_system(Path("/dev/shm")) != "tmpfs":
        pytest.skip("this machine has no /dev/shm in memory")
    finding = disk.fsync(Path("/dev/shm/node"))
    assert finding.status == "fail"
    assert finding.advice is not None


def test_a_port_held_by_a_stranger_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        (tmp_path / "xinglin.toml").write_text(f"[web]\nport = {port}\n", "utf-8")
        finding = network.ports(tmp_path)
    assert finding.status == "warn"
    assert str(port) in finding.told.en


@pytest.mark.parametrize(
    ("matter", "status"),
    [
        ({}, None),
        ({"version": 15}, "fail"),
        ({"encoding": "SQL_ASCII"}, "fail"),
        ({"unsafe": ["fsync"]}, "fail"),
        ({"missing": ["pg_trgm"]}, "warn"),
    ],
)
def test_an_external_database_is_judged_by_what_it_says_of_itself(matter: dict[str, Any], status: str | None) -> None:
    sound = {"version": 18, "release": "18.6", "encoding": "UTF8", "unsafe": [], "missing": []}
    finding = servers.judge_server({**sound, **matter})
    assert (finding and finding.status) == status


def test_a_look_that_fails_does_not_hide_the_others() -> None:
    def look() -> Finding:
        raise OSError("the disk is on fire")

    assert "on fire" in _seen("disk", look).told.en


def test_it_speaks_chinese_and_english(findings: list[Finding]) -> None:
    assert CHINESE.search(as_text(findings, "zh"))
    assert not CHINESE.search(as_text(findings, "en"))


def test_the_worst_finding_decides_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    upkeep.register(app)
    told = Told("en", "中文")
    for status, code in (("ok", 0), ("warn", 1), ("fail", 2)):
        listed = [Finding("a", "ok", told), Finding("b", status, told)]  # type: ignore[arg-type]
        monkeypatch.setattr("xinglin.server.doctor.examine", lambda _, listed=listed: listed)
        result = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
        assert result.exit_code == code
        assert json.loads(result.stdout)["status"] == status == worst(listed)
