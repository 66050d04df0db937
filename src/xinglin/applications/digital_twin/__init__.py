"""The digital twin: the hospital's processes simulated, learnt from logs, and compared with what happened.

Nothing heavy is loaded by importing this door; each function loads what it works with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

__all__ = ["compare_files", "discover_file", "measure_outcome", "run_file", "simulate_file", "tell_outcome"]


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
