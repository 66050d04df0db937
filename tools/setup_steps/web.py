"""The web bundle, built only when its sources changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .machine import ROOT, digest, is_stamped, run, say, write_stamp

WEB = ROOT / "web"
CLIENTS = ROOT / "tests" / "clients"
BUNDLE = ROOT / "src" / "xinglin" / "server" / "web_bundle"
_NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results"}


def build(npm: Path) -> None:
    """Make the web bundle that the node serves."""
    wanted = digest(_sources(WEB))
    stamp = BUNDLE / ".stamp"
    if is_stamped(stamp, wanted) and (BUNDLE / "index.html").is_file():
        return
    install(npm)
    say("building the web pages")
    run(npm, "run", "--silent", "build", cwd=WEB, environment=_path_with(npm))
    write_stamp(stamp, wanted)


def install(npm: Path) -> None:
    """Install the locked packages of the web pages, running none of their scripts."""
    _install(npm, WEB, "the packages of the web pages")


def install_clients(npm: Path) -> None:
    """Install other people's FHIR clients, which the tests let speak to a node."""
    _install(npm, CLIENTS, "the FHIR clients of the tests")


def _install(npm: Path, folder: Path, what: str) -> None:
    wanted = digest([folder / "package-lock.json"])
    stamp = folder / "node_modules" / ".xinglin-stamp"
    if is_stamped(stamp, wanted):
        return
    say(f"installing {what}")
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, environment=_path_with(npm))
    write_stamp(stamp, wanted)


def _sources(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _NOT_SOURCES:
                yield from _sources(Path(entry.path))
        elif entry.is_file() and not entry.name.endswith(".tsbuildinfo"):
            yield Path(entry.path)


def _path_with(npm: Path) -> dict[str, str]:
    return {"PATH": f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
