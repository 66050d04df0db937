"""A FHIR R4 REST client that waits for a node that is away and says clearly what a node refuses."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

_LONGEST_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 60.0
_TRY_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504}
_FAULTS_UNTIL_GIVEN_UP = 8


class RefusedError(Exception):
    """The node answered and will not change its mind: bad token, invalid resource, missing reference."""


class FhirClient:
    """One node's FHIR endpoint; safe for concurrent use. ``ca_file``: PEM, for nodes with their own CA."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        ca_file: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/fhir+json",
                "Accept": "application/fhir+json",
                "Prefer": "return=minimal",
            },
            timeout=_TIMEOUT_SECONDS,
            verify=ssl.create_default_context(cafile=ca_file),
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        """The resource, or None when the node has none."""
        response = await self._ask("GET", f"{type_}/{id_}", None)
        return None if response.status_code in (404, 410) else _json(response)

    async def put(self, resource: dict[str, Any]) -> None:
        """Create or replace one resource under its own id."""
        path = f"{resource['resourceType']}/{resource['id']}"
        _require_success(await self._ask("PUT", path, orjson.dumps(resource)))

    async def transaction(self, resources: Sequence[dict[str, Any]]) -> None:
        """Create or replace all of them or none."""
        entries = [
            {
                "fullUrl": f"{self._http.base_url}{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
            }
            for resource in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        _require_success(await self._ask("POST", "", orjson.dumps(bundle)))

    async def _ask(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        """The answer, once there is one that trying again would not better."""
        pause_seconds = 0.2
        faults = 0
        while True:
            try:
                response = await self._http.request(method, path, content=body)
            except httpx.TransportError:
                response = None
            if response is not None:
                if response.status_code not in _TRY_AGAIN:
                    return response
                faults += response.status_code == httpx.codes.INTERNAL_SERVER_ERROR
                if faults == _FAULTS_UNTIL_GIVEN_UP:
                    return response
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)


def _require_success(response: httpx.Response) -> None:
    if not response.is_success:
        raise RefusedError(f"{response.request.method} {response.request.url}: {_reason(response)}")


def _json(response: httpx.Response) -> dict[str, Any]:
    _require_success(response)
    found: dict[str, Any] = orjson.loads(response.content)
    return found


def _reason(response: httpx.Response) -> str:
    """Status and the diagnostics of the OperationOutcome, or the beginning of whatever came."""
    try:
        issues = orjson.loads(response.content)["issue"]
        told = "; ".join(str(issue.get("diagnostics", issue.get("code"))) for issue in issues[:3])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        told = response.text[:200]
    return f"{response.status_code} {told}"
