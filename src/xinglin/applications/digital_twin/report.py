"""What a simulated network did, for people and programs."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from .process import Network, Outcome, Plan, loads, simulate, write_csv, write_ocel, write_xes

_WRITERS = {".csv": write_csv, ".xes": write_xes, ".json": write_ocel}


def run_network(network: Network, plan: Plan, processes: int, log: Path | None, begin: datetime) -> dict[str, Any]:
    """Simulates a network and tells what was found.

    ``log`` (.csv, .xes or .json, which is OCEL) gets the first replication's events. INVALID where the
    network cannot be simulated.
    """
    if log is not None and log.suffix not in _WRITERS:
        raise XinglinError(
            Category.INVALID, f"{log}: the log is .csv, .xes or .json", f"{log}：日志须为 .csv、.xes 或 .json"
        )
    outcome = simulate(network, plan, processes)
    if log is not None:
        try:
            _WRITERS[log.suffix](network, outcome.log[0], begin, log)
        except OSError as error:
            raise XinglinError(Category.INVALID, f"{log}: cannot be written: {error}", f"{log}：无法写入") from error
    return told(outcome, plan)


def told(outcome: Outcome, plan: Plan) -> dict[str, Any]:
    """Means with 95 % intervals over replications (none of a single one), in minutes."""
    network = outcome.network
    stations = {
        station.name: {
            "wait_minutes": _pair(outcome.mean_wait(station.name)),
            "stay_minutes": _pair(outcome.mean_stay(station.name)),
        }
        for station in network.stations
    }
    used, long_run = outcome.utilisation(), loads(network)
    pools = {
        pool.name: {"utilisation": used.get(pool.name), "load": _finite(long_run[pool.name])} for pool in network.pools
    }
    visits = outcome.visits.sum(axis=(0, 1))
    return {
        "replications": plan.replications, "seed": plan.seed, "horizon_minutes": plan.horizon,
        "visits": int(visits[0]), "lost": int(visits[3]), "unfinished": int(outcome.unfinished.sum()),
        "visit_minutes": _pair(outcome.mean_visit()), "stations": stations, "pools": pools,
    }  # fmt: skip


def _pair(measured: tuple[float, float]) -> dict[str, Any]:
    mean, half = measured
    return {
        "mean": _finite(mean),
        "ci95": [_finite(mean - half), _finite(mean + half)] if math.isfinite(half) else None,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
