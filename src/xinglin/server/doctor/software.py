"""The programs and fonts that a node, its pages and its tests rest on."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from xinglin.foundation.errors import XinglinError

from ..bundle import BUNDLE
from ..supervisor import nats_server, postgres
from .finding import Finding, Told, well

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_FONTS = ("wqy", "cjk", "notosanssc", "droidsansfallback", "simsun", "simhei", "uming")
_SETUP = Told("run: make setup", "请运行：make setup")


def python() -> Finding:
    """An older one does not get as far as this: ``tools/setup`` refuses it."""
    found = f"{platform.python_version()} ({sys.executable})"
    return well("python", found, found)


def postgresql() -> Finding:
    return _program("postgresql", lambda: postgres.binary("postgres"), "--version")


def nats() -> Finding:
    return _program("nats", nats_server.binary, "--version")


def node_js() -> Finding:
    """Only needed to build the pages: not missed once they are there."""
    built = (BUNDLE / "index.html").is_file()
    beside = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    version = None if beside is None else _answer(beside, "--version")
    if version is not None:
        pages = ("pages are built", "网页已构建") if built else ("pages are not built yet", "网页尚未构建")
        told = Told(f"{version}; {pages[0]}", f"{version}；{pages[1]}")
        return Finding("node.js", "ok" if built else "warn", told, None if built else _SETUP)
    if built:
        return well("node.js", "none; not needed, the pages are built", "无；网页已构建，不需要")
    return Finding("node.js", "fail", Told("none, and the pages are not built", "无，且网页尚未构建"), _SETUP)


def chromium() -> Finding:
    """Only needed by the browser tests."""
    for name in _BROWSERS:
        found = shutil.which(name)
        version = None if found is None else _answer(found, "--version", "--no-sandbox")
        if version:
            return well("chromium", version, version)
    return Finding(
        "chromium",
        "warn",
        Told("none; only the browser tests need it", "无；仅浏览器测试需要"),
        Told("run: sudo apt-get install -y chromium", "请运行：sudo apt-get install -y chromium"),
    )


def fonts() -> Finding:
    """A font with Chinese characters, for browsers and screenshots on this machine."""
    for folder in _FONT_FOLDERS:
        for file in Path(folder).expanduser().rglob("*.[to]t[fc]"):
            if any(name in file.name.lower().replace("-", "") for name in _FONTS):
                return well("fonts", file.name, file.name)
    return Finding(
        "fonts",
        "warn",
        Told("no font with Chinese characters on this machine", "本机没有中文字体"),
        Told("run: sudo apt-get install -y fonts-wqy-microhei", "请运行：sudo apt-get install -y fonts-wqy-microhei"),
    )


def _program(matter: str, find: Callable[[], str], *question: str) -> Finding:
    try:
        version = _answer(find(), *question)
    except XinglinError as error:
        return Finding(matter, "fail", Told(error.english, error.chinese), _SETUP)
    if version is None:
        return Finding(matter, "fail", Told("does not start", "无法启动"), _SETUP)
    return well(matter, version, version)


def _answer(program: str, *question: str) -> str | None:
    """What the program says of itself; None when it does not start."""
    try:
        done = subprocess.run([program, *question], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else None
