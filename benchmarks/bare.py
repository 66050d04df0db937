"""The limit of any server of this kind: a bare ASGI app with one SQL statement a request, without FHIR, sign-in,
history, outbox or row-level security, on the node's own PostgreSQL (``python bare.py DATABASE_URL PORT``)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import asyncpg

PROCESSES = 2
_ROWS = 100_000
_TABLE = """
DROP TABLE IF EXISTS bench_bare;
CREATE TABLE bench_bare (id text PRIMARY KEY, type text NOT NULL, patient text, code bigint, at timestamptz,
    tokens bigint[] NOT NULL, content json NOT NULL);
CREATE INDEX ON bench_bare USING gin (tokens);
CREATE INDEX ON bench_bare (type, patient, code, at DESC);
CREATE INDEX ON bench_bare (type, at);
CREATE INDEX ON bench_bare (at);
"""
_INSERT = "INSERT INTO bench_bare VALUES ($1, 'Observation', $2, 1, now(), $3, $4)"


@contextmanager
def served(owner_url: str, port: int) -> Iterator[str]:
    """The app in two processes over a table of 100,000 rows, until the block ends; its URL."""
    asyncio.run(_fill(owner_url))
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), "--workers", str(PROCESSES)]
    words = [*command, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    environment = {**os.environ, "BARE_DATABASE_URL": owner_url, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(words, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)
        asyncio.run(_drop(owner_url))


async def some_ids(owner_url: str, many: int) -> list[str]:
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch("SELECT id FROM bench_bare LIMIT $1", many)
    await connection.close()
    return [row["id"] for row in rows]


def _await(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urlopen(f"{url}/none").read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


async def _fill(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute(_TABLE)
    random = Random(3)
    content = json.dumps({"resourceType": "Observation", "status": "final", "note": [{"text": "x" * 500}]})
    at = await connection.fetchval("SELECT now()")
    rows = [
        (
            str(uuid.uuid4()),
            "Observation",
            str(n % 1000),
            n % 50,
            at,
            [random.getrandbits(62) for _ in range(12)],
            content,
        )
        for n in range(_ROWS)
    ]
    await connection.copy_records_to_table("bench_bare", records=rows)
    await connection.execute("VACUUM (ANALYZE) bench_bare")
    await connection.close()


async def _drop(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute("DROP TABLE bench_bare")
    await connection.close()


_pool: Any = None


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """``GET /<id>`` reads a row, ``POST /`` inserts one."""
    global _pool
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            _pool = await asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=4, max_size=4)
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["method"] == "POST":
        body = (await receive())["body"]
        patient = json.loads(body)["subject"]["reference"]
        new = uuid.uuid4()
        tokens = [(new.int >> shift) & 0x3FFF_FFFF_FFFF_FFFF for shift in range(0, 48, 4)]
        await _pool.execute(_INSERT, str(new), patient, tokens, body.decode())
        await _answer(send, 201, body)
        return
    content = await _pool.fetchval("SELECT content FROM bench_bare WHERE id = $1", scope["path"][1:])
    await _answer(send, 200, (content or "{}").encode())


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
