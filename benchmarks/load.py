"""The loader: NDJSON of a made-up store into a node, as its users load it, and the ratio to binary COPY.

    python benchmarks/load.py [--observations 60000] [--json]

Loads the same file a second time too, which must write nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
import psutil

from copying import copied_per_second
from node import ROOT, SHARED, Node
from population import Population, read_templates


def write_files(folder: Path, synthea: Path, observations: int) -> int:
    """A file for each type, as a bulk export has them; returns how many resources there are."""
    folder.mkdir()
    population = Population(read_templates(synthea), observations)
    files: dict[str, Any] = {}
    many = 0
    for number in range(population.portions):
        for resource in population.portion(number):
            type_ = resource["resourceType"]
            if type_ not in files:
                files[type_] = (folder / f"{type_}.ndjson").open("wb")
            files[type_].write(orjson.dumps(resource) + b"\n")
            many += 1
    for file in files.values():
        file.close()
    return many


def load(node_folder: Path, files: Path) -> dict[str, Any]:
    """Run the command; its seconds, the memory that its processes held at most, and what it said."""
    words = [sys.executable, "-m", "xinglin.server.cli", "fhir", "load", str(files), "--data", str(node_folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    start, held, spent = time.perf_counter(), 0, 0.0
    process = psutil.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            running = [process, *process.children(recursive=True)]
            held = max(held, sum(one.memory_info().rss for one in running))
            spent = max(spent, sum(sum(one.cpu_times()[:2]) for one in running))
        time.sleep(0.2)
    said = process.stdout.read()
    if process.returncode != 0:
        sys.exit(f"loading ended with {process.returncode}: {said}")
    now = re.search(r"resources, ([\d,]+) of them now", said)
    assert now is not None, said
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "written": int(now[1].replace(",", "")),
        "cpu_seconds": round(spent, 1),
        "memory_mib": round(held / 2**20),
    }


def measure(folder: Path, synthea: Path, observations: int) -> dict[str, Any]:
    many = write_files(folder / "files", synthea, observations)
    node = Node(folder / "data")
    try:
        first = load(folder / "data", folder / "files")
        second = load(folder / "data", folder / "files")
        copied = asyncio.run(copied_per_second(node.owner_url))
    finally:
        node.stop()
    per_second = first["written"] / first["seconds"]
    return {
        "load": {"resources": many, **first, "per_second": round(per_second)},
        "again": second,
        "binary_copy": {"per_second": round(copied), "load_ratio": round(per_second / copied, 3)},
        "machine": {"load": round(os.getloadavg()[0], 1)},
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--observations", type=int, default=60_000)
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    asked.add_argument("--data", type=Path, default=SHARED / "data", help="the shared data folder")
    words = asked.parse_args()
    if not (words.data / "synthea_r4").is_dir():
        sys.exit(f"{words.data} has no synthea_r4; set XINGLIN_SHARED or --data")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder), words.data / "synthea_r4", words.observations)
    if words.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name:12} " + "  ".join(f"{key} {value:,}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
