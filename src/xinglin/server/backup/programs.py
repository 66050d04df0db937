"""Runs PostgreSQL's own dump and restore programs without showing a password to other processes."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import unquote, urlsplit, urlunsplit

from xinglin.foundation.errors import Category, XinglinError

from ..supervisor.postgres import binary


async def run(program: str, url: str, *arguments: str) -> None:
    """Run ``program`` against the database of ``url``. Raises UNAVAILABLE with its last words."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{host}"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
    process = await asyncio.create_subprocess_exec(
        binary(program),
        f"--dbname={bare}",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        reason = errors.decode(errors="replace").strip()[-1500:]
        raise XinglinError(Category.UNAVAILABLE, f"{program} failed: {reason}", f"{program} 执行失败：{reason}")
