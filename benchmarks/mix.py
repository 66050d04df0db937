"""The public benchmark's CRUD mix (HealthSamurai/fhir-server-performance-benchmark): so many users, each of whom
creates nine resources that refer to one another, reads, updates and deletes them, again and again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Generator
from random import Random
from typing import Any
from urllib.parse import urlsplit

import uvloop

from population import Resource

TYPES = [
    "Patient",
    "Location",
    "Organization",
    "Practitioner",
    "Encounter",
    "Observation",
    "MedicationRequest",
    "Claim",
    "ExplanationOfBenefit",
]
_LOCATION = {"resourceType": "Location", "status": "active", "name": "Ward 7", "mode": "instance"}


def measure(url: str, token: str, templates: dict[str, list[Resource]], users: int, seconds: float) -> dict[str, Any]:
    """Requests a second and latencies of ``users`` at once; statuses are counted, failures too."""
    return uvloop.run(_measure(url, token, _texts(templates), users, seconds))


def _texts(templates: dict[str, list[Resource]]) -> dict[str, str]:
    """A resource of each type as text, whose references name a created type in braces: ``{Patient}``."""
    kinds = {one["id"]: type_ for type_, ones in templates.items() for one in ones}
    random = Random(5)
    return {
        type_: json.dumps(_linked(random.choice(templates[type_]) if type_ in templates else _LOCATION, kinds))
        for type_ in TYPES
    }


def _linked(value: Any, kinds: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_linked(one, kinds) for one in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: _linked(inner, kinds) for name, inner in value.items() if not (name == "id" and "resourceType" in value)
    }
    reference = value.get("reference")
    if isinstance(reference, str) and reference.startswith("urn:uuid:"):
        type_ = kinds.get(reference.removeprefix("urn:uuid:"), "")
        found["reference"] = f"{{{type_}}}" if type_ in TYPES else f"{type_ or 'Basic'}/elsewhere"
    return found


async def _measure(url: str, token: str, texts: dict[str, str], users: int, seconds: float) -> dict[str, Any]:
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    told = _Told(loop.time() + seconds)
    began = loop.time()
    made = [
        await loop.create_connection(lambda: _User(told, texts, token), place.hostname, place.port)
        for _ in range(users)
    ]
    await asyncio.gather(*(user.ended for _, user in made))
    taken = loop.time() - began
    times = sorted(told.times)
    return {
        "users": users,
        "requests": len(times),
        "per_second": round(len(times) / taken),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "failed": sum(many for status, many in told.statuses.items() if status >= 400),
    }


class _Told:
    """What all users met."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()


class _User(asyncio.Protocol):
    """One kept connection, one request at a time, written and read as plain bytes."""

    def __init__(self, told: _Told, texts: dict[str, str], token: str) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._told = told
        self._texts = texts
        self._head = f"host: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/fhir+json\r\n"
        self._clock = asyncio.get_running_loop().time
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._steps = self._rounds()
        self._send(next(self._steps))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError("the server closed a connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        whole, self._buffer = self._buffer[:end], b""
        now = self._clock()
        self._told.times.append(now - self._sent)
        self._told.statuses[int(whole[9:12])] += 1
        if now > self._told.deadline:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._send(self._steps.send(whole))

    def _send(self, request: bytes) -> None:
        self._sent = self._clock()
        self._transport.write(request)

    def _request(self, method: str, path: str, body: str = "") -> bytes:
        text = body.encode()
        return f"{method} /fhir/{path} HTTP/1.1\r\n{self._head}content-length: {len(text)}\r\n\r\n".encode() + text

    def _rounds(self) -> Generator[bytes, bytes, None]:
        while True:
            places: dict[str, str] = {}
            texts: dict[str, str] = {}
            for type_ in TYPES:
                texts[type_] = self._filled(type_, places)
                head = yield self._request("POST", type_, texts[type_])
                places[type_] = f"{type_}/{_new_id(head, type_)}"
            for type_ in TYPES:
                yield self._request("GET", places[type_])
            for type_ in TYPES:
                id_ = places[type_].partition("/")[2]
                changed = f'{{"id":"{id_}","language":"en",{texts[type_][1:]}'
                yield self._request("PUT", places[type_], changed)
            for type_ in reversed(TYPES):
                yield self._request("DELETE", places[type_])

    def _filled(self, type_: str, places: dict[str, str]) -> str:
        text = self._texts[type_]
        for name, place in places.items():
            text = text.replace(f"{{{name}}}", place)
        return text


def _new_id(head: bytes, type_: str) -> str:
    for line in head.split(b"\r\n"):
        if line[:9].lower() == b"location:":
            return line.rpartition(f"/{type_}/".encode())[2].split(b"/")[0].decode()
    raise SystemExit(f"a create of {type_} was not answered with its place: {head.decode()[:500]}")
