"""How long each will wait: what remains is played through many times, from what was seen lately.

A play draws how fast each doctor is today and then each visit's length: from the doctor's own last visits with the
weight n / (n + 8), else from all of the service, and from a lognormal of mean 8 minutes where these are few. The visit
in the room is drawn from those longer than it has lasted. Who has an appointment and has not come comes, in nine of ten
plays, as early or late as others did. Whenever a doctor is free, the first in the order who is there is called. The
interval is the 10th to 90th of 100 plays. Draws are the same for the same queue, so that numbers on a screen move
because something happened.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from random import Random

from .model import Wait

PLAYS = 300
_OWN_WEIGHT = 8.0
_USUAL_MINUTES = 8.0
_USUAL_SPREAD = 0.6
_ENOUGH = 8
_USUAL_LATENESS = (-25.0, 5.0)
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Ahead:
    """Somebody in line: whose patient they are (None: of whoever is free first). ``due_minutes`` is in how many they
    are due who are not there yet (None: they are there), ``comes`` the chance that they come at all."""

    name: str
    doctor: str | None = None
    due_minutes: float | None = None
    comes: float = 1.0


@dataclass(frozen=True, slots=True)
class Room:
    """A doctor at work: minutes that the visit in the room has lasted, None where nobody is there."""

    doctor: str
    busy_minutes: float | None = None


@dataclass(slots=True)
class Lengths:
    """Minutes of recent visits, by doctor, and how many minutes after they were due people came (before: negative)."""

    of: Mapping[str, Sequence[float]]
    lateness: Sequence[float] = ()
    every: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.every = [minutes for lengths in self.of.values() for minutes in lengths]


def waits(line: Sequence[Ahead], rooms: Sequence[Room], lengths: Lengths, plays: int = PLAYS) -> dict[str, Wait]:
    """The wait of each in ``line``, which is in the order of calling, by name. With no doctor at work none is told."""
    if not rooms or not line:
        return {}
    random = Random(20_261_123)  # noqa: S311 - a simulation
    met: dict[str, list[float]] = {one.name: [] for one in line}
    for _ in range(plays):
        _play(random, line, rooms, lengths, met)
    return {name: _wait(sorted(minutes)) for name, minutes in met.items() if minutes}


def _play(
    random: Random, line: Sequence[Ahead], rooms: Sequence[Room], lengths: Lengths, met: Mapping[str, list[float]]
) -> None:
    pace = {room.doctor: _pace(random, lengths, room.doctor) for room in rooms}
    free = [
        (0.0 if room.busy_minutes is None else _rest(random, lengths, room, pace[room.doctor]), room.doctor)
        for room in rooms
    ]
    heapify(free)
    left = [(one, _comes_at(random, lengths, one)) for one in line if one.comes >= 1.0 or random.random() < one.comes]
    while left and free:
        now, doctor = heappop(free)
        called, soonest = _first(left, doctor, now, pace)
        if called is None:
            if soonest < math.inf:
                heappush(free, (soonest, doctor))
            continue
        one, _ = left.pop(called)
        met[one.name].append(now)
        heappush(free, (now + _length(random, lengths, doctor) * pace[doctor], doctor))


def _first(
    left: Sequence[tuple[Ahead, float]], doctor: str, now: float, at_work: Container[str]
) -> tuple[int | None, float]:
    """The place of who is called by ``doctor`` at ``now``; where nobody is there, when the first of them comes."""
    soonest = math.inf
    for place, (one, comes_at) in enumerate(left):
        if one.doctor is not None and one.doctor != doctor and one.doctor in at_work:
            continue
        if comes_at <= now:
            return place, now
        soonest = min(soonest, comes_at)
    return None, soonest


def _comes_at(random: Random, lengths: Lengths, one: Ahead) -> float:
    if one.due_minutes is None:
        return 0.0
    is_known = len(lengths.lateness) >= _ENOUGH
    late = random.choice(lengths.lateness) if is_known else random.uniform(*_USUAL_LATENESS)
    return max(0.0, one.due_minutes + late)


def _length(random: Random, lengths: Lengths, doctor: str) -> float:
    own = lengths.of.get(doctor, ())
    if own and random.random() < len(own) / (len(own) + _OWN_WEIGHT):
        return random.choice(own)
    if len(lengths.every) >= _ENOUGH:
        return random.choice(lengths.every)
    return random.lognormvariate(math.log(_USUAL_MINUTES) - _USUAL_SPREAD**2 / 2, _USUAL_SPREAD)


def _pace(random: Random, lengths: Lengths, doctor: str) -> float:
    """How a doctor's day differs from what was seen: the doubt in a mean of few visits."""
    own = lengths.of.get(doctor, ())
    spread = max(_LEAST_SPREAD, _USUAL_SPREAD / math.sqrt(len(own) + 1.0))
    return random.lognormvariate(-(spread**2) / 2, spread)


def _rest(random: Random, lengths: Lengths, room: Room, pace: float) -> float:
    """What is left of a visit: one that is longer than it lasted already; where none seen was, as much as a usual one
    leaves."""
    lasted = room.busy_minutes or 0.0
    for _ in range(12):
        whole = _length(random, lengths, room.doctor) * pace
        if whole > lasted:
            return whole - lasted
    return random.expovariate(1 / (_USUAL_SPREAD * _USUAL_MINUTES))


def _wait(minutes: Sequence[float]) -> Wait:
    return Wait(*(minutes[min(len(minutes) - 1, int(share * len(minutes)))] for share in (0.1, 0.5, 0.9)))
