"""What an earlier PostgreSQL left in its folder when it was killed, or is still finishing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil

from xinglin.foundation.errors import Category, XinglinError

_LOOK_SECONDS = 0.1


async def let_go(cluster: Path, patience_seconds: float) -> None:
    """Return when no earlier server works in ``cluster``, and nothing there says that one does.

    Called by whoever holds the node's lock, so that no other server is about to start. PostgreSQL looks only whether a
    process has the number in its lock files: after a restart of the machine that may be anybody's, and in a container
    that no one tidies a killed server keeps its number. Raises UNAVAILABLE where an earlier one does not end.
    """
    deadline = asyncio.get_running_loop().time() + patience_seconds
    while (process_id := _working_in(cluster)) is not None:
        if asyncio.get_running_loop().time() > deadline:
            raise XinglinError(
                Category.UNAVAILABLE,
                f"an earlier PostgreSQL (process {process_id}) still works in {cluster}; end it and start again",
                f"先前的 PostgreSQL（进程 {process_id}）仍在使用 {cluster}，请先结束它再启动",
            )
        await asyncio.sleep(_LOOK_SECONDS)
    for file, _ in _locks(cluster):
        file.unlink(missing_ok=True)


def _working_in(cluster: Path) -> int | None:
    return next((process_id for _, process_id in _locks(cluster) if _is_server_of(process_id, cluster)), None)


def _locks(cluster: Path) -> Iterator[tuple[Path, int]]:
    """The lock files of the data folder and of the socket, with the process that each names in its first line."""
    for file in [cluster / "postmaster.pid", *cluster.glob(".s.PGSQL.*.lock")]:
        try:
            first = file.read_text("ascii", "replace").partition("\n")[0].strip()
        except FileNotFoundError:
            continue
        yield file, abs(int(first)) if first.lstrip("-").isdigit() else 0


def _is_server_of(process_id: int, cluster: Path) -> bool:
    try:
        process = psutil.Process(process_id)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == cluster.resolve()
    except (psutil.Error, ValueError, OSError):  # gone, or another user's, whom this folder does not let in
        return False
