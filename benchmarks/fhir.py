"""The FHIR store under load: ingest of transactions and its ratio to binary COPY, create and read by id beside a bare
app, the five searches of the peers' load script, and the CRUD mix of the public benchmark.

Usage: python benchmarks/fhir.py [--json] [--passes N] [--seconds S] [--users N] [--data FOLDER]
Starts a node of its own in a temporary folder. Client and servers share the machine, as in the figures of the
peers that the README names.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import itertools
import json
import queue
import re
import shutil
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import asyncpg

import bare
import mix
import wrk
from copying import copied_per_second
from node import SHARED, Node
from population import read_templates

CONNECTIONS = 8
_BARE_PORT = 18_643
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


async def sampled(owner_url: str, type_: str, many: int = 2000) -> list[dict[str, Any]]:
    """Up to so many resources of a type."""
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch("SELECT content FROM resource WHERE type = $1 LIMIT $2", type_, many)
    await connection.close()
    return [json.loads(row["content"]) for row in rows]


def five_searches(patients: list[dict[str, Any]], observations: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The paths of the five searches of the peers' load script, with values of what is loaded."""
    codes = [f"{one['code']['coding'][0]['system']}|{one['code']['coding'][0]['code']}" for one in observations[:50]]
    some = list(zip(patients, itertools.cycle(codes)))[:500]
    return {
        "name": [_path("Patient", name=one["name"][0]["family"]) for one, _ in some],
        "patient_code_date": [
            _path("Observation", patient=f"Patient/{one['id']}", code=code, date="ge2010-01-01", _sort="-date")
            for one, code in some
        ],
        "status": [_path("Encounter", status="finished", _count="20")],
        "chained": [
            _path("Observation", **{"subject:Patient.identifier": "|".join(_identifier(one))}) for one, _ in some
        ],
        "include": [
            _path("Observation", patient=f"Patient/{one['id']}", _include="Observation:subject", _count="20")
            for one, _ in some
        ],
    }


def _path(type_: str, **asked: str) -> str:
    return f"/fhir/{type_}?{urlencode(asked)}"


def _identifier(patient: dict[str, Any]) -> tuple[str, str]:
    return patient["identifier"][0]["system"], patient["identifier"][0]["value"]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def requests(node: Node, seconds: int) -> dict[str, Any]:
    """Creates, reads and the five searches, and what a bare app on the same database does."""
    patients, observations = (asyncio.run(sampled(node.owner_url, type_)) for type_ in ("Patient", "Observation"))
    ids = [one["id"] for one in patients]
    found: dict[str, Any] = {
        "create_c8": wrk.create(node.url, node.token, seconds, ids, "/fhir/Observation"),
        "read_c8": wrk.ask(node.url, node.token, seconds, [f"/fhir/Observation/{one['id']}" for one in observations]),
    }
    with bare.served(node.owner_url, _BARE_PORT) as url:
        there = asyncio.run(bare.some_ids(node.owner_url, 2000))
        found["bare_create_c8"] = wrk.create(url, "", seconds, ids, "/")
        found["bare_read_c8"] = wrk.ask(url, "", seconds, [f"/{one}" for one in there])
    for name in ("create_c8", "read_c8"):
        found[name]["of_bare"] = round(found[name]["per_second"] / found[f"bare_{name}"]["per_second"], 2)
    for name, paths in five_searches(patients, observations).items():
        found[f"search_{name}_c1"] = wrk.ask(node.url, node.token, seconds, paths, connections=1)
        found[f"search_{name}_c8"] = wrk.ask(node.url, node.token, seconds, paths)
    return found


def measure(node: Node, data: Path, passes: int, seconds: int, users: int) -> dict[str, Any]:
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
        found |= requests(node, seconds)
    found["crud_mix"] = mix.measure(node.url, node.token, read_templates(data / "synthea_r4"), users, max(seconds, 10))
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    asked.add_argument("--passes", type=int, default=2, help="how often the forty histories are loaded")
    asked.add_argument("--seconds", type=int, default=5, help="length of each request test")
    asked.add_argument("--users", type=int, default=300, help="how many take part in the CRUD mix")
    asked.add_argument("--data", type=Path, default=SHARED / "data", help="the shared data folder")
    words = asked.parse_args()
    if not (words.data / "synthea_r4").is_dir():
        sys.exit(f"{words.data} has no synthea_r4; set XINGLIN_SHARED or --data")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        node = Node(Path(folder) / "data")
        try:
            found = measure(node, words.data, words.passes, words.seconds, words.users)
        finally:
            node.stop()
    if words.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name:28} " + "  ".join(f"{key} {value:,}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
