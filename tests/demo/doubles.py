"""A node's two front doors, as far as the demo sees them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx
import orjson


class Listener:
    """An MLLP listener on a free port that keeps what it acknowledged, and can be made to fail."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.by_control: dict[str, bytes] = {}
        self.conflicts: list[str] = []
        self.drop_answers = 0
        self.refuse = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As when the process is killed: the port is closed and every connection breaks."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, EOFError):
            while True:
                message = (await reader.readuntil(b"\x1c\r"))[1:-2]
                control = message.split(b"|")[9].decode()
                if self.by_control.setdefault(control, message) != message:
                    self.conflicts.append(control)
                self.received.append(message)
                if self.drop_answers:
                    self.drop_answers -= 1
                    writer.transport.abort()
                    return
                code = "AA"
                if self.refuse:
                    self.refuse -= 1
                    code = "AE"
                writer.write(b"\x0bMSH|^~\\&|N\rMSA|%b|%b\r\x1c\r" % (code.encode(), control.encode()))
                await writer.drain()


class FhirNode:
    """A FHIR endpoint in memory: versions rise only when the content changes."""

    def __init__(self) -> None:
        self.resources: dict[str, dict] = {}
        self.writes = 0
        self.changes = 0
        self.requests = 0
        self.away = 0
        self.refuses = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.away:
            self.away -= 1
            raise httpx.ConnectError("away")
        if request.headers["authorization"] != "Bearer secret" or self.refuses:
            issue = {"severity": "error", "code": "login", "diagnostics": "who are you?"}
            return httpx.Response(401, json={"resourceType": "OperationOutcome", "issue": [issue]})
        path = request.url.path.removeprefix("/fhir/")
        if request.method == "GET":
            found = self.resources.get(path)
            return httpx.Response(404) if found is None else httpx.Response(200, json=found)
        body = orjson.loads(request.content)
        entries = body["entry"] if body["resourceType"] == "Bundle" else [{"resource": body, "request": {"url": path}}]
        for entry in entries:
            self._write(entry["request"]["url"], entry["resource"])
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response"})

    def _write(self, url: str, resource: dict) -> None:
        assert url == f"{resource['resourceType']}/{resource['id']}"
        self.writes += 1
        if self.resources.get(url) != resource:
            self.changes += 1
            self.resources[url] = resource
