"""A FHIR R4 REST client that waits for a node that is away and says clearly what a node refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from .asking import Asking, RefusedError

_HEADERS = {
    "Content-Type": "application/fhir+json",
    "Accept": "application/fhir+json",
    "Prefer": "return=minimal",
}
_CONFLICT = frozenset({409})


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
        self._node = Asking(base_url, token, _HEADERS, more_tries=_CONFLICT, ca_file=ca_file, transport=transport)

    async def close(self) -> None:
        await self._node.http.aclose()

    async def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        """The resource, or None when the node has none."""
        response = await self._node.ask("GET", f"{type_}/{id_}")
        return None if response.status_code in (404, 410) else _json(response)

    async def put(self, resource: dict[str, Any]) -> None:
        """Create or replace one resource under its own id."""
        path = f"{resource['resourceType']}/{resource['id']}"
        _require_success(await self._node.ask("PUT", path, orjson.dumps(resource)))

    async def transaction(self, resources: Sequence[dict[str, Any]]) -> None:
        """Create or replace all of them or none."""
        entries = [
            {
                "fullUrl": f"{self._node.http.base_url}{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
            }
            for resource in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        _require_success(await self._node.ask("POST", "", orjson.dumps(bundle)))


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
