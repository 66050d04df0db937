"""Reads a file in a process of its own, so that a bad or huge one harms nobody: bounded memory, bounded time.

``python -m xinglin.applications.digital_twin.space.reading FILE [UNIT]`` writes progress lines and then the building
to stdout: ``p <stage> <share>``, ``b <JSON>``, or ``e <JSON [English, Chinese]>``.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from .model import Building, decode, encode

_MEMORY_BYTES = 6 * 2**30
_LINE_BYTES = 256 * 2**20
_ZIP = b"PK\x03\x04"


def read_file(file: Path, unit: str | None, progress: Callable[[str, float], None] = lambda *_: None) -> Building:
    """The building of an IFC file or a COBie workbook, by what is in it, not by its name. INVALID for anything else."""
    with file.open("rb") as start:
        packed = start.read(4) == _ZIP
    if packed:
        from .cobie import read_cobie

        return read_cobie(file)
    from .ifc import read_ifc

    return read_ifc(file, unit, progress)


async def read_apart(
    file: Path, unit: str | None, progress: Callable[[str, float], Awaitable[None]], limit_seconds: float
) -> Building:
    """As ``read_file``, in a process of its own. INVALID also where it takes too long or too much memory."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(file), *([unit] if unit else [])),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=_LINE_BYTES,
    )  # fmt: skip
    try:
        async with asyncio.timeout(limit_seconds):
            return await _hear(child, progress)
    except TimeoutError as error:
        raise XinglinError(
            Reason.INVALID,
            f"the file took longer than {limit_seconds:g} s to read; send fewer parts of the building",
            f"读取文件超过 {limit_seconds:g} 秒，请分部分导出后再上传",
        ) from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _hear(child: asyncio.subprocess.Process, progress: Callable[[str, float], Awaitable[None]]) -> Building:
    assert child.stdout is not None
    async for line in child.stdout:
        kind, _, rest = line.partition(b" ")
        if kind == b"p":
            stage, _, share = rest.decode().partition(" ")
            await progress(stage, float(share))
        elif kind == b"b":
            return decode(rest)
        elif kind == b"e":
            english, chinese = msgspec.json.decode(rest, type=tuple[str, str])
            raise XinglinError(Reason.INVALID, english, chinese)
    raise XinglinError(
        Reason.INVALID,
        "the file could not be read: it is damaged, or needs more memory than is given to it",
        "无法读取该文件：文件已损坏，或所需内存超出限制",
    )


def main(file: Path, unit: str | None) -> None:
    """Read ``file`` and say it on stdout; see the module."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    last = -1.0

    def say(stage: str, share: float) -> None:
        nonlocal last
        if share - last > 0.02:
            last = share
            sys.stdout.write(f"p {stage} {share:.3f}\n")
            sys.stdout.flush()

    try:
        told = b"b " + encode(read_file(file, unit, say))
    except XinglinError as error:
        told = b"e " + msgspec.json.encode((error.english, error.chinese))
    except MemoryError:
        told = b"e " + msgspec.json.encode(("the file needs too much memory", "该文件所需内存过多"))
    sys.stdout.buffer.write(told + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
