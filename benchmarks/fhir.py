"""The FHIR store under load: ingest of transactions, create and read by id, and the ratio to binary COPY.

Usage: python benchmarks/fhir.py [--json] [--passes N] [--seconds S] [--data FOLDER]
Starts a node of its own in a temporary folder. Client and servers share the machine, as in the figures of the
peers that the README names.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from copying import copied_per_second
from node import SHARED, Node

CONNECTIONS = 8
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def fresh(text: bytes) -> bytes:
    """The bundle with every UUID replaced, alike where they were alike."""
    places: dict[bytes, bytes] = {}
    return _UUID.sub(lambda match: places.setdefault(match[0], str(uuid.uuid4()).encode()), text)


def post_all(node: Node, bodies: list[bytes], connections: int) -> tuple[float, list[float]]:
    """Send every body, so many at once; seconds for all and for each."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for body in bodies:
        waiting.put(body)
    each: list[float] = []
    failed: list[str] = []
    place = urlsplit(node.url)

    def work() -> None:
        client = http.client.HTTPConnection(place.hostname or "", place.port, timeout=300)
        headers = {"content-type": "application/fhir+json", "authorization": f"Bearer {node.token}"}
        while True:
            try:
                body = waiting.get_nowait()
            except queue.Empty:
                return
            start = time.perf_counter()
            client.request("POST", "/fhir", body, headers)
            answer = client.getresponse()
            text = answer.read()
            each.append(time.perf_counter() - start)
            if answer.status != 200:
                failed.append(text[:300].decode())

    threads = [threading.Thread(target=work) for _ in range(connections)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        sys.exit(f"{len(failed)} bundles failed: {failed[0]}")
    return time.perf_counter() - start, each


_DONE = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"per_second":%.0f,"p50_ms":%.2f,"p99_ms":%.2f,"errors":%d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.timeout))
end
"""
_CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/fhir+json"
local patients = {PATIENTS}
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, "/fhir/Observation", nil, string.format('{"resourceType":"Observation","status":"final",' ..
    '"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/%s"},' ..
    '"effectiveDateTime":"2026-11-22T08:%02d:%02dZ","valueQuantity":{"value":%d,"unit":"/min",' ..
    '"system":"http://unitsofmeasure.org","code":"/min"}}', patients[n % #patients + 1],
    math.floor(n / 60) % 60, n % 60, 50 + n % 70))
end
"""
_READ = """
local ids = {IDS}
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/fhir/Observation/" .. ids[n % #ids + 1])
end
"""


def wrk(node: Node, seconds: int, script: str) -> dict[str, float]:
    """Requests a second and latencies (milliseconds) of a wrk script at 8 connections."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(f'wrk.headers["Authorization"] = "Bearer {node.token}"\n{script}\n{_DONE}')
        lua.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", lua.name, node.url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(out[out.index("{") :])
    if found.pop("errors"):
        sys.exit(f"wrk met errors: {out}")
    return found


async def some_ids(node: Node, type_: str) -> str:
    """Up to 2,000 ids as the items of a Lua table."""
    connection = await asyncpg.connect(node.owner_url)
    rows = await connection.fetch("SELECT id FROM resource WHERE type = $1 LIMIT 2000", type_)
    await connection.close()
    return ",".join(f'"{row["id"]}"' for row in rows)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(node: Node, data: Path, passes: int, seconds: int) -> dict[str, Any]:
    files = sorted((data / "synthea_r4").glob("*.json.gz"), key=lambda file: not file.name.startswith("hospital"))
    texts = [gzip.decompress(file.read_bytes()) for file in files]
    many = sum(len(json.loads(text)["entry"]) for text in texts) * passes
    bodies = [fresh(text) for _ in range(passes) for text in texts]
    taken, each = post_all(node, bodies, CONNECTIONS)
    copied = asyncio.run(copied_per_second(node.owner_url))
    found: dict[str, Any] = {
        "ingest_c8": {
            "resources": many,
            "per_second": round(many / taken),
            "bundle_p50_ms": round(percentile(each, 0.5) * 1000),
            "bundle_p99_ms": round(percentile(each, 0.99) * 1000),
        },
        "binary_copy": {"per_second": round(copied), "ingest_ratio": round(many / taken / copied, 3)},
    }
    if shutil.which("wrk"):
        patients, observations = (asyncio.run(some_ids(node, type_)) for type_ in ("Patient", "Observation"))
        found["create_c8"] = wrk(node, seconds, _CREATE.replace("PATIENTS", patients))
        found["read_c8"] = wrk(node, seconds, _READ.replace("IDS", observations))
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    asked.add_argument("--passes", type=int, default=2, help="how often the forty histories are loaded")
    asked.add_argument("--seconds", type=int, default=5, help="length of each request test")
    asked.add_argument("--data", type=Path, default=SHARED / "data", help="the shared data folder")
    words = asked.parse_args()
    if not (words.data / "synthea_r4").is_dir():
        sys.exit(f"{words.data} has no synthea_r4; set XINGLIN_SHARED or --data")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        node = Node(Path(folder) / "data")
        try:
            found = measure(node, words.data, words.passes, words.seconds)
        finally:
            node.stop()
    if words.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name:12} " + "  ".join(f"{key} {value:,}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
