"""Every family of searches at many Observations, over HTTP, as the node's own role under row-level security.

    python benchmarks/search.py [--observations 10000 --observations 1000000] [--keep FOLDER] [--json] [--explain FILE]

Fills a node's database of its own (``filling``) with a made-up store (``population``) and asks each search of
``families`` with values sampled from it, one at a time, a page of 20. Bars: median < 5 ms, p99 < 30 ms, and p99 less
than doubled from the first size to the last. What is filled holds no history. With ``--keep`` a size that was filled
before is measured again as it is. 10,000,000 Observations need about 40 GB of disk and, filled, half an hour or more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import asyncpg

from families import Asked, Resource, Search, searches
from filling import fill
from node import SHARED, Node
from xinglin.data_platform.store import Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.ids import SystemIds

MEDIAN_BAR_MS, P99_BAR_MS, GROWTH_BAR = 5.0, 30.0, 2.0
_SAMPLES = 400
_WARMING = 3
_PATIENCE = 4  # a slow search is asked 20 times, or for so many times as long

Figures = dict[str, Any]


class Client:
    """One kept connection."""

    def __init__(self, node: Node) -> None:
        place = urlsplit(node.url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
        self._headers = {"authorization": f"Bearer {node.token}", "accept": "application/fhir+json"}

    def ask(self, type_: str, asked: Asked) -> tuple[float, int]:
        """Milliseconds until the whole answer was read, and its matches; ends the program on another status."""
        url = f"/fhir/{type_}?{urlencode(asked)}"
        began = time.perf_counter()
        self._connection.request("GET", url, headers=self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        taken = (time.perf_counter() - began) * 1000
        if answer.status == 503:
            return taken, -1
        if answer.status != 200:
            raise SystemExit(f"{url}: {answer.status} {text[:300].decode()}")
        entries = json.loads(text).get("entry", [])
        return taken, sum(1 for entry in entries if entry["search"]["mode"] == "match")


def measured(node: Node, samples: dict[str, list[Resource]], requests: int, seconds: float) -> list[Figures]:
    """The figures of every search, each with up to so many requests in so many seconds."""
    client, random, found = Client(node), Random(7), []
    found.append(_figures(_READ, _read_by_id(client, samples["Observation"], requests)))
    for search in searches():
        asked = [one for one in (search.ask(sample, random) for sample in samples[search.sampled]) if one]
        if not asked:
            raise SystemExit(f"{search.name}: nothing sampled to ask with")
        for place in range(_WARMING):
            client.ask(search.type, asked[-1 - place % len(asked)])
        each: list[tuple[float, int, Asked]] = []
        deadline = time.perf_counter() + seconds
        while len(each) < requests and time.perf_counter() < deadline + (_PATIENCE * seconds if len(each) < 20 else 0):
            one = asked[len(each) % len(asked)]
            each.append((*client.ask(search.type, one), one))
        found.append(_figures(search, each))
    return found


_READ = Search("floor", "read by id", "", "Observation", lambda *_: None, False)


def _read_by_id(client: Client, known: Sequence[Resource], requests: int) -> list[tuple[float, int, Asked]]:
    """What a request takes that searches nothing, on this machine at this moment."""
    places = [f"Observation/{known[place % len(known)]['id']}" for place in range(requests)]
    return [(*client.ask(place, []), []) for place in places]


def _figures(search: Search, each: Sequence[tuple[float, int, Asked]]) -> Figures:
    times = sorted(taken for taken, _, _ in each)
    slowest = max(each, key=lambda one: one[0])
    return {
        "family": search.family,
        "search": search.name,
        "requests": len(each),
        "p50_ms": round(times[len(times) // 2], 2),
        "p99_ms": round(times[min(len(times) - 1, len(times) * 99 // 100)], 2),
        "hits": round(sum(hits for _, hits, _ in each) / len(each), 1),
        "stopped": sum(1 for _, hits, _ in each if hits < 0),
        "barred": search.barred,
        "grows_with": search.grows_with,
        "slowest": f"{search.type}?{urlencode(slowest[2])}",
        "asked": slowest[2],
        "type": search.type,
    }


def over(figures: Figures) -> bool:
    return bool(figures["barred"] and (figures["p50_ms"] >= MEDIAN_BAR_MS or figures["p99_ms"] >= P99_BAR_MS))


async def sampled(owner_url: str) -> dict[str, list[Resource]]:
    """Resources of each type from all over the store."""
    connection = await asyncpg.connect(owner_url)
    random, found = Random(11), {}
    for type_ in ("Patient", "Organization", "Observation", "Encounter", "MedicationRequest"):
        low, high = await connection.fetchrow("SELECT min(key), max(key) FROM resource WHERE type = $1", type_)
        rows = await connection.fetch(
            "SELECT (SELECT content FROM resource WHERE tenant = 1 AND type = $1 AND content IS NOT NULL AND key >= k"
            " ORDER BY key LIMIT 1) AS content FROM unnest($2::bigint[]) AS k",
            type_,
            [random.randint(low, high) for _ in range(_SAMPLES)],
        )
        found[type_] = [json.loads(row["content"]) for row in rows]
    await connection.close()
    return found


class _Explaining:
    """A connection that tells how the database carries each statement out, while it carries it out."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.plans: list[str] = []

    async def fetch(self, text: str, *arguments: Any) -> Any:
        plan = await self._connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {text}", *arguments)
        shown = "".join(f"  ${place} = {str(one)[:200]}\n" for place, one in enumerate(arguments, 1))
        self.plans.append(f"{text}\n{shown}" + "\n".join(row[0] for row in plan))
        return await self._connection.fetch(text, *arguments)

    async def fetchval(self, text: str, *arguments: Any) -> Any:
        return await self._connection.fetchval(text, *arguments)


_DEAR_MS = 3.0


async def explained(app_url: str, url: str, found: Sequence[Figures]) -> str:
    """How the database carried out the slowest request of each search: a line each, and the plans of the dear."""
    settings = {"xinglin.tenant": "1", "jit": "off", "statement_timeout": "30000"}
    connection = await asyncpg.connect(app_url, server_settings=settings)
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
    store = Store(SystemClock(), SystemIds())
    lines, plans = [], []
    for one in found:
        if not one["type"]:
            continue
        explaining = _Explaining(connection)
        try:
            for _ in range(2):
                explaining.plans.clear()
                await store.search(explaining, one["type"], one["asked"], f"{url}/fhir")
        except asyncpg.PostgresError as error:
            explaining.plans.append(repr(error))
        whole = "\n".join(explaining.plans)
        planning, execution = (_sum(rf"{name} Time: ([\d.]+)", whole) for name in ("Planning", "Execution"))
        blocks = [re.findall(r"Buffers: shared(.*)", plan)[:1] for plan in explaining.plans]
        lines.append(f"{one['family']:10} {one['search']:42} plan {planning:7.2f} run {execution:8.2f} ms  {blocks}")
        if planning + execution > _DEAR_MS:
            plans.append(f"\n== {one['search']}  {one['slowest']}\n{whole}")
    await connection.close()
    return "\n".join([*lines, *plans])


def _sum(pattern: str, text: str) -> float:
    return sum(map(float, re.findall(pattern, text)))


def table(found: Sequence[Figures]) -> str:
    """The figures as people read them; what is over a bar is marked."""
    lines = [f"{'family':10} {'search':42} {'requests':>8} {'p50 ms':>8} {'p99 ms':>8} {'hits':>6}"]
    for one in found:
        mark = " over" if over(one) else "" if one["barred"] else " (outside the bars)"
        mark += f": grows with {one['grows_with']}" if mark and one["grows_with"] else ""
        stopped = f" {one['stopped']} stopped" if one["stopped"] else ""
        lines.append(
            f"{one['family']:10} {one['search']:42} {one['requests']:8} {one['p50_ms']:8.2f} {one['p99_ms']:8.2f}"
            f" {one['hits']:6.1f}{mark}{stopped}"
        )
    bounded = [one for one in found if one["barred"]]
    many = sum(map(over, bounded))
    lines.append(f"over the bars (median {MEDIAN_BAR_MS:g} ms, p99 {P99_BAR_MS:g} ms): {many} of {len(bounded)}")
    return "\n".join(lines)


def growth(runs: Sequence[dict[str, Any]]) -> str:
    """The p99 of every search at each size, and how many times the first the last is."""
    sizes = "".join(f"{run['observations']:>13,}" for run in runs)
    lines = [f"\np99 ms at {'':44}{sizes}    times"]
    many = 0
    for every in zip(*(run["searches"] for run in runs), strict=True):
        times = every[-1]["p99_ms"] / every[0]["p99_ms"]
        figures = "".join(f"{one['p99_ms']:13.2f}" for one in every)
        beyond = times >= GROWTH_BAR and every[0]["barred"]
        many += beyond
        mark = " over" if beyond else ""
        lines.append(f"{every[0]['family']:10} {every[0]['search']:42}{figures} {times:8.2f}{mark}")
    lines.append(
        f"p99 grown {GROWTH_BAR:g} times or more: {many} of {sum(1 for one in runs[0]['searches'] if one['barred'])}"
    )
    return "\n".join(lines)


@contextlib.contextmanager
def _filled(observations: int, words: argparse.Namespace) -> Iterator[tuple[Node, Path, dict[str, float]]]:
    """A node with so many Observations, its folder and what filling it took."""
    with contextlib.ExitStack() as stack:
        if words.keep:
            folder = words.keep / str(observations)
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=words.scratch)))
        folder.chmod(0o755)
        known, fresh = folder / "filled.json", not (folder / "data").exists()
        node = Node(folder / "data")
        stack.callback(node.stop)
        if not known.exists():
            if not fresh:
                sys.exit(f"{folder} was not filled to its end; remove it")
            known.write_text(json.dumps(asyncio.run(fill(node.owner_url, words.data / "synthea_r4", observations))))
        yield node, folder / "data", json.loads(known.read_text())


def run(observations: int, words: argparse.Namespace) -> dict[str, Any]:
    """Fill one node and measure it."""
    with _filled(observations, words) as (node, folder, filled):
        if not words.json:
            print(f"\n{observations:,} Observations: {filled}", flush=True)
        samples = asyncio.run(sampled(node.owner_url))
        found = measured(node, samples, words.requests, words.seconds)
        if words.explain:
            said = f"#### {observations:,} Observations, {datetime.now(UTC):%F %T}\n{table(found)}\n"
            said += asyncio.run(explained(_app_url(folder), node.url, found))
            with words.explain.open("a") as file:
                file.write(said + "\n")
    for one in found:
        del one["asked"], one["type"]
    load = round(os.getloadavg()[0], 1)
    if not words.json:
        print(table(found))
        print(f"load of the machine {load}", flush=True)
    return {"observations": observations, "filled": filled, "load": load, "searches": found}


def _app_url(folder: Path) -> str:
    return str(json.loads((folder / "run.json").read_text())["database_url"])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--observations", type=int, action="append", help="may be given again; 10,000 by default")
    asked.add_argument("--requests", type=int, default=200, help="how many requests of each search")
    asked.add_argument("--seconds", type=float, default=4.0, help="how long at most for each search")
    asked.add_argument("--json", action="store_true", help="print one JSON object a size")
    asked.add_argument("--explain", type=Path, help="append to this file how the slow ones were carried out")
    asked.add_argument("--data", type=Path, default=SHARED / "data", help="the shared data folder")
    asked.add_argument("--keep", type=Path, help="where filled nodes stay, and are found again")
    asked.add_argument("--scratch", type=Path, help="where the node's folder is made")
    words = asked.parse_args()
    if not (words.data / "synthea_r4").is_dir():
        sys.exit(f"{words.data} has no synthea_r4; set XINGLIN_SHARED or --data")
    runs = []
    for observations in words.observations or [10_000]:
        runs.append(run(observations, words))
        if words.json:
            print(json.dumps(runs[-1]), flush=True)
    if len(runs) > 1 and not words.json:
        print(growth(runs))


if __name__ == "__main__":
    main()
