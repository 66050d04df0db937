"""08:00: people with accounts of their own ask for the places of one department.

    python benchmarks/rush.py [--people 5000] [--places 50] [--seconds 10] [--retries 0.1] [--json]

Some look at the slots before. Each person asks once at a random moment of ``--seconds`` (0: all at the same moment); some ask again at once with the
same Idempotency-Key, as impatient phones do. A time is counted from that moment to the answer, whatever stood before
it. The figures say how many places were given, how many of them too many, and how far the order of the answers is from
the order of coming. The client shares the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import orjson
import psutil
import uvloop

from node import ROOT, Node

sys.path.insert(0, str(ROOT / "src"))

from xinglin.business_platform.access.secret import hash_of

_CONNECTIONS = 256
_PERIODS = 10
_LOOKING = 500


@dataclass(slots=True)
class Person:
    """Somebody with a phone: when they ask, and what they were told."""

    patient: str
    secret: str
    at: float
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: int = 0
    appointments: set[str] = field(default_factory=set)
    times: list[float] = field(default_factory=list)


async def admit(owner_url: str, people: list[Person]) -> None:
    """Give everybody an account, a session and the role of a patient, as the desk and sign-in would."""
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    accounts = [str(uuid.uuid4()) for _ in people]
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.executemany(
            "INSERT INTO access_account (id, kind, name, state, created_at, created_by)"
            " VALUES ($1, 'user', 'bench', 'active', $2, 'bench')",
            [(account, now) for account in accounts],
        )
        await connection.executemany(
            "INSERT INTO access_membership (account, role) VALUES ($1, 'patient')", [(one,) for one in accounts]
        )
        await connection.executemany(
            "INSERT INTO access_representation (account, patient, relation, since) VALUES ($1, $2, 'self', $3)",
            [(account, one.patient, now) for account, one in zip(accounts, people, strict=True)],
        )
        await connection.executemany(
            "INSERT INTO access_session (id, secret_hash, name, kind, created_at, seen_at, expires_at, account,"
            " methods, authenticated_at) VALUES ($1, $2, 'bench', 'user', $3, $3, $4, $5, '{hwk}', $3)",
            [
                (str(uuid.uuid4()), hash_of(one.secret), now, until, account)
                for account, one in zip(accounts, people, strict=True)
            ],
        )
    finally:
        await connection.close()


def prepare(url: str, token: str, people: list[Person], places: int) -> tuple[str, str]:
    """Write the patients and a department whose places are open; its id and the day."""
    service = str(uuid.uuid4())
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=120) as client:
        written: list[dict[str, Any]] = [{"resourceType": "HealthcareService", "id": service, "name": "心内科"}]
        written += [{"resourceType": "Patient", "id": one.patient, "name": [{"text": "赵"}]} for one in people]
        for start in range(0, len(written), 500):
            entries = [
                {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
                for one in written[start : start + 500]
            ]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            client.post("/fhir", json=bundle).raise_for_status()
        today = datetime.now(UTC).date()
        hours = {
            "service": service,
            "weekdays": [1, 2, 3, 4, 5, 6, 7],
            "starts": "08:00",
            "ends": "13:00",
            "period_minutes": 30,
            "places": places // _PERIODS,
            "first_day": str(today - timedelta(days=1)),
        }
        client.post("/api/scheduling/schedules", json=hours).raise_for_status()
    return service, str(today + timedelta(days=3))


class Rush:
    """Everybody's requests over connections that are open already, each sent at its own moment."""

    def __init__(self, url: str, service: str, day: str) -> None:
        self._place = urlsplit(url)
        self._service = service
        self._day = day
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def run(self, people: list[Person], retries: float) -> float:
        """Let them ask; how long it took until the last was answered."""
        for _ in range(_CONNECTIONS):
            self._idle.put_nowait(await asyncio.open_connection(self._place.hostname, self._place.port))
        await asyncio.gather(*(self._look(one) for one in random.sample(people, min(len(people), _LOOKING))))
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.2
        asks = []
        for one in people:
            asks.append(self._ask(one, began))
            if random.random() < retries:
                asks.append(self._ask(one, began))
        await asyncio.gather(*asks)
        taken = loop.time() - began
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()
        return taken

    async def _look(self, one: Person) -> None:
        """What people do in the minute before: they have the page with the slots open."""
        await self._exchange(
            f"GET /api/scheduling/slots?service={self._service} HTTP/1.1\r\nhost: bench\r\n"
            f"authorization: Bearer {one.secret}\r\n\r\n".encode()
        )

    async def _ask(self, one: Person, began: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, began + one.at - loop.time()))
        body = orjson.dumps({"patient": one.patient, "service": self._service, "day": self._day})
        head = (
            f"POST /api/scheduling/appointments HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {one.secret}\r\n"
            f"content-type: application/json\r\nidempotency-key: {one.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        one.status, answer = await self._exchange(head.encode() + body)
        one.times.append(loop.time() - began - one.at)
        if one.status == 201:
            one.appointments.add(orjson.loads(answer)["appointment"])

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, on the next connection that is idle."""
        reader, writer = await self._idle.get()
        writer.write(request)
        told = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in told.lower().split(b"\r\n") if line[:15] == b"content-length:"
        )
        answer = await reader.readexactly(length)
        self._idle.put_nowait((reader, writer))
        return int(told[9:12]), answer


async def _stored(owner_url: str, service: str, day: str) -> tuple[int, int]:
    """What the database says: appointments of that day, and places that were given beyond what there are."""
    connection = await asyncpg.connect(owner_url)
    try:
        return await connection.fetchrow(
            """
            SELECT count(*)::integer, coalesce((SELECT sum(greatest(b.given - s.places, 0)) FROM scheduling_slot s JOIN (
                SELECT slot_id, count(*) AS given FROM scheduling_booking WHERE state = 'booked' GROUP BY slot_id
            ) b USING (slot_id)), 0)::integer
            FROM scheduling_booking WHERE service = $1 AND day = $2::text::date AND state = 'booked'
            """,
            service,
            day,
        )
    finally:
        await connection.close()


def _cpu_seconds(node: Node) -> dict[str, float]:
    """What each part of the node has used so far, its children with it, and this client."""
    found = {"client": sum(os.times()[:2])}
    for name, process_id in node.processes().items():
        process = psutil.Process(process_id)
        every = [process, *process.children(recursive=True)]
        found[name] = sum(sum(one.cpu_times()[:2]) for one in every)
    return found


def measure(folder: Path, count: int, places: int, seconds: float, retries: float) -> dict[str, Any]:
    draw = random.Random(8)
    people = [Person(str(uuid.uuid4()), secrets.token_urlsafe(32), draw.uniform(0, seconds)) for _ in range(count)]
    node = Node(folder / "data")
    try:
        service, day = prepare(node.url, node.token, people, places)
        asyncio.run(admit(node.owner_url, people))
        before = _cpu_seconds(node)
        taken = uvloop.run(Rush(node.url, service, day).run(people, retries))
        spent = {name: seconds - before[name] for name, seconds in _cpu_seconds(node).items()}
        booked, oversold = asyncio.run(_stored(node.owner_url, service, day))
    finally:
        node.stop()
    times = sorted(time for one in people for time in one.times)
    winners = [one for one in people if one.appointments]
    earliest = sorted(people, key=lambda one: one.at)[: len(winners)]
    return {
        "people": count,
        "requests": len(times),
        "seconds": round(taken, 2),
        "per_second": round(len(times) / taken),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "longest_ms": round(times[-1] * 1000, 1),
        "places": places,
        "given": booked,
        "oversold": oversold + max(0, booked - places),
        "given_twice_to_one": sum(len(one.appointments) > 1 for one in people),
        "not_among_the_first": len({one.patient for one in winners} - {one.patient for one in earliest}),
        "unexpected": sum(one.status not in (201, 409) for one in people),
        "cpu_ms_a_request": {name: round(1000 * used / len(times), 2) for name, used in spent.items() if used > 0.2},
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=5_000)
    asked.add_argument("--places", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--retries", type=float, default=0.1)
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    words = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder), words.people, words.places, words.seconds, words.retries)
    print(json.dumps(found) if words.json else "  ".join(f"{name} {value}" for name, value in found.items()))
    if found["oversold"] or found["given_twice_to_one"] or found["unexpected"]:
        sys.exit("the rush was not served rightly")


if __name__ == "__main__":
    main()
