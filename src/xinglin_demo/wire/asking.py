"""Asking a node over HTTP, patiently: who is away or busy is asked again until there is an answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

import httpx

_LONGEST_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 60.0
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FAULTS_UNTIL_GIVEN_UP = 8


class RefusedError(Exception):
    """The node answered and will not change its mind: bad token, invalid resource, missing reference."""


class Asking:
    """One address of a node; safe for concurrent use. ``ca_file``: PEM, for nodes with their own CA. ``more_tries``:
    statuses, beside those that always are, for which asking again may help."""

    def __init__(
        self,
        base_url: str,
        token: str,
        headers: Mapping[str, str],
        *,
        more_tries: frozenset[int] = frozenset(),
        ca_file: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}", **headers},
            timeout=_TIMEOUT_SECONDS,
            verify=ssl.create_default_context(cafile=ca_file),
            transport=transport,
            trust_env=False,
        )
        self._try_again = _TRY_AGAIN | more_tries

    async def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The answer, once there is one that trying again would not better."""
        pause_seconds = 0.2
        faults = 0
        while True:
            try:
                response = await self.http.request(method, path, content=body, headers=headers)
            except httpx.TransportError:
                response = None
            if response is not None:
                if response.status_code not in self._try_again:
                    return response
                faults += response.status_code == httpx.codes.INTERNAL_SERVER_ERROR
                if faults == _FAULTS_UNTIL_GIVEN_UP:
                    return response
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)
