"""The course of a stay in a ward: admission, daily laboratory, transfers, discharge with its summary."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from ..hospital import CRITICAL, wards
from .census import Census, draw_severity, fitting
from .course import agenda, first_day, following_days
from .engine import Pathway
from .happening import Happening, Kind, Order, Stay

_CANCELLED_SHARE = 0.006
_DISCHARGE_CANCELLED_SHARE = 0.01
_TRANSFER_CANCELLED_SHARE = 0.05
_MOVED_SHARE = 0.12
_CORRECTION_SHARE = 0.03


def planned(census: Census, random: Random, at: datetime) -> Pathway | None:
    """A planned admission into a ward with room; None when nobody suitable or no bed is found."""
    person = census.someone(random, at, lambda one: 0.25 + min(0.75, one.age_on(at.date()) / 90))
    if person is None:
        return None
    choices = [
        (department, problem)
        for department in wards()
        for problem in fitting(department.problems, person, at)
        if census.room_for_planned(department)
    ]
    if not choices:
        return None
    weights = [census.room_for_planned(department) for department, _ in choices]
    department, problem = random.choices(choices, weights)[0]
    bed = census.take_bed(random, department.ward)
    if bed is None:
        return None
    census.enter(person)
    doctor = census.doctor(random, department)
    visit = census.new_visit("I")
    stay = Stay(visit, "I", person, department, doctor, problem, draw_severity(random), at, bed)
    return inpatient(census, stay)


def inpatient(census: Census, stay: Stay) -> Pathway:
    """From admission to the free bed. ``stay.place`` has been taken and the person entered."""
    random = census.stream("inpatient", stay.visit)
    yield Happening(stay.began_at, Kind.ADMITTED, stay)
    if random.random() < _CANCELLED_SHARE:
        at = stay.began_at + timedelta(minutes=20)
        yield at
        yield Happening(at, Kind.ADMISSION_CANCELLED, stay, final=True)
        census.leave(stay)
        return
    leaves_at = _leaves_at(random, stay)
    orders = first_day(random, stay)
    orders += following_days(random, stay, leaves_at, len(orders))
    steps: list[tuple[datetime, Kind, Order | None]] = [*agenda(orders, leaves_at)]
    steps += _other_steps(random, stay, leaves_at)
    for at, kind, order in sorted(steps, key=lambda step: step[0]):
        yield at
        if kind is Kind.TRANSFERRED:
            for told in _transfer(census, random, stay, at):
                yield told
                stay = told.stay
        else:
            yield Happening(at, kind, stay, order=order)
    yield leaves_at
    yield from _discharge(census, random, stay, leaves_at)


def _leaves_at(random: Random, stay: Stay) -> datetime:
    """A morning or early afternoon after a log-normal number of days around the diagnosis's usual stay."""
    days = max(1, round(stay.problem.days * random.lognormvariate(-0.06, 0.35)))
    midnight = stay.began_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days, hours=9.2 + random.random() * 5)


def _other_steps(random: Random, stay: Stay, leaves_at: datetime) -> list[tuple[datetime, Kind, Order | None]]:
    length = leaves_at - stay.began_at
    steps: list[tuple[datetime, Kind, Order | None]] = []
    if stay.department == CRITICAL:
        steps.append((stay.began_at + length * (0.3 + 0.3 * random.random()), Kind.TRANSFERRED, None))
    elif random.random() < _MOVED_SHARE:
        steps.append((stay.began_at + length * random.random(), Kind.TRANSFERRED, None))
    if random.random() < _CORRECTION_SHARE:
        steps.append((stay.began_at + length * random.random(), Kind.PERSON_CHANGED, None))
    return steps


def _transfer(census: Census, random: Random, stay: Stay, at: datetime) -> list[Happening]:
    """Out of intensive care into a ward, or into another bed of the ward; nothing when no bed is free."""
    department = stay.department
    if department == CRITICAL:
        options = [one for one in wards() if one != CRITICAL and census.room_for_planned(one)]
        options = [one for one in options if fitting(one.problems, stay.person, at)]
        if not options:
            return []
        department = options[int(random.random() * len(options))]
    bed = census.take_bed(random, department.ward)
    if bed is None:
        return []
    doctor = stay.doctor if department == stay.department else census.doctor(random, department)
    moved = replace(stay, department=department, doctor=doctor, place=bed)
    told = [Happening(at, Kind.TRANSFERRED, moved, previous=stay.place)]
    if random.random() < _TRANSFER_CANCELLED_SHARE:
        census.give_back(bed)
        told.append(Happening(at, Kind.TRANSFER_CANCELLED, stay, previous=bed))
    else:
        census.give_back(stay.place)
    return told


def _discharge(census: Census, random: Random, stay: Stay, at: datetime) -> Pathway:
    yield Happening(at, Kind.DOCUMENTED, stay)
    goes_at = at + timedelta(minutes=10 + random.random() * 40)
    yield goes_at
    if random.random() < _DISCHARGE_CANCELLED_SHARE:
        yield Happening(goes_at, Kind.DISCHARGED, stay)
        goes_at += timedelta(minutes=25)
        yield goes_at
        yield Happening(goes_at, Kind.DISCHARGE_CANCELLED, stay)
        goes_at += timedelta(hours=2)
        yield goes_at
    yield Happening(goes_at, Kind.DISCHARGED, stay, final=True)
    census.leave(stay)
