"""The virtual environment, the locked packages and the project's own commands."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from .machine import (
    ROOT,
    VENV,
    VENV_PYTHON,
    PersonNeededError,
    apt_install,
    can_apt,
    digest,
    is_stamped,
    run,
    say,
    works,
    write_stamp,
)

COMMANDS = {"xinglin": "xinglin.server.cli", "xinglin-demo": "xinglin_demo.cli"}
_LAUNCHER = """\
#!/bin/sh
'''exec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' '''
import sys

from {module} import main

if __name__ == "__main__":
    sys.exit(main())
"""


def install(*, for_tests: bool) -> None:
    """Make ``.venv`` hold the locked packages, and ``xinglin`` and ``xinglin-demo`` run from ``src``."""
    _make_environment()
    if for_tests:
        install_locked("requirements-dev.txt")
    elif not _is_installed("requirements-dev.txt"):
        install_locked("requirements.txt")
    _link_project()


def install_locked(name: str) -> None:
    """Install a hash-locked requirements file where that has not been done."""
    if _is_installed(name):
        return
    say(f"installing the packages of {name}")
    if works(VENV_PYTHON, "-m", "pip", "--version"):
        pip = [str(VENV_PYTHON), "-m", "pip"]
    else:
        pip = [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    run(
        *pip,
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--require-hashes",
        "-r",
        ROOT / name,
    )
    write_stamp(_stamp(name), _wanted(name))


def _is_installed(name: str) -> bool:
    return is_stamped(_stamp(name), _wanted(name))


def _stamp(name: str) -> Path:
    return VENV / f"{name}.stamp"


def _wanted(name: str) -> str:
    return digest([ROOT / name], sys.version)


def _make_environment() -> None:
    stamp = VENV / "python.stamp"
    value = f"{sys.version}\n{VENV}"
    if is_stamped(stamp, value) and VENV_PYTHON.exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    say(f"making .venv with Python {sys.version.split()[0]}")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if _has("venv") and _has("ensurepip"):
        run(sys.executable, "-m", "venv", VENV)
    elif _has("venv") and works(sys.executable, "-m", "pip", "--python", sys.executable, "--version"):
        run(sys.executable, "-m", "venv", "--without-pip", VENV)
    elif can_apt():
        apt_install(package)
        run(sys.executable, "-m", "venv", VENV)
    else:
        raise PersonNeededError(
            "This Python has neither ensurepip nor pip. Type this, then try again:",
            "此 Python 缺少 ensurepip 和 pip，请先运行下面这一行，然后重试：",
            f"sudo apt-get update && sudo apt-get install -y {package}",
        )
    write_stamp(stamp, value)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _link_project() -> None:
    """What an editable install would do, without a build tool: a path file and a launcher per command."""
    packages = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    path_file = packages / "xinglin.pth"
    if not is_stamped(path_file, f"{ROOT / 'src'}\n"):
        write_stamp(path_file, f"{ROOT / 'src'}\n")
    for command, module in COMMANDS.items():
        launcher = VENV / "bin" / command
        text = _LAUNCHER.format(module=module)
        if not is_stamped(launcher, text):
            write_stamp(launcher, text)
            launcher.chmod(0o755)
