"""A clinic as it is and as it would be, played by the same chances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..foresight import HORIZON_MINUTES, Doctor, Person
from ..foresight.foreseeing import foresee_each
from ..foresight.model import Foreseen, Line
from ..foresight.playing import COMERS, IDLE, OVERTIME, WAIT
from ..foresight.whole import Foresight, until_the_last_sits
from .model import Change, Comparison, Difference, Figure, Future, Question

_NORMAL_95 = 1.96
Pace = Callable[[str], tuple[float, float]]


class Comparing:
    """Compares question after question; what was learnt lasts until the past is given anew."""

    def __init__(self) -> None:
        self._foresight = Foresight()

    def compare(self, question: Question) -> Comparison:
        """Both futures of the question's clinic."""
        house = question.house
        self._foresight.learn(house)
        line, pace = self._foresight.line(house.clinics[0], house)
        return compare(line, question.change, pace, house.replications, house.seed)


def compare(line: Line, change: Change, pace: Pace, replications: int, seed: int) -> Comparison:
    """Both futures; plays of the same number share their chances, so that the interval of a difference is narrow
    (common random numbers; Law, Simulation Modeling and Analysis, ch. 11.2)."""
    if not line.doctors:
        return Comparison(refused="nobody_sits")
    other = changed(line, change, pace)
    if other is None:
        return Comparison(refused="nobody_left")
    (line, _), (other, moved) = within_hours(line), within_hours(other)
    one, ones = foresee_each(line, replications, seed)
    two, twos = (one, ones) if other == line else foresee_each(other, replications, seed)
    return Comparison(
        None,
        _future(line, one, ones),
        _future(other, two, twos),
        wait=_difference(twos[:, WAIT] - ones[:, WAIT]),
        overtime=_difference(twos[:, OVERTIME] - ones[:, OVERTIME]),
        idle=_difference(twos[:, IDLE] - ones[:, IDLE]),
        people=_difference(twos[:, COMERS] - ones[:, COMERS]),
        moved=moved,
        visits=line.habits.visits,
        replications=replications,
    )


def changed(line: Line, change: Change, pace: Pace) -> Line | None:
    """``line`` with the change; None where no doctor would be left."""
    doctors = _stay(line.doctors, -change.doctors) if change.doctors < 0 else list(line.doctors)
    if not doctors:
        return None
    last = max(one.ends for one in doctors)
    mean, doubt = pace("")
    doctors += [Doctor(f"+{place}", ends=last, pace=mean, doubt=doubt) for place in range(max(0, change.doctors))]
    doctors = [replace(one, ends=max(one.starts, one.ends + change.minutes)) for one in doctors]
    here = {one.name for one in doctors}
    people = tuple(_of_those_here(one, here) for one in line.people)
    share = change.demand_percent / 100
    walk_ins, bookers = (tuple(rate * share for rate in rates) for rates in (line.habits.walk_ins, line.habits.bookers))
    return Line(line.service, people, tuple(doctors), replace(line.habits, walk_ins=walk_ins, bookers=bookers))


def within_hours(line: Line) -> tuple[Line, int]:
    """Nobody new comes after the last doctor's hours, whose own doctor has gone by their time sees any other; and how
    many appointments after everybody's hours are left out, since they would have to be moved."""
    ends = {one.name: one.ends for one in line.doctors}
    last = max(ends.values())
    people = tuple(
        replace(one, doctor=None) if one.due is not None and ends.get(one.doctor or "", last) <= one.due else one
        for one in line.people
        if one.state != "expected" or one.due is None or one.due < last
    )
    habits = until_the_last_sits(line.habits, line.doctors)
    return replace(line, people=people, habits=habits), len(line.people) - len(people)


def _stay(doctors: tuple[Doctor, ...], fewer: int) -> list[Doctor]:
    """Who is not there yet goes first, then who is free; of those who see somebody, who ends first."""
    order = sorted(doctors, key=lambda one: (one.state != "free", one.starts <= 0, one.ends))
    gone = {one.name for one in order[:fewer]}
    return [one for one in doctors if one.name not in gone]


def _of_those_here(one: Person, here: set[str]) -> Person:
    """Whose doctor is away sees any other."""
    return one if one.doctor is None or one.doctor in here else replace(one, doctor=None)


def _future(line: Line, foreseen: Foreseen, outcomes: Any) -> Future:
    able = sum(max(0.0, min(one.ends, HORIZON_MINUTES) - max(0.0, one.starts)) for one in line.doctors)
    return Future(
        doctors=len(line.doctors),
        wait=_figure(outcomes[:, WAIT]),
        overtime=_figure(outcomes[:, OVERTIME]),
        idle=_figure(outcomes[:, IDLE]),
        people=_figure(outcomes[:, COMERS]),
        doctor_minutes=round(able, 1),
        load=foreseen.load,
        length=foreseen.length,
        comers=foreseen.comers,
    )


def _figure(values: Any) -> Figure:
    low, high = np.quantile(values, (0.1, 0.9))
    return Figure(*(round(float(one), 2) for one in (values.mean(), low, high)))


def _difference(values: Any) -> Difference:
    mean = float(values.mean())
    half = _NORMAL_95 * float(values.std(ddof=1)) / len(values) ** 0.5
    return Difference(round(mean, 2), round(mean - half, 2), round(mean + half, 2))
