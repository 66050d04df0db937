"""The course of an outpatient visit: booking, arrival, laboratory for some, home; some never come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from ..dice import Weighted
from ..hospital import Department, Place, Problem, clinics
from ..population import Person
from . import rhythm
from .census import Census, draw_severity, fitting
from .course import agenda, first_day
from .engine import Pathway
from .happening import Happening, Kind, Stay

_MISSED_SHARE = 0.07
_LABORATORY_SHARE = 0.3
_CLINICS: Weighted[Department] = Weighted((one, one.visits_share) for one in clinics())
_TRIES = 6


def bookings(census: Census, first_day: datetime, per_day: int) -> Pathway:
    """Every day's appointments, each made at some hour of the day before. ``first_day`` is a midnight."""
    midnight = first_day
    while True:
        random = census.stream("bookings", midnight.date())
        yield midnight - timedelta(days=1)
        for _ in range(per_day):
            slot_at = rhythm.draw_moment(random, midnight, rhythm.CLINIC)
            booked_at = midnight - timedelta(hours=3 + random.random() * 14)
            stay = _visit(census, random, slot_at)
            if stay is not None:
                yield _appointment(census, stay, booked_at)
        midnight += timedelta(days=1)


def walk_in(census: Census, random: Random, at: datetime) -> Pathway | None:
    """Someone comes to a clinic without an appointment."""
    stay = _visit(census, random, at)
    return None if stay is None else _attend(census, stay)


def _visit(census: Census, random: Random, at: datetime) -> Stay | None:
    person = census.someone(random, at, lambda one: 0.5 + min(0.5, one.age_on(at.date()) / 120))
    if person is None:
        return None
    found = _complaint(random, person, at)
    if found is None:
        return None
    department, problem = found
    room = f"{1 + int(random.random() * department.consulting_rooms):02d}"
    place = Place(department.clinic, room)
    doctor = census.doctor(random, department)
    severity = 0.45 * draw_severity(random)
    return Stay(census.new_visit("O"), "O", person, department, doctor, problem, severity, at, place)


def _complaint(random: Random, person: Person, at: datetime) -> tuple[Department, Problem] | None:
    for _ in range(_TRIES):
        department = _CLINICS.draw(random)
        problems = fitting(department.problems, person, at)
        if problems:
            return department, problems[int(random.random() * len(problems))]
    return None


def _appointment(census: Census, stay: Stay, booked_at: datetime) -> Pathway:
    random = census.stream("appointment", stay.visit)
    slot_at = stay.began_at
    yield booked_at
    yield Happening(booked_at, Kind.BOOKED, stay, slot_at=slot_at)
    comes = random.random() >= _MISSED_SHARE
    at = slot_at + timedelta(minutes=random.gauss(-8, 9) if comes else 30)
    yield at
    if not comes or census.is_present(stay.person):
        yield Happening(at, Kind.MISSED, stay, slot_at=slot_at, final=True)
        return
    here = replace(stay, began_at=at)
    yield Happening(at, Kind.CHECKED_IN, here, slot_at=slot_at)
    yield from _attend(census, here, slot_at)


def _attend(census: Census, stay: Stay, slot_at: datetime | None = None) -> Pathway:
    """From the desk to the door; ``slot_at`` is that of the appointment, if there was one."""
    random = census.stream("outpatient", stay.visit)
    census.enter(stay.person)
    yield Happening(stay.began_at, Kind.ARRIVED, stay)
    leaves_at = stay.began_at + timedelta(minutes=25 + random.expovariate(1 / 35))
    if random.random() < _LABORATORY_SHARE:
        orders = first_day(random, stay)[1:3]
        leaves_at = max(leaves_at, *(one.resulted_at + timedelta(minutes=12) for one in orders))
        for at, kind, order in agenda(orders, leaves_at):
            yield at
            yield Happening(at, kind, stay, order=order)
    yield leaves_at
    if slot_at is not None:
        yield Happening(leaves_at, Kind.FULFILLED, stay, slot_at=slot_at)
    yield Happening(leaves_at, Kind.DISCHARGED, stay, final=True)
    census.leave(stay)
