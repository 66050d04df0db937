"""A plan made into a line that can be played: who is booked when, who comes unbooked, who sits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..foresight.learning import Learnt, learn, now, rates_from
from ..foresight.model import BIN_MINUTES, Doctor, Habits, Line, PastVisits, Person
from .model import Change, Question, Session
from .roster import at_once, changed, names, refuse

_EARLY_MINUTES = 60.0
_LAST_BOOKERS_MINUTES = 30.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A line with times from its start; nobody new comes after ``closes``."""

    line: Line
    closes: float
    doctors: int
    rooms: int
    unplaced: int

    @property
    def doctor_hours(self) -> float:
        return sum(max(0.0, one.ends - max(0.0, one.starts)) for one in self.line.doctors) / 60

    @property
    def patients(self) -> float:
        """How many are there or come, on average."""
        habits = self.line.habits
        booked = sum(one.state == "expected" for one in self.line.people)
        new = sum(habits.walk_ins) + habits.comes_share * sum(habits.bookers)
        return len(self.line.people) - booked + habits.comes_share * booked + new * BIN_MINUTES / 60

    @property
    def load(self) -> float:
        """Work that is there and comes, over what the doctors can do within their hours."""
        habits = self.line.habits
        pace = float(np.mean([np.exp(one.pace + one.doubt**2 / 2) for one in self.line.doctors]))
        each = pace * (np.mean(habits.first) + habits.tested_share * np.mean(habits.again))
        each += float(np.mean(habits.gap)) * (1 + habits.tested_share)
        each += habits.missed_share * float(np.mean(habits.missed))
        return float(self.patients * each / (60 * self.doctor_hours))


def scenes(asked: Question) -> tuple[Scene, Scene]:
    """The plan as it is, and with its change. INVALID where the changed one is impossible."""
    unchanged = Change()
    if asked.live is not None:
        return _of_now(asked, unchanged), _of_now(asked, asked.change)
    return _of_day(asked, unchanged), _of_day(asked, asked.change)


def _of_day(asked: Question, change: Change) -> Scene:
    sessions = changed(asked.sessions, change)
    start = min(one.starts for one in (*sessions, *asked.sessions)) - _EARLY_MINUTES
    closes = max(one.ends for one in sessions) - start
    learnt = learn(asked.past.seen, asked.past.kept, asked.past.missed, asked.past.days)
    habits, ahead = _demand(learnt, asked.past, asked.weekday, start, closes)
    habits, booked = _with_share(habits, ahead, change, closes)
    people, unplaced = _booked(sessions, start, round(booked / habits.comes_share))
    extra = unplaced * habits.comes_share
    habits = replace(habits, walk_ins=_with_more(habits.walk_ins, extra, closes))
    doctors = tuple(_doctor(one, number, start, learnt) for number, one in enumerate(sessions))
    rooms = change.rooms if change.rooms is not None else at_once(sessions)
    return Scene(Line(asked.service, people, doctors, habits), closes, len(names(sessions)), rooms, unplaced)


def _demand(learnt: Learnt, past: PastVisits, weekday: int, start: float, closes: float) -> tuple[Habits, float]:
    """Habits of a day that begins at ``start``, and how many who booked before that day come."""
    own = [one for one in past.seen if (one.day - 1) % 7 + 1 == weekday]
    days = len({one.day for one in own})
    if not days:
        own, days = list(past.seen), past.days
    if not days:
        raise refuse("service", "no past day of this clinic is known yet", "尚无该门诊的历史数据，无法推演")
    of_weekday = learn(own, days=days)
    bins = int(closes / BIN_MINUTES) + 1
    habits, _ = now(learnt, (), 0.0)
    habits = replace(
        habits,
        walk_ins=_until(rates_from(of_weekday.walk_ins, start, bins), closes),
        bookers=_until(rates_from(of_weekday.bookers, start, bins), closes - _LAST_BOOKERS_MINUTES),
    )
    return habits, sum(one.due is not None and one.booked is None for one in own) / days


def _with_share(habits: Habits, ahead: float, change: Change, closes: float) -> tuple[Habits, float]:
    """Demand and its parts as the change wants them: walk-ins, who books the same day, who booked before."""
    walks = sum(habits.walk_ins) * BIN_MINUTES / 60
    bookers = habits.comes_share * sum(habits.bookers) * BIN_MINUTES / 60
    total = (walks + bookers + ahead) * change.demand
    if total <= 0:
        raise refuse("demand", "nobody comes on that day", "当日无人就诊")
    share = change.walk_in_share
    if share is None:
        return _scaled(habits, change.demand, change.demand), ahead * change.demand
    if walks > 0:
        habits = _scaled(habits, share * total / walks, 1.0)
    else:
        habits = replace(habits, walk_ins=_with_more(habits.walk_ins, share * total, closes))
    kept = (1 - share) * total / (bookers + ahead) if bookers + ahead > 0 else 0.0
    booked = ahead * kept if bookers + ahead > 0 else (1 - share) * total
    return _scaled(habits, 1.0, kept), booked


def _booked(sessions: Sequence[Session], start: float, number: int) -> tuple[tuple[Person, ...], int]:
    """Booked people spread evenly over the slots of the day, and how many find none."""
    slots = sorted(
        (one.starts + k * one.period - start, place)
        for place, one in enumerate(sessions)
        for k in range(int((one.ends - one.starts) / one.period))
        for _ in range(one.places)
    )
    placed = min(number, len(slots))
    chosen = [slots[int((k + 0.5) * len(slots) / placed)] for k in range(placed)]
    people = tuple(
        Person(f"booked-{k}", "expected", str(place), due, 0.0, due) for k, (due, place) in enumerate(chosen)
    )
    return people, number - placed


def _doctor(one: Session, number: int, start: float, learnt: Learnt) -> Doctor:
    mean, variance = learnt.doctors.get(one.doctor, (learnt.pace, learnt.of_doctors))
    doubt = float(np.sqrt(variance + learnt.of_days))
    return Doctor(str(number), starts=one.starts - start, ends=one.ends - start, pace=mean, doubt=doubt)


def _of_now(asked: Question, change: Change) -> Scene:
    """From the clinic as it is: who is booked keeps their time, whoever is with a patient finishes."""
    clinic = asked.live
    assert clinic is not None
    if change.slot_minutes or change.slot_places or change.walk_in_share is not None or change.opens is not None:
        raise refuse(
            "start",
            "who is booked today keeps their time: try that on a weekday",
            "今日已预约者时间不变：此项请按工作日推演",
        )
    if not clinic.doctors:
        raise refuse("doctors", "nobody sits now or within four hours", "此刻及四小时内无人出诊")
    sessions = [Session(one.name, one.starts, one.ends, 1.0, 1) for one in clinic.doctors]
    if change.closes is not None and change.closes <= asked.minute:
        raise refuse("closes", "that hour is over", "该时刻已过")
    closing = None if change.closes is None else change.closes - asked.minute
    made = changed(sessions, replace(change, closes=closing))
    learnt = learn(asked.past.seen, asked.past.kept, asked.past.missed, asked.past.days)
    habits, pace = now(learnt, clinic.today, asked.minute)
    closes = max(one.ends for one in made)
    if learnt.past_days:
        bins = int(closes / BIN_MINUTES) + 1
        habits = replace(
            habits,
            walk_ins=rates_from(learnt.walk_ins, asked.minute, bins),
            bookers=rates_from(learnt.bookers, asked.minute, bins),
        )
    habits = replace(habits, walk_ins=_until(habits.walk_ins, closes), bookers=_until(habits.bookers, closes - 30))
    known = {one.name: one for one in clinic.doctors}
    doctors = []
    for one in made:
        mean, doubt = pace(one.doctor)
        doctor = known.get(one.doctor, Doctor(one.doctor))
        doctors.append(replace(doctor, starts=one.starts, ends=one.ends, pace=mean, doubt=doubt))
    line = Line(asked.service, clinic.people, tuple(doctors), _scaled(habits, change.demand, change.demand))
    rooms = change.rooms if change.rooms is not None else at_once(made)
    return Scene(line, closes, len(made), rooms, 0)


def _scaled(habits: Habits, walk_ins: float, bookers: float) -> Habits:
    return replace(
        habits,
        walk_ins=tuple(rate * walk_ins for rate in habits.walk_ins),
        bookers=tuple(rate * bookers for rate in habits.bookers),
    )


def _with_more(rates: tuple[float, ...], people: float, closes: float) -> tuple[float, ...]:
    """That many people more, as the others come; evenly over the hours where nobody does."""
    total = sum(rates)
    if total > 0:
        return tuple(rate * (1 + people / (total * BIN_MINUTES / 60)) for rate in rates)
    open_ = max(1.0, (closes - _EARLY_MINUTES) / 60)
    first = int(_EARLY_MINUTES / BIN_MINUTES)
    return _until(tuple(people / open_ if place >= first else 0.0 for place in range(len(rates))), closes)


def _until(rates: Sequence[float], closes: float) -> tuple[float, ...]:
    """Nobody new comes after ``closes``."""
    return tuple(rate * min(1.0, max(0.0, closes / BIN_MINUTES - place)) for place, rate in enumerate(rates))
