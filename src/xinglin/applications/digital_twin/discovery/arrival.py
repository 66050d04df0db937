"""When cases come: learnt from the moments at which those of a log began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .weekclock import accumulated, all_worked, clock, speeds

_DAY_SECONDS = 86400.0
_LEAST_DAYS = 14
Manner = Literal["rate", "gaps", "days"]


@dataclass(frozen=True, slots=True)
class ArrivalChoice:
    """``rate``: Poisson by half-hour of the week; ``gaps``: working-time gaps drawn again; ``days``: days.

    ``recent`` is the share of cases, the latest, that are learnt from; ``smoothing`` that of the half-hours.
    """

    manner: Manner = "rate"
    recent: float = 1.0
    smoothing: float = 0.05


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was learnt: working-time gaps (their mean alone for ``rate``), the week's speeds, and days as offsets."""

    choice: ArrivalChoice
    last_seconds: float
    speed: list[float]
    gaps: list[float]
    days: list[list[float]]
    weekdays: list[int]


def latest(starts: Any, share: float) -> Any:
    """The latest share of sorted starts, but no fewer than ten and than those of the last two weeks."""
    share_first = len(starts) - max(round(len(starts) * share), 10)
    weeks_first = int(np.searchsorted(starts, starts[-1] - _LEAST_DAYS * _DAY_SECONDS))
    return starts[max(min(share_first, weeks_first), 0) :]


def learn_arrivals(starts: Any, choice: ArrivalChoice) -> Arrivals:
    """Learns from the sorted starts (local seconds) of at least one case."""
    kept = latest(starts, choice.recent)
    speed = speeds(kept, choice.smoothing)
    gaps = np.diff(all_worked(kept, accumulated(speed)))
    gaps = np.maximum(gaps, 0.0)
    if len(gaps) == 0 or gaps.sum() <= 0:
        gaps = np.array([_DAY_SECONDS])
    first_day = np.floor(kept[0] / _DAY_SECONDS)
    day = (kept // _DAY_SECONDS - first_day).astype(np.int64)
    days = [(kept[day == d] - (first_day + d) * _DAY_SECONDS).tolist() for d in range(day[-1] + 1)]
    weekdays = [int(first_day + d + 3) % 7 for d in range(day[-1] + 1)]
    by_day = choice.manner == "days"
    return Arrivals(
        choice, float(starts[-1]), speed.tolist(), gaps.tolist() if not by_day else [float(gaps.mean())],
        days if by_day else [], weekdays if by_day else [],
    )  # fmt: skip


def draw_arrivals(learnt: Arrivals, count: int, begin: float, random: np.random.Generator) -> Any:
    """``count`` sorted starts (local seconds) after ``begin``."""
    if learnt.choice.manner == "days":
        return _days(learnt, count, begin, random)
    cumulated = accumulated(np.array(learnt.speed))
    gaps = np.array(learnt.gaps)
    by_rate = learnt.choice.manner == "rate"
    steps = random.exponential(gaps.mean(), count) if by_rate else random.choice(gaps, count)
    at = all_worked(np.array([begin]), cumulated)[0] + np.cumsum(steps)
    return np.array([clock(u, cumulated) for u in at])


def _days(learnt: Arrivals, count: int, begin: float, random: np.random.Generator) -> Any:
    by_weekday = [
        [d for d, w in zip(learnt.days, learnt.weekdays, strict=True) if w == weekday] for weekday in range(7)
    ]
    if not any(learnt.days):
        raise AssertionError("days were learnt from at least one case")
    found: list[float] = []
    day = np.floor(begin / _DAY_SECONDS)
    while len(found) < count:
        same = by_weekday[int(day + 3) % 7] or learnt.days
        chosen = same[int(random.integers(len(same)))]
        found += [t for offset in chosen if (t := day * _DAY_SECONDS + offset) > begin]
        day += 1
    return np.array(sorted(found)[:count])
