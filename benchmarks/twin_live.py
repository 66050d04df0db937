"""How many changes a second the twin's live state takes, with its whole history kept: 10,000 entities.

    python benchmarks/twin_live.py [--entities 10000] [--changes 20000] [--batch 50] [--json]

Changes come in batches as the bus hands them out, one transaction each, by one connection to an embedded PostgreSQL.
Then the house is asked for as it was halfway through. The bar is 500 a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from xinglin.applications.digital_twin.live import KINDS, Change, LiveState
from xinglin.applications.digital_twin.live import repository as tables
from xinglin.data_platform.store import Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database, DatabaseSettings, migrate, open_database
from xinglin.foundation.ids import SystemIds
from xinglin.server.assembly import MIGRATIONS
from xinglin.server.supervisor import DataFolder, Postgres
from xinglin.server.supervisor.postgres import APP_ROLE, OWNER_ROLE

_BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
_STATES = ("free", "occupied", "waiting", "called")


async def measure(database: Database, entities: int, changes: int, batch: int) -> dict[str, float]:
    """Changes a second, and milliseconds that the house of a past moment takes."""
    random = Random(1)
    live = LiveState(database, Store(SystemClock(), SystemIds()), SystemClock())
    first = [Change(KINDS[n % len(KINDS)], f"e{n}", f"u{n % 40}", "free", _BEGUN) for n in range(entities)]
    async with database.transaction() as connection:
        await live.apply(connection, first)
    begun, began = time.perf_counter(), 0
    for place in range(0, changes, batch):
        told = [_change(random, first, place + n) for n in range(batch)]
        async with database.transaction() as connection:
            began += await live.apply(connection, told)
    seconds = time.perf_counter() - begun
    looked = time.perf_counter()
    async with database.connection() as connection:
        counts = await tables.counts_at(connection, _BEGUN + timedelta(milliseconds=changes))
    return {
        "entities": entities, "changes": changes, "states_begun": began, "changes_per_second": changes / seconds,
        "past_moment_ms": 1000 * (time.perf_counter() - looked), "entities_at_past_moment": sum(row[3] for row in counts),
    }  # fmt: skip


def _change(random: Random, first: list[Change], place: int) -> Change:
    one = first[random.randrange(len(first))]
    return one._replace(state=random.choice(_STATES), at=_BEGUN + timedelta(milliseconds=2 * place + 2))


async def run(given: Any) -> dict[str, float]:
    """On a database of its own."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)  # noqa: ASYNC240 - before anything runs
        folder = DataFolder(Path(place) / "data")
        folder.create()
        server = Postgres(folder)
        await server.start()
        try:
            await server.create_database("bench")
            settings = DatabaseSettings(url=server.url(APP_ROLE, "bench"), owner_url=server.url(OWNER_ROLE, "bench"))
            await asyncio.to_thread(migrate, settings.owner_url, MIGRATIONS)
            database = await open_database(settings, role="bench")
            try:
                return await measure(database, given.entities, given.changes, given.batch)
            finally:
                await database.close()
        finally:
            await server.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    told = {"cores": os.cpu_count(), "load_before": load, **asyncio.run(run(given))}
    print(json.dumps(told) if given.json else json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
