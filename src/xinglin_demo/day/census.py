"""Who is in the hospital and which beds are free: the one thing that all pathways share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from ..dice import dice
from ..hospital import CRITICAL, Department, Doctor, Place, Problem, doctors, emergency_beds, ward_beds, wards
from ..population import Person, Population
from .happening import Stay

_TRIES = 8
_KNOWN_SHARE = 0.45
# Before anything is told the same few come again and again, so that a loader need not load many before it begins.
_KNOWN_SHARE_BEFORE = 0.9
_PLANNED_OCCUPANCY = 0.73
MOST_SEVERE = 1.7


class Census:
    """Beds, people present and running numbers of one hospital; only the pathways change them."""

    def __init__(self, population: Population, began_at: datetime) -> None:
        self.population = population
        self.seed = population.seed
        self.known = 0
        self._began_at = began_at
        self._began = f"{began_at:%Y%m%d%H%M}"
        self._present: set[int] = set()
        self._visits = 0
        self._free = {department.ward: ward_beds(department) for department in wards()}
        self._free |= {f"ED-{room}": emergency_beds(room) for room in ("01", "02")}
        self._doctors: dict[str, list[Doctor]] = {}
        for doctor in doctors(self.seed):
            self._doctors.setdefault(doctor.department.key, []).append(doctor)

    def someone(self, random: Random, at: datetime, weight: Callable[[Person], float]) -> Person | None:
        """A person who is not here, taken with the chance that ``weight`` gives; None when nobody suits.

        New people come in the order of their numbers, so that a loader that goes by number is always ahead.
        """
        share = _KNOWN_SHARE if at >= self._began_at else _KNOWN_SHARE_BEFORE
        for _ in range(_TRIES):
            if self.known == self.population.size or (self.known and random.random() < share):
                number = int(random.random() * self.known)
            else:
                number = self.known
                self.known += 1
            person = self.population.person(number)
            if number not in self._present and random.random() < weight(person):
                return person
        return None

    def is_present(self, person: Person) -> bool:
        return person.number in self._present

    def enter(self, person: Person) -> None:
        self._present.add(person.number)

    def leave(self, stay: Stay) -> None:
        """The person goes home and the bed is free."""
        self._present.discard(stay.person.number)
        self.give_back(stay.place)

    def take_bed(self, random: Random, unit: str) -> Place | None:
        """A free bed of a ward (``W07``) or emergency room (``ED-02``), or None."""
        free = self._free[unit]
        return free.pop(int(random.random() * len(free))) if free else None

    def give_back(self, place: Place) -> None:
        if place.bed:
            unit = place.unit if place.unit in self._free else f"{place.unit}-{place.room}"
            self._free[unit].append(place)

    def room_for_planned(self, department: Department) -> int:
        """How many planned admissions a ward still takes; wards keep beds for emergencies."""
        free = len(self._free[department.ward])
        reserve = int(department.beds * (1 - _PLANNED_OCCUPANCY))
        return 0 if department == CRITICAL else max(0, free - reserve)

    def doctor(self, random: Random, department: Department) -> Doctor:
        team = self._doctors[department.key]
        return team[int(random.random() * len(team))]

    def new_visit(self, letter: str) -> str:
        """The next visit's number within this telling, for instance ``I000042``."""
        self._visits += 1
        return f"{letter}{self._visits:06d}"

    def stream(self, *name: object) -> Random:
        return dice(self.seed, self._began, *name)


def draw_severity(random: Random) -> float:
    """How ill someone is: 1 is usual for the diagnosis."""
    return min(MOST_SEVERE, random.lognormvariate(0.0, 0.38))


def fitting(problems: tuple[Problem, ...], person: Person, on: datetime) -> list[Problem]:
    """The problems that such a person may have."""
    age = person.age_on(on.date())
    return [problem for problem in problems if problem.fits(age, male=person.male)]
