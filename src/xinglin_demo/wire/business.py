"""The node's business interface: scheduling and queues, as a desk's program uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import orjson

from .asking import Asking, RefusedError

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Language": "en"}


class TakenError(RefusedError):
    """Somebody else was first (409): ask for something else."""


class BusinessClient:
    """What lies under ``/api`` of one node; safe for concurrent use. ``ca_file``: PEM, for nodes with their own CA."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        ca_file: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._node = Asking(base_url, token, _HEADERS, ca_file=ca_file, transport=transport)

    async def close(self) -> None:
        await self._node.http.aclose()

    async def get(self, path: str) -> Any:
        """What stands at ``path``. Raises RefusedError."""
        return _told(await self._node.ask("GET", path))

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to ``body``; asked again while the node is away, under one key, so that it happens once. Raises
        TakenError where another was first, RefusedError for what the node does not want."""
        key = {"Idempotency-Key": str(uuid4())}
        return _told(await self._node.ask("POST", path, orjson.dumps(body), key))

    async def send(self, path: str, content: bytes) -> Any:
        """The answer to a file; asked again while the node is away. Raises RefusedError."""
        return _told(await self._node.ask("POST", path, content, {"Content-Type": "application/octet-stream"}))

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """As ``post``, for what is replaced by ``body``."""
        return _told(await self._node.ask("PUT", path, orjson.dumps(body)))

    async def confirm(self, pay_url: str) -> None:
        """Press the payer's button on the page of a payment provider, as a browser does: without the node's token.
        Raises RefusedError where the page is not there."""
        try:
            async with httpx.AsyncClient(timeout=30, trust_env=False) as browser:
                await browser.post(pay_url, data={"decision": "pay"})
        except httpx.HTTPError as error:
            raise RefusedError(f"{pay_url}: {error!r}") from error


def _told(response: httpx.Response) -> Any:
    if response.is_success:
        return orjson.loads(response.content) if response.content else None
    try:
        reason = orjson.loads(response.content).get("title")
    except (orjson.JSONDecodeError, AttributeError):
        reason = response.text[:200]
    kind = TakenError if response.status_code == httpx.codes.CONFLICT else RefusedError
    raise kind(f"{response.request.method} {response.request.url}: {response.status_code} {reason}")
