"""A Chromium and a font with Chinese characters, for the tests that drive real pages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .machine import VENV, PersonNeededError, apt_install, can_apt, say, works

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_DRIVER_PACKAGE = "libatomic1"
"""What the Node.js that Playwright brings is linked to, and a minimal Debian lacks."""

_FONT_PACKAGE = "fonts-wqy-microhei"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_FONT_NAMES = ("wqy", "cjk", "notosanssc", "notosanshans", "droidsansfallback", "simsun", "simhei", "uming")


def find_or_install() -> None:
    """Make sure of both, and that the program which drives them starts. Raises PersonNeededError with the one line to
    type where it cannot."""
    missing = []
    if not _driver_starts() and not _install_driver_package():
        missing.append(_DRIVER_PACKAGE)
    if find_chromium() is None and not _install_chromium():
        missing.append("chromium")
    if not has_chinese_font() and not _install_font():
        missing.append(_FONT_PACKAGE)
    if missing:
        raise PersonNeededError(
            f"The browser tests need {' and '.join(missing)}. Type this, then try again:",
            f"浏览器测试需要 {'、'.join(missing)}，请先运行下面这一行，然后重试：",
            _line(missing),
        )


def find_chromium() -> Path | None:
    """``XINGLIN_CHROMIUM``, else a program on the path that starts, else one that Playwright downloaded."""
    named = os.environ.get("XINGLIN_CHROMIUM")
    candidates = [named] if named else [shutil.which(program) for program in PROGRAMS]
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")
    downloaded = sorted(Path(folder).expanduser().glob("chromium*/*/chrome*"), reverse=True)
    candidates += [str(file) for file in downloaded if file.name in {"chrome", "chrome-headless-shell"}]
    return next((Path(found) for found in candidates if found and _starts(found)), None)


def has_chinese_font() -> bool:
    for folder in _FONT_FOLDERS:
        for file in Path(folder).expanduser().rglob("*.[to]t[fc]"):
            name = file.name.lower().replace("-", "")
            if any(part in name for part in _FONT_NAMES):
                return True
    return False


def _starts(program: str) -> bool:
    """Ubuntu's ``chromium-browser`` is a script that only asks for snap: look whether it tells a version.
    A program that has told it is believed from then on, since asking takes a second."""
    stamp = VENV / "chromium.stamp"
    known = f"{program}\n{Path(program).stat().st_mtime_ns}"
    if stamp.is_file() and stamp.read_text("utf-8") == known:
        return True
    try:
        told = subprocess.run(
            [program, "--version", "--no-sandbox"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if told.returncode == 0 and any(character.isdigit() for character in told.stdout):
        stamp.write_text(known, "utf-8")
        return True
    return False


def _driver_starts() -> bool:
    return works(VENV / "bin" / "playwright", "--version")


def _install_driver_package() -> bool:
    if can_apt():
        _try_apt(_DRIVER_PACKAGE)
    return _driver_starts()


def _install_chromium() -> bool:
    if can_apt() and not _is_ubuntu():
        _try_apt("chromium")
    if find_chromium() is None:
        say("asking Playwright for a Chromium")
        with_packages = ["--with-deps"] if can_apt() else []
        subprocess.run(
            [VENV / "bin" / "playwright", "install", *with_packages, "chromium"],
            stdin=subprocess.DEVNULL,
            check=False,
        )
    return find_chromium() is not None


def _install_font() -> bool:
    if can_apt():
        _try_apt(_FONT_PACKAGE)
    return has_chinese_font()


def _try_apt(package: str) -> None:
    try:
        apt_install(package)
    except subprocess.CalledProcessError as failed:
        say(f"apt could not install {package} ({failed.returncode})")


def _is_ubuntu() -> bool:
    """Its ``chromium`` package brings a snap, which runs neither in containers nor under this test's user."""
    release = Path("/etc/os-release")
    return release.is_file() and "ubuntu" in release.read_text("utf-8").lower()


def _line(missing: list[str]) -> str:
    steps = []
    if "chromium" in missing and _is_ubuntu():
        steps.append(".venv/bin/playwright install --with-deps chromium")
        missing = [name for name in missing if name != "chromium"]
    if missing:
        steps.insert(0, f"sudo apt-get update && sudo apt-get install -y {' '.join(missing)}")
    return " && ".join(steps)
