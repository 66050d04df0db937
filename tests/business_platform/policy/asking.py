"""Requests straight into the application of a web process, as many thousand as a matrix needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Caller:
    """Asks ``application`` with one token."""

    def __init__(self, application: ASGIApp, token: str) -> None:
        self._application = application
        self._token = token

    async def __call__(self, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        path, _, query = url.partition("?")
        text = b"" if body is None else orjson.dumps(body)
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": text, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        given = {"authorization": f"Bearer {self._token}", "content-type": "application/fhir+json", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in {"host": "node", **given}.items()],
            "client": ("127.0.0.1", 1),
            "server": ("node", 80),
        }
        await self._application(scope, receive, send)
        body_parts = [one.get("body", b"") for one in sent if one["type"] == "http.response.body"]
        return Answer(sent[0]["status"], b"".join(body_parts))


def shown(answer: Answer) -> set[str]:
    """``Type/id`` of every resource in a Bundle, or of the one that was answered."""
    found = answer.json
    if found["resourceType"] != "Bundle":
        return {f"{found['resourceType']}/{found['id']}"} if answer.status == 200 else set()
    resources = [one.get("resource") for one in found.get("entry", ())]
    return {f"{one['resourceType']}/{one['id']}" for one in resources if one and "id" in one}
