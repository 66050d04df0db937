"""An event log as arrays: what was done for which case, by whom, from when to when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = ("case_id", "activity", "resource", "start_time", "end_time")


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events sorted by case, start and end; ties keep the order of the file.

    ``case``, ``activity`` and ``resource`` index ``cases``, ``activities``, ``resources`` (-1: nobody);
    ``start`` and ``end`` are seconds since 1970 UTC. Cases are in the order of their first start. ``has_starts`` is
    false where the log tells completions alone (start = end). ``offset_seconds`` is the log's usual zone. ``notes``
    says, in English and Chinese, what was set right on reading.
    """

    cases: list[str]
    activities: list[str]
    resources: list[str]
    case: Any
    activity: Any
    resource: Any
    start: Any
    end: Any
    has_starts: bool
    offset_seconds: int = 0
    notes: tuple[tuple[str, str], ...] = ()

    def first(self) -> Any:
        """The index of every case's first event, and after the last one the number of events."""
        return np.concatenate([np.flatnonzero(np.diff(self.case, prepend=-1)), [len(self.case)]])

    def part(self, chosen: Any) -> EventLog:
        """The log of the chosen cases alone (a mask over cases); labels keep their numbers."""
        keep = chosen[self.case]
        number = np.cumsum(chosen) - 1
        cases = [name for name, here in zip(self.cases, chosen, strict=True) if here]
        return EventLog(
            cases, self.activities, self.resources, number[self.case[keep]], self.activity[keep],
            self.resource[keep], self.start[keep], self.end[keep], self.has_starts, self.offset_seconds,
        )  # fmt: skip


def make_log(rows: list[tuple[str, str, str, float, float]], has_starts: bool, offset_seconds: int = 0,
             notes: tuple[tuple[str, str], ...] = ()) -> EventLog:  # fmt: skip
    """A log from (case, activity, resource or "", start, end) rows in any order; at least one row."""
    first: dict[str, float] = {}
    for case, _, _, start, _ in rows:
        first[case] = min(start, first.get(case, start))
    cases = sorted(first, key=lambda name: first[name])
    activities = sorted({row[1] for row in rows})
    resources = sorted({row[2] for row in rows if row[2]})
    case_of, activity_of = ({name: i for i, name in enumerate(names)} for names in (cases, activities))
    resource_of = {"": -1} | {name: i for i, name in enumerate(resources)}
    numbers = np.array([case_of[row[0]] for row in rows], np.int64)
    starts, ends = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    order = np.lexsort((ends, starts, numbers))
    return EventLog(
        cases, activities, resources, numbers[order],
        np.array([activity_of[row[1]] for row in rows], np.int64)[order],
        np.array([resource_of[row[2]] for row in rows], np.int64)[order],
        starts[order], ends[order], has_starts, offset_seconds, notes,
    )  # fmt: skip


def write_log(log: EventLog, file: Path) -> None:
    """Writes a log as CSV with COLUMNS; times are ISO with the log's zone."""
    zone = timezone(timedelta(seconds=log.offset_seconds))

    def clock(seconds: float) -> str:
        return datetime.fromtimestamp(round(seconds, 3), UTC).astimezone(zone).isoformat(timespec="milliseconds")

    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for i in range(len(log.case)):
            who = log.resources[log.resource[i]] if log.resource[i] >= 0 else ""
            name = log.cases[log.case[i]], log.activities[log.activity[i]], who
            writer.writerow([*name, clock(log.start[i]), clock(log.end[i])])
