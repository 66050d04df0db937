"""The course of an emergency visit: arrival, triage, laboratory, then home or a ward."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from ..dice import Weighted
from ..hospital import CRITICAL, EMERGENCY, EMERGENCY_UNIT, Department, Place, Problem, wards
from ..population import Person
from .census import MOST_SEVERE, Census, draw_severity, fitting
from .course import agenda, first_day
from .engine import Pathway
from .happening import Happening, Kind, Stay
from .inpatient import inpatient

# Triage of WS/T 390: 1 in danger of life, 2 critical, 3 urgent, 4 not urgent.
_TRIAGE: Weighted[int] = Weighted([(1, 3), (2, 12), (3, 45), (4, 40)])
_ADMITTED_SHARE = {1: 0.9, 2: 0.62, 3: 0.22, 4: 0.02}
_WARD_PROBLEM_SHARE = {1: 1.0, 2: 0.85, 3: 0.45, 4: 0.1}
_BED_ROOM = {1: "01", 2: "02"}
_WALK_IN = Place(EMERGENCY_UNIT, "03")
_BOARDING_HOURS = 8


def emergency_visit(census: Census, random: Random, at: datetime) -> Pathway | None:
    """Someone comes to the emergency department; None when nobody suits."""
    person = census.someone(random, at, lambda one: 0.45 + min(0.55, one.age_on(at.date()) / 110))
    if person is None:
        return None
    census.enter(person)
    triage = _TRIAGE.draw(random)
    _, problem = _what_is_wrong(random, person, triage, at)
    place = census.take_bed(random, f"ED-{_BED_ROOM[triage]}") if triage in _BED_ROOM else None
    severity = min(MOST_SEVERE, draw_severity(random) * (1.35 if triage == 1 else 1.0))
    doctor = census.doctor(random, EMERGENCY)
    visit = census.new_visit("E")
    stay = Stay(visit, "E", person, EMERGENCY, doctor, problem, severity, at, place or _WALK_IN, triage)
    return _course(census, stay)


def _course(census: Census, stay: Stay) -> Pathway:
    random = census.stream("emergency", stay.visit)
    yield Happening(stay.began_at, Kind.ARRIVED, stay)
    minutes = {1: 200, 2: 280, 3: 170, 4: 70}[stay.triage] * (0.5 + random.random())
    decided_at = stay.began_at + timedelta(minutes=minutes)
    orders = first_day(random, stay)
    if stay.triage == 4:
        orders = orders[:1]
    for at, kind, order in agenda(orders, decided_at):
        yield at
        yield Happening(at, kind, stay, order=order)
    yield decided_at
    if random.random() < _ADMITTED_SHARE[stay.triage]:
        admitted_at = decided_at
        for _ in range(_BOARDING_HOURS):
            ward_stay = _into_ward(census, random, stay, admitted_at)
            if ward_stay is not None:
                yield Happening(admitted_at, Kind.DISCHARGED, stay, final=True)
                census.give_back(stay.place)
                yield inpatient(census, ward_stay)
                return
            admitted_at += timedelta(hours=1)
            yield admitted_at
        decided_at = admitted_at
    yield Happening(decided_at, Kind.DISCHARGED, stay, final=True)
    census.leave(stay)


def _what_is_wrong(random: Random, person: Person, triage: int, at: datetime) -> tuple[Department, Problem]:
    if random.random() < _WARD_PROBLEM_SHARE[triage]:
        choices = [
            (department, problem)
            for department in wards()
            for problem in fitting(department.problems, person, at)
            if problem.urgent and (department != CRITICAL or triage == 1)
        ]
        if choices:
            return random.choices(choices, [department.beds for department, _ in choices])[0]
    minor = fitting(EMERGENCY.problems, person, at)
    return EMERGENCY, minor[int(random.random() * len(minor))]


def _into_ward(census: Census, random: Random, stay: Stay, at: datetime) -> Stay | None:
    """The inpatient stay that follows, in intensive care or in the ward that treats the problem."""
    departments = [one for one in wards() if stay.problem in one.problems]
    if stay.triage == 1 and random.random() < 0.5 and stay.person.age_on(at.date()) >= 14:
        departments.insert(0, CRITICAL)
    if not departments:
        departments = [one for one in wards() if fitting(one.problems, stay.person, at) and one != CRITICAL]
        departments.sort(key=census.room_for_planned, reverse=True)
    for department in departments[:2]:
        bed = census.take_bed(random, department.ward)
        if bed is not None:
            return replace(
                stay,
                visit=census.new_visit("I"),
                letter="I",
                department=department,
                doctor=census.doctor(random, department),
                began_at=at,
                place=bed,
                triage=0,
            )
    return None
