"""How much the bodies of all requests may weigh together, so that many large ones cannot fill the memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from xinglin.foundation.errors import Category, XinglinError

_SMALL_BYTES = 2**20
_OF_UNKNOWN_SIZE_BYTES = 64 * 2**20
_RETRY_SECONDS = 5


class LargeBodies:
    """What is free of ``budget_bytes`` for bodies over 1 MiB in one process. A request that finds too little waits
    before it sends more, and others with small bodies pass it."""

    def __init__(self, budget_bytes: int, patience_seconds: float = 20.0) -> None:
        self._budget_bytes = self._free_bytes = budget_bytes
        self._patience_seconds = patience_seconds
        self._changed = asyncio.Condition()

    @staticmethod
    def is_small(scope: Scope) -> bool:
        """Whether a request says that it has no large body, and so need not be weighed."""
        headers = scope["headers"]
        declared = next((value for name, value in headers if name == b"content-length"), b"0")
        return (
            declared.isdigit() and int(declared) <= _SMALL_BYTES and all(n != b"transfer-encoding" for n, _ in headers)
        )

    @asynccontextmanager
    async def weighed(self, scope: Scope, receive: Receive) -> AsyncIterator[Receive]:
        """``receive`` for one request, which holds its share until the block ends. Where it waits for longer than the
        patience, reading its body raises UNAVAILABLE."""
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdigit() else 0
        seen = held = 0

        async def weighing() -> Any:
            nonlocal seen, held
            if not held and max(size, seen) > _SMALL_BYTES:
                held = await self._take(size or _OF_UNKNOWN_SIZE_BYTES)
            message = await receive()
            seen += len(message.get("body", b""))
            return message

        try:
            yield weighing
        finally:
            if held:
                await self._give_back(held)

    async def _take(self, asked_bytes: int) -> int:
        share = min(asked_bytes, self._budget_bytes)
        try:
            async with asyncio.timeout(self._patience_seconds), self._changed:
                await self._changed.wait_for(lambda: self._free_bytes >= share)
                self._free_bytes -= share
        except TimeoutError as error:
            raise XinglinError(
                Category.UNAVAILABLE,
                "The node is busy with other large requests; send again in a moment, or in smaller parts.",
                "节点正忙于处理其他大型请求，请稍后重发或分批发送。",
                retry_after_seconds=_RETRY_SECONDS,
            ) from error
        return share

    async def _give_back(self, share: int) -> None:
        async with self._changed:
            self._free_bytes += share
            self._changed.notify_all()
