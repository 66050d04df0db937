"""HL7 v2 from the wire to searchable FHIR: messages a second, acknowledgement times, time until all is there.

    python benchmarks/hl7.py [--messages 20000] [--connections 8]

Repeats the Simulated Hospital's 1,013 messages with fresh control ids, patient, visit and order numbers.
A whole node as its users run it and this client share one machine. Beside the result
stands a limit measured in the same run: the same bytes written by COPY and by single fsynced commits.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import re
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from node import SHARED, Node

VT, FS_CR = b"\x0b", b"\x1c\r"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_260)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    corpus = SHARED / "data" / "hl7v2" / "simhospital_messages.out"
    if not corpus.exists():
        raise SystemExit(f"{corpus} is absent; set XINGLIN_SHARED to the folder of shared data")
    asyncio.run(_run(_multiplied(corpus.read_bytes(), given.messages), given.connections))


def _multiplied(raw: bytes, many: int) -> list[bytes]:
    """The corpus again and again; each pass has its own control ids, patients, visits and orders."""
    corpus = [one.strip(b"\n") for one in raw.split(b"\n\n") if one.strip()]
    found: list[bytes] = []
    while len(found) < many:
        mark = f"{len(found) // len(corpus):03d}".encode()
        for one in corpus:
            fresh = re.sub(rb"^((?:[^|]*\|){9})([^|]*)", rb"\g<1>" + mark + rb"-\g<2>", one, count=1)
            fresh = re.sub(rb"\d+(?=\^\^\^SIMULATOR MRN)", rb"\g<0>" + mark, fresh)
            fresh = re.sub(rb"\d+(?=\^\^\^NHSNBR)", rb"\g<0>" + mark, fresh)
            fresh = re.sub(rb"\d+(?=\^\^\^\^visitid)", rb"\g<0>" + mark, fresh)
            fresh = re.sub(rb"(\r(?:ORC\|RE|OBR\|\d+)\|)(\d*)\|(\d*)", rb"\g<1>\g<2>" + mark + rb"|\g<3>" + mark, fresh)
            fresh = re.sub(rb"(\rTXA\|(?:[^|]*\|){11})([^|]+)", rb"\g<1>\g<2>" + mark, fresh)
            found.append(fresh)
    return found[:many]


async def _run(messages: list[bytes], connections: int) -> None:
    with tempfile.TemporaryDirectory(prefix="xinglin-bench-") as scratch:
        node = Node(Path(scratch) / "data")
        try:
            await _limits(node.owner_url, messages)
            await _measure(node, messages, connections)
        finally:
            node.stop()


async def _measure(node: Node, messages: list[bytes], connections: int) -> None:
    await asyncio.sleep(3)
    context = multiprocessing.get_context("fork")
    observer = await asyncpg.connect(node.owner_url)
    watched = node.processes()
    before = {name: _cpu_seconds(process) for name, process in watched.items()}
    here, there = context.Pipe()
    client = context.Process(target=_client, args=(there, node.mllp_port, messages, connections), daemon=True)
    client.start()
    began, acknowledged, times = await asyncio.to_thread(here.recv)
    times.sort()
    processed_then = await observer.fetchval("SELECT count(*) FROM hl7_message WHERE state <> 'received'")
    while await observer.fetchval("SELECT count(*) FROM hl7_message WHERE state = 'received'"):
        await asyncio.sleep(0.05)
    done = time.perf_counter()
    spent = {name: _cpu_seconds(process) - before[name] for name, process in watched.items()}
    states = await observer.fetch("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1")
    resources = await observer.fetchval("SELECT count(*) FROM resource")
    await observer.close()
    took = acknowledged - began
    print(f"messages            {len(messages)} over {connections} connections, {took:.1f} s")
    print(f"accepted            {len(messages) / took:,.0f} messages/s")
    half, most = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    mean, longest = statistics.mean(times) * 1000, times[-1] * 1000
    print(f"acknowledgement     p50 {half:.1f} ms, p99 {most:.1f} ms, mean {mean:.1f} ms, longest {longest:.0f} ms")
    print(f"processed by then   {processed_then}")
    print(f"all searchable      {done - acknowledged:.1f} s after the last acknowledgement")
    whole = done - began
    print(f"end to end          {len(messages) / whole:,.0f} messages/s, {resources / whole:,.0f} resources/s")
    costs = ", ".join(f"{name} {seconds / len(messages) * 1000:.2f}" for name, seconds in spent.items())
    print(f"CPU ms a message    {costs}")
    print(f"load of the machine {os.getloadavg()[0]:.1f} over the last minute, {os.cpu_count()} cores")
    print(f"resources           {resources}; messages { ({row['state']: row['many'] for row in states}) }")


def _cpu_seconds(process_id: int) -> float:
    """CPU time of a process and all its children, ended ones included."""
    process = psutil.Process(process_id)
    mine = process.cpu_times()
    children = [child.cpu_times() for child in process.children(recursive=True)]
    own = mine.user + mine.system + mine.children_user + mine.children_system
    return own + sum(one.user + one.system for one in children)


def _client(pipe: Any, port: int, messages: list[bytes], connections: int) -> None:
    """Each connection sends its next message when the last one is acknowledged. Plain sockets under one
    selector, since a dearer client would take from the two cores what the node needs."""
    waiting = [iter(messages[place::connections]) for place in range(connections)]
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        open_sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        began = time.perf_counter()
        for place, one in enumerate(open_sockets):
            selector.register(one, selectors.EVENT_READ, _Exchange(one, waiting[place]).sent())
        while selector.get_map():
            for key, _ in selector.select():
                exchange = key.data
                if not exchange.answered(times):
                    selector.unregister(key.fileobj)
        pipe.send((began, time.perf_counter(), times))


class _Exchange:
    """One connection: a message sent, its acknowledgement awaited."""

    def __init__(self, connection: socket.socket, messages: Iterator[bytes]) -> None:
        self._connection = connection
        self._messages = messages
        self._answer = b""
        self._began = 0.0

    def sent(self) -> _Exchange:
        message = next(self._messages)
        self._began = time.perf_counter()
        self._connection.sendall(VT + message + FS_CR)
        return self

    def answered(self, times: list[float]) -> bool:
        """Take what came; send the next message when the answer is whole. False after the last one."""
        self._answer += self._connection.recv(65536)
        if not self._answer.endswith(FS_CR):
            return True
        times.append(time.perf_counter() - self._began)
        assert b"MSA|CA|" in self._answer, self._answer
        self._answer = b""
        try:
            self.sent()
        except StopIteration:
            self._connection.close()
            return False
        return True


async def _limits(url: str, messages: list[bytes]) -> None:
    connection = await asyncpg.connect(url)
    rows = [
        ("probe|", "", str(place), "PROBE", b"", "", one, _now(), "CA", "processed", True)
        for place, one in enumerate(messages)
    ]
    columns = [
        "sender",
        "receiver",
        "control_id",
        "type",
        "digest",
        "charset",
        "raw",
        "received_at",
        "acknowledged_as",
        "state",
        "holds_control_id",
    ]
    began = time.perf_counter()
    await connection.copy_records_to_table("hl7_message", records=rows, columns=columns)
    copied = time.perf_counter() - began
    await connection.execute("DELETE FROM hl7_message")
    began = time.perf_counter()
    sample = rows[:1000]
    for row in sample:
        await connection.execute(
            f"INSERT INTO hl7_message ({', '.join(columns)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            *row,
        )
    single = time.perf_counter() - began
    await connection.execute("DELETE FROM hl7_message")
    await connection.close()
    print(f"limit: COPY         {len(rows) / copied:,.0f} messages/s into the same table, one commit")
    print(f"limit: one by one   {len(sample) / single:,.0f} messages/s, a commit each, one connection")


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
