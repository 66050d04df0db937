"""How true the expected waits are: made-up days of a clinic, replayed with the node's own rule of order and estimate.

    python benchmarks/waiting.py [--days 20] [--seed 8] [--json]

The days are made otherwise than the estimate supposes: gamma-distributed visits, doctors of different speed who are
faster or slower on a day, patients who come early, late or not at all, walk-ins, urgent ones, and some who go to tests
and come back. Every ten minutes everybody who waits, or is expected, is told a wait; it is compared with when they were
called. Coverage is the share of calls within the 80 % interval: 0.80 is right, more is too cautious, less too sure.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import math
import sys
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from node import ROOT

sys.path.insert(0, str(ROOT / "src"))

from xinglin.business_platform.scheduling.queue import (
    Entry,
    Expected,
    Lengths,
    Wait,
    aheads,
    in_order,
    rooms,
    turn,
    waits,
)

_DOCTORS = ("a", "b", "c")
_OPEN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
_HOURS = 4
_LOOK_MINUTES = 10.0
_SEEN = 30


@dataclass
class Day:
    """One morning. ``told`` are waits by patient with the minute at which they were told."""

    random: Random
    means: dict[str, float]
    seen: dict[str, list[float]]
    lateness: list[float]
    minute: float = 0.0
    waiting: dict[str, Entry] = field(default_factory=dict)
    expected: dict[str, Expected] = field(default_factory=dict)
    present: dict[str, Entry] = field(default_factory=dict)
    served: dict[str, float] = field(default_factory=dict)
    called: dict[str, float] = field(default_factory=dict)
    away: dict[str, Entry] = field(default_factory=dict)
    told: list[tuple[str, str, float, int, Wait]] = field(default_factory=list)
    events: list[tuple[float, int, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._count = itertools.count()
        self._pace = {doctor: self.random.lognormvariate(0, 0.12) for doctor in _DOCTORS}
        self._tested: set[str] = set()

    def at(self, minute: float) -> datetime:
        return _OPEN + timedelta(minutes=minute)

    def happen(self, minute: float, what: str, who: str) -> None:
        heapq.heappush(self.events, (minute, next(self._count), what, who))

    def plan(self) -> None:
        """Bookings in step with each doctor's speed, walk-ins on top."""
        for doctor in _DOCTORS:
            step = self.means[doctor] * 1.25
            for place in range(int(_HOURS * 60 / step)):
                name, start = f"{doctor}{place}", place * step
                self.expected[name] = Expected(name, name, doctor, self.at(start))
                if self.random.random() > 0.1:
                    self.happen(max(-30.0, start + self.random.gauss(-15, 12)), "arrive", name)
        minute = 0.0
        for number in itertools.count():
            minute += self.random.expovariate(len(_DOCTORS) * 1.0 / 60)
            if minute > _HOURS * 60:
                break
            self.happen(minute, "arrive", f"w{number}")
        for look in range(int(_HOURS * 60 / _LOOK_MINUTES) + 3):
            self.happen(look * _LOOK_MINUTES + 0.5, "look", "")

    def run(self) -> None:
        self.plan()
        while self.events:
            self.minute, _, what, who = heapq.heappop(self.events)
            {"arrive": self.arrive, "finish": self.finish, "back": self.back, "look": self.look}[what](who)
            if self.minute >= 0:
                self.call()

    def arrive(self, name: str) -> None:
        booked = self.expected.pop(name, None)
        now = self.at(self.minute)
        if booked is not None:
            self.lateness.append((now - booked.starts_at).total_seconds() / 60)
        triage = 2 if booked is None and self.random.random() < 0.1 else None
        age = self.random.choice([30, 50, 70, 70, 82])
        self.waiting[name] = Entry(
            encounter_id=name,
            service="clinic",
            day=now.date(),
            number=0,
            practitioner=booked.practitioner if booked else None,
            patient=name,
            name=name,
            appointment_id=None,
            state="waiting",
            triage=triage,
            turn_at=turn(now, booked.starts_at if booked else None, age, triage),
            arrived_at=now,
            room="",
            called_at=None,
            started_at=None,
            served_seconds=0.0,
            finished_at=None,
        )

    def call(self) -> None:
        """Every idle doctor calls who is next."""
        for doctor in _DOCTORS:
            mine = [one for one in self.waiting.values() if one.practitioner in (None, doctor)]
            if doctor in self.present or not mine:
                continue
            one = in_order(mine)[0]
            del self.waiting[one.encounter_id]
            now = self.at(self.minute)
            self.present[doctor] = replace(one, state="in_room", practitioner=doctor, called_at=now, started_at=now)
            self.called.setdefault(one.encounter_id, self.minute)
            mean = self.means[doctor] * self._pace[doctor] * (0.5 if one.encounter_id in self._tested else 1.0)
            length = max(0.5, self.random.gammavariate(2.5, mean / 2.5))
            self.served[one.encounter_id] = self.served.get(one.encounter_id, 0.0) + length
            self.happen(self.minute + length, "finish", doctor)

    def finish(self, doctor: str) -> None:
        one = self.present.pop(doctor)
        name = one.encounter_id
        if name not in self._tested and self.random.random() < 0.1:
            self._tested.add(name)
            self.happen(self.minute + self.random.uniform(20, 40), "back", name)
            self.away[name] = one
            return
        self.seen[doctor] = [*self.seen[doctor], self.served[name]][-_SEEN:]

    def back(self, name: str) -> None:
        self.waiting[name] = replace(self.away.pop(name), state="waiting")

    def look(self, _: str) -> None:
        now = self.at(self.minute)
        waiting = in_order(self.waiting.values())
        missed = now - timedelta(minutes=15)
        coming = [one for one in self.expected.values() if one.starts_at > missed]
        away = [replace(one, state="at_tests") for one in self.away.values()]
        line = aheads(waiting, away, coming, now)
        lengths = Lengths(dict(self.seen), self.lateness[-100:])
        found = waits(line, rooms(list(_DOCTORS), list(self.present.values()), now), lengths)
        for place, one in enumerate(waiting):
            if one.encounter_id not in self.called:
                self.told.append(("waiting", one.encounter_id, self.minute, place, found[one.encounter_id]))
        for one in coming:
            self.told.append(("expected", one.appointment_id, self.minute, 0, found[one.appointment_id]))


def measure(days: int, seed: int) -> dict[str, Any]:
    """Coverage, width and error of what was told on ``days`` mornings; on the first nothing is known yet."""
    random = Random(seed)
    means = {doctor: random.uniform(6, 12) for doctor in _DOCTORS}
    seen: dict[str, list[float]] = {doctor: [] for doctor in _DOCTORS}
    lateness: list[float] = []
    met: dict[str, list[tuple[float, Wait]]] = defaultdict(list)
    for number in range(days):
        day = Day(Random(random.random()), means, seen, lateness)
        day.run()
        for kind, name, minute, place, wait in day.told:
            if name in day.called:
                missed = day.called[name] - minute
                met[kind].append((missed, wait))
                if kind == "waiting":
                    met["first in line" if place == 0 else "1 to 4 ahead" if place < 5 else "5 and more ahead"].append(
                        (missed, wait)
                    )
                    met["first day, nothing known" if number == 0 else "later days"].append((missed, wait))
    return {kind: _figures(pairs) for kind, pairs in met.items()}


def _figures(pairs: list[tuple[float, Wait]]) -> dict[str, float]:
    told = [(true, math.floor(wait.low), math.ceil(wait.high)) for true, wait in pairs]  # as people are shown it
    return {
        "told": len(pairs),
        "coverage": round(sum(low <= true <= high for true, low, high in told) / len(pairs), 3),
        "below": round(sum(true < low for true, low, _ in told) / len(pairs), 3),
        "above": round(sum(true > high for true, _, high in told) / len(pairs), 3),
        "width_minutes": round(sum(wait.high - wait.low for _, wait in pairs) / len(pairs), 1),
        "error_minutes": round(sum(abs(true - wait.likely) for true, wait in pairs) / len(pairs), 1),
        "wait_minutes": round(sum(true for true, _ in pairs) / len(pairs), 1),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--days", type=int, default=20)
    asked.add_argument("--seed", type=int, default=8)
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    words = asked.parse_args()
    found = measure(words.days, words.seed)
    if words.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name:26} " + "  ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
