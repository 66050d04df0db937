"""Waits until a starting node takes calls, and says in plain words which part kept it from that."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

from xinglin.foundation.errors import Category, XinglinError

from .supervisor import Child

_ENDS_TOLERATED = 2
_LOOK_SECONDS = 0.1


async def serving(
    web: socket.socket, authority: Path | None, children: Sequence[Child], patience_seconds: float
) -> None:
    """Return when a web process takes calls: the socket listens before anybody does. ``authority`` is the PEM file
    of who signed its certificate, where it speaks TLS.

    Raises UNAVAILABLE with the name and the last words of the part that ended three times before that, or of the
    web process that said nothing for ``patience_seconds``.
    """
    answered = asyncio.ensure_future(_answered(web, authority))
    try:
        async with asyncio.timeout(patience_seconds):
            while not answered.done():
                failing = next((child for child in children if child.state.restarts > _ENDS_TOLERATED), None)
                if failing is not None:
                    raise could_not_start(failing.name, failing.tail(), str(failing.log_file))
                await asyncio.wait({answered}, timeout=_LOOK_SECONDS)
    except TimeoutError as error:
        web_child = next(child for child in children if child.name.startswith("web"))
        raise could_not_start(web_child.name, web_child.tail(), str(web_child.log_file)) from error
    finally:
        answered.cancel()


def could_not_start(name: str, last_words: str, log_file: str) -> XinglinError:
    """What a person is told of a part that does not start."""
    words = last_words.strip() or "-"
    return XinglinError(
        Category.UNAVAILABLE,
        f"The part {name} could not start. The end of {log_file}:\n\n{words}\n",
        f"组件 {name} 无法启动，日志 {log_file} 的末尾见上。",
    )


async def _answered(web: socket.socket, authority: Path | None) -> None:
    """Ask until somebody answers; a process that dies with the question in its hands leaves it unanswered."""
    host, port = web.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - told apart, not bound
    secured = None if authority is None else ssl.create_default_context(cafile=authority)
    while True:
        try:
            reader, writer = await asyncio.open_connection(
                here, port, ssl=secured, server_hostname="localhost" if secured else None
            )
            writer.write(b"GET /health HTTP/1.0\r\n\r\n")
            heard = await reader.read(1)
            writer.close()
        except OSError:
            heard = b""
        if heard:
            return
        await asyncio.sleep(_LOOK_SECONDS)
