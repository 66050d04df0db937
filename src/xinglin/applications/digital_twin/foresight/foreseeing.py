"""A line in, what is foreseen of it out: the compiled play, many times, and the quantiles of what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .model import (
    BIN_MINUTES,
    HORIZON_MINUTES,
    PROBABILITIES,
    STEP_MINUTES,
    Doctor,
    Foreseen,
    Habits,
    Line,
    Overload,
    Person,
    Quantiles,
)
from .playing import DOCTOR, NUMBERS, PERSON, WAIT_BINS, WAIT_STEP, play

STEPS = int(HORIZON_MINUTES / STEP_MINUTES) + 1
OVER_MINUTES = 60.0
_LONGEST_MINUTES = 480.0
_STOP_MINUTES = HORIZON_MINUTES + _LONGEST_MINUTES
_EXPECTED_MINUTES = HORIZON_MINUTES + 30.0
_STATES = {"waiting": 0, "expected": 1, "tests": 2, "away": 3}
_DOCTORS = {"free": 0, "called": 1, "room": 2}
_FEW = 30
_URGENT = {1: 1e7, 2: 1e6}
_MOST_PEOPLE = 200_000


def foresee(line: Line, replications: int = 1000, seed: int = 1) -> Foreseen:
    """Every waiting person's wait and the line's next four hours. The same line and seed give the same.

    Where nobody works, nobody is foreseen to be called: no figures of people or comers, and no overload is told.
    """
    kept = [one for one in line.people if one.state != "expected" or (one.due or 0.0) < _EXPECTED_MINUTES]
    lengths = np.zeros((replications, STEPS))
    called = np.full((replications, len(kept)), np.nan)
    waits = np.zeros((STEPS, WAIT_BINS), np.int64)
    if line.doctors:
        _play(line, kept, seed, called, waits, lengths)
    else:
        lengths[:] = sum(one.state == "waiting" for one in kept)
    people = {
        one.name: found
        for one, column in zip(kept, called.T, strict=True)
        if (found := _of_person(column, one.state == "waiting")) is not None
    }
    load = offered(line)
    comers = tuple(_of_counts(row, replications) for row in waits) if line.doctors else (None,) * STEPS
    at = np.quantile(lengths, PROBABILITIES, axis=0, method="inverted_cdf").T
    return Foreseen(
        service=line.service,
        people=people,
        length=tuple(tuple(float(value) for value in row) for row in at),
        comers=comers,
        load=round(load, 3),
        overload=_overload(load, comers) if line.doctors else None,
        visits=line.habits.visits,
        past_days=line.habits.past_days,
        replications=replications,
    )


def offered(line: Line) -> float:
    """Work that comes within the horizon over what the doctors at work can do in it; what waits now is not counted."""
    habits = line.habits
    hours = HORIZON_MINUTES / 60
    bins = int(HORIZON_MINUTES / BIN_MINUTES)
    new = (sum(habits.walk_ins[:bins]) + habits.comes_share * sum(habits.bookers[:bins])) / bins * hours
    due = sum(one.state == "expected" and 0 <= (one.due or 0.0) < HORIZON_MINUTES for one in line.people)
    pace = [float(np.exp(one.pace + one.doubt**2 / 2)) for one in line.doctors]
    if not pace:
        return 0.0
    each = float(np.mean(pace)) * (np.mean(habits.first) + habits.tested_share * np.mean(habits.again))
    each += float(np.mean(habits.gap)) * (1 + habits.tested_share) + habits.missed_share * float(np.mean(habits.missed))
    able = sum(max(0.0, min(one.ends, HORIZON_MINUTES) - max(0.0, one.starts)) for one in line.doctors)
    return float((new + habits.comes_share * due) * each / able) if able > 0 else 0.0


def doctor_rows(doctors: Sequence[Doctor]) -> Any:
    """Doctors as the compiled play takes them; the last row is everybody's line."""
    rows = np.zeros(len(doctors) + 1, DOCTOR)
    for row, one in zip(rows, doctors, strict=False):
        row["state"], row["again"], row["since"] = _DOCTORS[one.state], one.again, one.since
        row["starts"], row["ends"], row["pace"], row["doubt"] = one.starts, one.ends, one.pace, one.doubt
    return rows


def people_rows(people: Sequence[Person], doctors: Sequence[Doctor], room: int) -> Any:
    """People as the compiled play takes them, with places for ``room`` in all."""
    index = {one.name: place for place, one in enumerate(doctors)}
    rows = np.zeros(room, PERSON)
    for row, one in zip(rows, people, strict=False):
        row["state"], row["doctor"], row["again"] = _STATES[one.state], index.get(one.doctor or "", -1), one.again
        row["turn"], row["since"], row["due"] = one.turn, one.since, one.due or 0.0
        row["urgent"] = _URGENT.get(one.urgent or 0, 0.0)
    return rows


def habit_rows(habits: Habits) -> tuple[Any, Any, Any]:
    """Tables, rates and numbers as the compiled play takes them; horizon, stop, step and known are left to be set."""
    names = ("first", "again", "gap", "tests", "late", "lead", "missed", "away")
    tables = np.array([getattr(habits, name) for name in names], float)
    numbers = np.zeros(1, NUMBERS)
    numbers["tested"], numbers["comes"] = habits.tested_share, habits.comes_share
    numbers["missed"] = habits.missed_share
    numbers["shape"], numbers["rate"] = habits.days
    numbers["bin"] = BIN_MINUTES
    return tables, np.array([habits.walk_ins, habits.bookers], float), numbers


def _play(line: Line, kept: Any, seed: int, called: Any, waits: Any, lengths: Any) -> None:
    doctors = doctor_rows(line.doctors)
    tables, rates, numbers = habit_rows(line.habits)
    numbers["horizon"], numbers["stop"] = HORIZON_MINUTES + STEP_MINUTES / 2, _STOP_MINUTES
    numbers["step"], numbers["known"] = STEP_MINUTES, len(kept)
    room = len(kept) + 200 + int(4 * rates.sum() * BIN_MINUTES / 60)
    while room < _MOST_PEOPLE:
        people = people_rows(kept, line.doctors, room)
        called[:], waits[:], lengths[:] = np.nan, 0, 0
        if play(doctors, people, numbers, tables, rates, seed, called, waits, lengths, room + len(doctors) + 8):
            return
        room *= 2


def _of_person(column: Any, is_there: bool) -> Quantiles | None:
    """Quantiles of a person's wait; who is there and is not called in a play waits longest. None for who was called
    before, and for who hardly ever comes."""
    known = column[~np.isnan(column)]
    if is_there and len(known):
        known = np.concatenate([known, np.full(len(column) - len(known), _LONGEST_MINUTES)])
    if len(known) < _FEW:
        return None
    return tuple(round(float(value), 2) for value in np.quantile(known, PROBABILITIES))


def _of_counts(row: Any, replications: int) -> Quantiles | None:
    total = row.sum()
    if total < max(_FEW, 0.03 * replications):
        return None
    at = np.searchsorted(np.cumsum(row), np.array(PROBABILITIES) * total)
    return tuple(float(value) for value in np.minimum(at * WAIT_STEP, _LONGEST_MINUTES))


def _overload(load: float, comers: tuple[Quantiles | None, ...]) -> Overload | None:
    middle = PROBABILITIES.index(0.5)
    full = next((place for place, one in enumerate(comers) if one is not None and one[middle] > OVER_MINUTES), None)
    if load < 1.0 and full is None:
        return None
    return Overload(round(load, 3), None if full is None else full * STEP_MINUTES, OVER_MINUTES)
