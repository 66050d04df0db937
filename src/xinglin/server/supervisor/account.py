"""The unprivileged operating-system account that PostgreSQL runs as when the node is started by root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import structlog

from xinglin.foundation.errors import Category, XinglinError

ACCOUNT = "xinglin"

log = structlog.get_logger("supervisor")


def unprivileged_account() -> pwd.struct_passwd | None:
    """None when the process is not root; else the account, made at first need. Raises UNAVAILABLE where it
    cannot be made."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    try:
        subprocess.run(
            [
                useradd,
                "--system",
                "--no-create-home",
                "--user-group",
                "--shell",
                "/usr/sbin/nologin",
                ACCOUNT,
            ],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise XinglinError(
            Category.UNAVAILABLE,
            f"PostgreSQL must not run as root and the account '{ACCOUNT}' could not be made ({error});"
            f" run: useradd --system {ACCOUNT}",
            f"PostgreSQL 不能以 root 运行，且无法创建系统账户 {ACCOUNT}（{error}），请运行：useradd --system {ACCOUNT}",
        ) from error


def make_reachable(path: Path) -> None:
    """Let other accounts pass through (not list) each folder above ``path``, saying so for each changed."""
    for folder in [*reversed(path.resolve().parents)]:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            log.warning("folder opened for passing through", folder=str(folder), account=ACCOUNT)
