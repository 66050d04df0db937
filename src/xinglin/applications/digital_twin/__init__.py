"""The digital twin: the house as it is, was and will be; processes simulated, learnt from logs, and compared.

Nothing heavy is loaded by importing this door; each function loads what it works with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xinglin.business_platform.scheduling import Sittings
from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from . import navigation, space
from .events import ALARM_ACKNOWLEDGED, ALARM_CLEARED, ALARM_RAISED, TWIN_FORESEEN
from .foresight import Oracle
from .live import CLINIC_SUBJECTS, HOUSE_SUBJECTS, LiveState
from .routes import ACT, READ, TRY, router
from .settings import DigitalTwinSettings
from .space import Buildings
from .watch import Showing, Watch
from .whatif import Prices, Trier, WhatIf

MIGRATIONS = Migrations("digital_twin", Path(__file__).parent / "migrations")
SPACE_MIGRATIONS = space.MIGRATIONS

__all__ = [
    "MIGRATIONS",
    "SPACE_MIGRATIONS",
    "Buildings",
    "DigitalTwinSettings",
    "compare_files",
    "discover_file",
    "foresee_now",
    "measure_outcome",
    "module",
    "rehearse",
    "run_file",
    "simulate_file",
    "space_module",
    "tell_outcome",
]


def module(
    database: Database, store: Store, clock: Clock, ids: Ids, settings: DigitalTwinSettings, zone: str
) -> Module:
    """The room on a node: its routes, the subscriptions that keep the live state, and the job that looks ahead. Days
    and hours are those of ``zone``."""
    live = LiveState(database, store, clock)
    watch = _watch(database, clock, ids, settings, zone)

    trier = Trier()
    whatif = _whatif(database, store, clock, settings, zone, trier)

    async def build() -> None:
        await live.build_once()
        try:
            await asyncio.Event().wait()
        finally:
            await trier.close()

    return Module(
        name="digital_twin",
        api=router(Showing(database, store, clock, ids, zone), whatif),
        subscriptions=(
            Subscription("digital_twin_clinics", CLINIC_SUBJECTS, live.handle_clinics),
            Subscription("digital_twin_house", HOUSE_SUBJECTS, live.handle_house),
        ),
        jobs=(Job("digital_twin_build", build), Job("digital_twin_watch", watch.watch)),
        events=(TWIN_FORESEEN, ALARM_RAISED, ALARM_ACKNOWLEDGED, ALARM_CLEARED),
        permissions=(READ, ACT, TRY),
        migrations=MIGRATIONS,
        settings=settings,
    )


async def foresee_now(
    database: Database, clock: Clock, ids: Ids, settings: DigitalTwinSettings, zone: str
) -> dict[str, Any]:
    """What is foreseen of a node's house at this moment, as plain data; nothing is kept. Clinics and wards are empty
    where nobody is there. Raises UNAVAILABLE where the process that foresees fails."""
    oracle = Oracle()
    try:
        found = await _watch(database, clock, ids, settings, zone, oracle).foresee()
    finally:
        await oracle.close()
    if found is None:
        return {"as_of": clock.now().isoformat(), "clinics": [], "wards": [], "cpu_seconds": 0.0}
    return {"as_of": found.at.isoformat(), **asdict(found.foreseen)}


def rehearse(days: int, seed: int) -> dict[str, Any]:
    """How true foresight comes on made-up days that are not made as it supposes: shares within the intervals of 50, 80
    and 95 of 100 by what was foreseen, for three clinics of different load and for wards."""
    from .foresight.rehearsing import rehearse_all

    return rehearse_all(days, seed)


def _watch(
    database: Database, clock: Clock, ids: Ids, settings: DigitalTwinSettings, zone: str, oracle: Oracle | None = None
) -> Watch:
    return Watch(
        database, Sittings(database), oracle or Oracle(), clock, ids, zone, settings.foresee_every_seconds,
        settings.replications, settings.learn_days,
    )  # fmt: skip


def _whatif(
    database: Database, store: Store, clock: Clock, settings: DigitalTwinSettings, zone: str, trier: Trier
) -> WhatIf:
    prices = Prices(settings.doctor_hour_yuan, settings.overtime_factor, settings.room_hour_yuan)
    return WhatIf(
        database, Sittings(database), trier, store, clock, zone, prices, settings.learn_days, settings.what_if_seconds
    )


def space_module(database: Database, store: Store, clock: Clock, ids: Ids) -> Module:
    """The hospital's space and the ways through it: routes, and the job that imports buildings."""
    buildings = space.Buildings(database, clock, ids)
    api = space.router(buildings)
    api.routes.extend(navigation.router(navigation.Guide(buildings, database, store)).routes)
    return Module(
        name="space",
        api=api,
        jobs=(Job("building_import", space.Importing(database, store, clock).run),),
        permissions=(space.READ, space.BUILD),
        migrations=SPACE_MIGRATIONS,
    )


def discover_file(log: Path, out: Path) -> dict[str, Any]:
    """Learns a model from an event log (CSV or XES, also .gz) and writes it as JSON; what was read and chosen.

    INVALID or NOT_FOUND, naming row or column, where the log cannot be used.
    """
    from .discovery import discover, read_log, write_model

    read = read_log(log)
    model = discover(read)
    _writing(out, lambda: write_model(model, out))
    return {
        "cases": model.cases, "events": model.events, "activities": len(model.activities),
        "resources": len(model.resources), "has_starts": model.has_starts, "notes": [list(note) for note in read.notes],
        "arrivals": asdict(model.arrivals.choice), "weaving": asdict(model.weaving),
        "continues_after": _clock(model.last_start - model.offset_seconds),
    }  # fmt: skip


def simulate_file(model: Path, cases: int | None, seed: int, out: Path, start: str | None) -> dict[str, Any]:
    """Simulates cases from a model file into a CSV; as many as the log had, after its last arrival, unless told."""
    from .discovery import read_model, simulate_model, write_log

    known = read_model(model)
    wanted = known.cases if cases is None else cases
    log = simulate_model(known, wanted, seed, None if start is None else _moment(start))
    _writing(out, lambda: write_log(log, out))
    return {
        "cases": len(log.cases),
        "events": len(log.case),
        "from": _clock(log.start.min()),
        "to": _clock(log.end.max()),
    }


def compare_files(one: Path, other: Path) -> dict[str, float]:
    """The five distances of two logs: ngd, aed, ced, red, ctd."""
    from .discovery import distance, read_log

    return distance(read_log(one), read_log(other)).as_dict()


def run_file(
    network: Path, minutes: float, replications: int, seed: int, warm_up: float, drain: float, overload: bool,
    processes: int, log: Path | None, start: str,
) -> dict[str, Any]:  # fmt: skip
    """Simulates a network of queues from a JSON file and tells what was found, with intervals."""
    from .process import Plan
    from .process.reading import read_network
    from .report import run_network

    plan = Plan(minutes, replications, seed, warm_up, drain, overload, log is not None)
    begin = datetime.fromtimestamp(_moment(start), UTC)
    return run_network(read_network(network), plan, processes, log, begin)


def measure_outcome(
    days: int, seed: int, assumed: Sequence[str], sensitive: bool, progress: Callable[[str], None]
) -> dict[str, Any]:
    """The outcome benchmark on the reference hospital; ``assumed`` are NAME=VALUE. INVALID where one is not known.

    Keys: ``baseline_wait_minutes``, ``wait_minutes``, ``reduction_percent``, ``reduction_ci95``, ``levers``,
    ``overtime_minutes``, ``overtime_ci95``, ``stay_days_saved``, ``stay_days_saved_ci95``, and what stands beside them.
    """
    from .outcome import Settings, measure, read_setting

    return measure(Settings(days, seed, dict(map(read_setting, assumed)), sensitive), progress)


def tell_outcome(told: dict[str, Any], language: str) -> str:
    """What ``measure_outcome`` found, as tables in Chinese (``zh``) or English."""
    from .outcome import table

    return table(told, language)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds")


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise XinglinError(
            Category.INVALID,
            f"start: {text!r} is not an ISO time",
            f"start：{text!r} 不是 ISO 时间",
            expression="start",
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _writing(file: Path, write: Any) -> None:
    try:
        write()
    except OSError as error:
        raise XinglinError(
            Category.INVALID, f"{file}: cannot be written: {error}", f"{file}：无法写入：{error}"
        ) from error
