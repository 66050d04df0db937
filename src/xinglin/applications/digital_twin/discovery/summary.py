"""What people want to know of a log at a glance: lengths, waits, who does what, when, and how much at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .eventlog import EventLog

_MINUTE = 60.0
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class ActivitySummary:
    """``wait`` is from the end of the step before (0 if overlapping); ``resources`` the most frequent, by events."""

    events: int
    mean_minutes: float
    median_minutes: float
    median_wait_minutes: float
    resources: dict[str, int]


@dataclass(frozen=True, slots=True)
class ResourceSummary:
    """``most_at_once``: steps under way at one time; ``hours``: events begun in each local hour 0-23."""

    events: int
    busy_hours: float
    most_at_once: int
    hours: list[int]


def summarise(log: EventLog) -> tuple[dict[str, ActivitySummary], dict[str, ResourceSummary]]:
    """Summaries by activity and by resource, of a log in local seconds."""
    begins = np.diff(log.case, prepend=-1) != 0
    waits = np.where(begins, 0.0, np.maximum(log.start - np.roll(log.end, 1), 0.0))
    lengths = log.end - log.start
    by_activity = {}
    for i, name in enumerate(log.activities):
        here = np.flatnonzero(log.activity == i)
        if len(here) == 0:
            continue
        who = np.bincount(log.resource[here] + 1, minlength=len(log.resources) + 1)[1:]
        named = {log.resources[r]: int(who[r]) for r in np.argsort(-who)[:_MOST_NAMED] if who[r] > 0}
        by_activity[name] = ActivitySummary(
            len(here), _minutes(lengths[here].mean()), _minutes(np.median(lengths[here])),
            _minutes(np.median(waits[here])), named,
        )  # fmt: skip
    by_resource = {}
    for i, name in enumerate(log.resources):
        here = np.flatnonzero(log.resource == i)
        if len(here):
            hours = np.bincount((log.start[here] // 3600 % 24).astype(np.int64), minlength=24).tolist()
            at_once = _most_at_once(log.start[here], log.end[here])
            by_resource[name] = ResourceSummary(len(here), round(float(lengths[here].sum() / 3600), 2), at_once, hours)
    return by_activity, by_resource


def _minutes(seconds: Any) -> float:
    return round(float(seconds) / _MINUTE, 3)


def _most_at_once(start: Any, end: Any) -> int:
    long = end > start
    if not long.any():
        return 1
    times = np.concatenate([end[long], start[long]])
    change = np.concatenate([np.full(int(long.sum()), -1), np.ones(int(long.sum()), np.int64)])
    return int(np.cumsum(change[np.lexsort((change, times))]).max())
