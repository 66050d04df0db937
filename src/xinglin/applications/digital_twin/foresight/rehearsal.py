"""Made-up days of a clinic on which foresight is judged; they are made otherwise than it supposes.

Visits are gamma-distributed (the model: what was seen over a lognormal pace), doctors of different speed are faster or
slower on a day, begin late and are called away, walk-ins come in small groups and on some days in greater number,
people are early, late or never come, some go to tests. Learnt on earlier days, judged on later ones.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import insort
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from .foreseeing import foresee
from .learning import Learnt, learn, now
from .model import STEP_MINUTES, Doctor, Foreseen, Line, Person, Seen
from .scoring import Score

OPENS, CLOSES = 480.0, 720.0
_LATE_MINUTES = 15.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A made-up clinic's truth. ``crowding``: work booked and walked in over the doctors' time."""

    doctors: int = 4
    crowding: float = 0.9
    seed: int = 8


@dataclass(slots=True)
class _Patient:
    name: str
    doctor: str | None
    due: float | None
    turn: float = 0.0
    arrived: float = 0.0
    state: str = "expected"
    since: float = 0.0
    called: float | None = None
    gap: float = 0.0
    first: float | None = None
    again: float | None = None
    tests: float | None = None
    booked: float | None = None


@dataclass
class Day:
    """One morning. ``told`` are what was foreseen, with when."""

    number: int
    house: Rehearsed
    means: dict[str, float]
    learnt: Learnt | None
    replications: int
    random: Random
    people: dict[str, _Patient] = field(default_factory=dict)
    lines: list[tuple[float, str]] = field(default_factory=list)
    room: dict[str, _Patient | None] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)
    lengths: list[tuple[float, int]] = field(default_factory=list)
    told: list[tuple[float, Foreseen]] = field(default_factory=list)
    missed: int = 0

    def run(self) -> None:
        """Play it from opening until the last has gone."""
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = itertools.count()
        self._pace = {doctor: self.random.lognormvariate(0, 0.12) for doctor in self.means}
        self._plan()
        while self._events:
            at, _, act = heapq.heappop(self._events)
            act(at)
            self.lengths.append((at, len(self.lines)))

    def _then(self, at: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at, next(self._count), act))

    def _plan(self) -> None:
        random = self.random
        for doctor, mean in self.means.items():
            self._then(OPENS + max(0.0, random.gauss(4, 4)), partial(self._begin, doctor))
            step = mean / (0.6 * self.house.crowding)
            for place in range(int((CLOSES - OPENS) / step)):
                due = OPENS + place * step
                one = self._known(_Patient(f"{self.number}-{doctor}-{place}", doctor, due))
                if random.random() < 0.92:
                    self._then(max(OPENS - 30, due + random.gauss(-12, 11)), partial(self._come, one))
                else:
                    self.missed += 1
        a_day = random.gammavariate(25, 1 / 25)
        per_minute = sum(0.4 * self.house.crowding / mean for mean in self.means.values()) * a_day / 1.3
        at = OPENS - 20.0
        for group in itertools.count():
            at += random.expovariate(per_minute * (1.4 if at < 570 else 0.8))
            if at > CLOSES:
                break
            for number in range(1 + (random.random() < 0.3)):
                walk_in = self._known(_Patient(f"{self.number}-w{group}-{number}", None, None))
                self._then(at, partial(self._come, walk_in))
        if self.learnt is not None:
            for look in range(10):
                self._then(OPENS + 5.1 + 20 * look, self._look)

    def _known(self, one: _Patient) -> _Patient:
        self.people[one.name] = one
        return one

    def _begin(self, doctor: str, at: float) -> None:
        self.at_work.add(doctor)
        self.room[doctor] = None
        self._call(doctor, at)

    def _come(self, one: _Patient, at: float) -> None:
        if one.state == "expected":
            one.arrived = at
            one.turn = one.due if one.due is not None and at <= one.due + _LATE_MINUTES else at
        one.state, one.since = "waiting", at
        insort(self.lines, (one.turn, one.name))
        for doctor in [one.doctor] if one.doctor else sorted(self.at_work):
            if doctor in self.at_work and self.room[doctor] is None:
                self._call(doctor, at)
                return

    def _call(self, doctor: str, at: float) -> None:
        mine = next((key for key in self.lines if self.people[key[1]].doctor in (None, doctor)), None)
        if mine is None or self.room[doctor] is not None:
            return
        self.lines.remove(mine)
        one, random = self.people[mine[1]], self.random
        one.called = at if one.called is None else one.called
        one.doctor, one.state, one.since = doctor, "called", at
        self.room[doctor] = one
        gap = random.uniform(0.2, 0.8) + (random.uniform(3, 12) if random.random() < 0.02 else 0.0)
        mean = self.means[doctor] * self._pace[doctor] * (0.5 if one.first is not None else 1.0)
        length = max(0.4, random.gammavariate(2.5, mean / 2.5))
        one.gap = gap
        self._then(at + gap, partial(self._start, one))
        self._then(at + gap + length, partial(self._finish, doctor, one, length))

    def _start(self, one: _Patient, at: float) -> None:
        one.state, one.since = "room", at

    def _finish(self, doctor: str, one: _Patient, length: float, at: float) -> None:
        self.room[doctor] = None
        if one.first is None:
            one.first = length
            if self.random.random() < 0.2:
                one.state, one.since = "tests", at
                one.tests = self.random.uniform(12, 40)
                self._then(at + one.tests, partial(self._come, one))
                self._call(doctor, at)
                return
        else:
            one.again = length
        one.state = "gone"
        self._call(doctor, at)

    def seen(self, before: float = 1e9) -> list[Seen]:
        """What a hospital would know by then."""
        return [
            Seen(
                self.number, one.arrived, one.doctor, one.due, None, one.gap if one.called is not None else None,
                one.first if one.state not in ("called", "room") else None, one.again, one.tests if one.again else None,
                one.called is not None,
            )
            for one in self.people.values()
            if one.state != "expected" and one.arrived <= before
        ]  # fmt: skip

    def _look(self, at: float) -> None:
        assert self.learnt is not None
        habits, pace = now(self.learnt, self.seen(at), at)
        doctors = []
        for doctor in self.means:
            mean, doubt = pace(doctor)
            one = self.room.get(doctor)
            if one is None:
                starts = 0.0 if doctor in self.at_work else max(0.0, OPENS - at)
                doctors.append(Doctor(doctor, starts=starts, ends=CLOSES - at, pace=mean, doubt=doubt))
                continue
            again, state = one.first is not None, "room" if one.state == "room" else "called"
            doctors.append(Doctor(doctor, state, one.since - at, again, 0.0, CLOSES - at, mean, doubt))  # type: ignore[arg-type]
        people = tuple(
            Person(
                one.name, one.state, one.doctor, (one.turn if one.state != "expected" else one.due or at) - at,  # type: ignore[arg-type]
                one.since - at, None if one.due is None else one.due - at, None, one.first is not None,
            )
            for one in self.people.values()
            if one.state in ("waiting", "tests")
            or (one.state == "expected" and one.due is not None and one.due > at - 60)
        )  # fmt: skip
        line = Line("clinic", people, tuple(doctors), habits)
        self.told.append((at, foresee(line, self.replications, seed=self.number)))

    def score(self, into: dict[str, Score]) -> None:
        """Compare what was told with what came."""
        for at, told in self.told:
            for name, quantiles in told.people.items():
                one = self.people[name]
                if one.called is None:
                    continue
                if one.arrived <= at:
                    into["who waits"].add(quantiles, one.called - at)
                else:
                    into["who is expected"].add(quantiles, max(0.0, one.called - max(one.arrived, one.due or 0.0)))
            for step in (3, 6, 12):
                into["length of the line"].add(told.length[step], self._length(at + step * STEP_MINUTES))
            for one in self.people.values():
                owed = max(one.arrived, one.due or 0.0)
                step = int((owed - at) / STEP_MINUTES)
                if one.called is not None and owed > at and step < len(told.comers) and told.comers[step] is not None:
                    into["who comes"].add(told.comers[step] or (), max(0.0, one.called - owed))

    def _length(self, at: float) -> int:
        return next((length for time, length in reversed(self.lengths) if time <= at), 0)


def rehearse(house: Rehearsed, learning_days: int, judged_days: int, replications: int) -> dict[str, Score]:
    """Scores by what was foreseen, of days on which nothing was learnt."""
    random = Random(house.seed)  # noqa: S311 - a simulation
    means = {f"d{place}": random.uniform(5, 11) for place in range(house.doctors)}
    scores: dict[str, Score] = defaultdict(Score)
    past: list[Seen] = []
    kept = missed = 0
    learnt: Learnt | None = None
    for number in range(learning_days + judged_days):
        if number == learning_days:
            learnt = learn(past, kept, missed)
        own = Random(random.random())  # noqa: S311 - a simulation
        day = Day(number, house, means, learnt, replications, own)
        day.run()
        if learnt is None:
            past += day.seen()
            missed += day.missed
            kept += sum(one.due is not None for one in day.people.values()) - day.missed
        day.score(scores)
    return dict(scores)
