"""All clinics of the house: their doctors' hours, their people, their corridors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Protocol

from .. import identity
from ..dice import dice
from ..hospital import Place, clinics, doctors
from ..population import Person, Population
from ..wire import RefusedError
from .corridor import Corridor, Node, Sleep
from .hours import Seat, session_from, sits, usual_hours
from .protocols import approve_protocols
from .score import Score

_LOOK_SECONDS = 60.0


class Known(Protocol):
    """Brings people into the node; ``load.Loader`` does."""

    async def people(self, numbers: Iterable[int]) -> None: ...


class Clinics:
    """Plays every clinic until cancelled; ``score`` tells what came of it."""

    def __init__(
        self,
        population: Population,
        node: Node,
        known: Known,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seed = population.seed
        self._node = node
        self._now = now
        self._sleep: Sleep = sleep
        self._people = _People(population, known, now)
        self._seats = list(seats(population.seed))
        self.score = Score()

    async def run(self) -> None:
        """Plan the hours, then see patients for ever."""
        await self._plan_today()
        await approve_protocols(self._seed, self._node)
        async with asyncio.TaskGroup() as tasks:
            for key, group in groupby(self._seats, key=lambda seat: seat.department.key):
                chance = dice(self._seed, "clinic", key, self._now().isoformat())
                corridor = Corridor(
                    self._seed, list(group), self._node, self._people, self.score, chance, self._now, self._sleep
                )
                tasks.create_task(corridor.run())
            tasks.create_task(self._keep_planned())

    async def _keep_planned(self) -> None:
        await self._plan_usual()
        while True:
            await self._sleep(_LOOK_SECONDS)
            await self._plan_today()

    async def _plan_today(self) -> None:
        """A session from now on for each doctor who has none."""
        now = self._now()
        planned = await self._templates()
        for seat in self._seats:
            if not any(sits(one, now) for one in planned.get(self._doctor(seat), ())):
                await self._plan(session_from(self._seed, seat, now))

    async def _plan_usual(self) -> None:
        """Mornings and afternoons from tomorrow on, once."""
        tomorrow = (self._now() + timedelta(days=1)).date()
        planned = await self._templates()
        for seat in self._seats:
            if all(one.get("last_day") for one in planned.get(self._doctor(seat), ())):
                for template in usual_hours(self._seed, seat, tomorrow):
                    await self._plan(template)

    async def _templates(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = {}
        for one in await self._node.get("scheduling/schedules"):
            found.setdefault(one["template"]["practitioner"], []).append(one["template"])
        return found

    async def _plan(self, template: dict[str, object]) -> None:
        try:
            await self._node.post("scheduling/schedules", template)
        except RefusedError as error:
            self.score.refuse(str(error))

    def _doctor(self, seat: Seat) -> str:
        return identity.resource_id(self._seed, "Practitioner", seat.doctor.code)


def seats(seed: int) -> Iterator[Seat]:
    """One doctor in every consulting room, department by department, but for ``own_seat``."""
    own = own_seat(seed)
    return (seat for seat in _all_seats(seed) if seat != own)


def own_seat(seed: int) -> Seat:
    """The room that is left to a visitor, who may sign in as its doctor."""
    return next(_all_seats(seed))


def waiting_person(population: Population, today: date) -> Person:
    """Who is the last in line at ``own_seat``'s department when the clinics open."""
    return next(_fitting(population, own_seat(population.seed), today))


def _all_seats(seed: int) -> Iterator[Seat]:
    staff = doctors(seed)
    for department in clinics():
        team = [doctor for doctor in staff if doctor.department.key == department.key]
        for number in range(department.consulting_rooms):
            yield Seat(department, team[number % len(team)], Place(department.clinic, f"{number + 1:02d}"))


def _fitting(population: Population, seat: Seat, today: date) -> Iterator[Person]:
    """People who may have what the department of ``seat`` treats, from the end of the numbers down to the middle: the
    wards take theirs from the beginning, so that nobody is in both."""
    for number in range(population.size - 1, population.size // 2, -1):
        person = population.person(number)
        age = person.age_on(today)
        if any(problem.fits(age, male=person.male) for problem in seat.department.problems):
            yield person


class _People:
    """Each person comes once; when a department has had all whom it may treat, they come again."""

    def __init__(self, population: Population, known: Known, now: Callable[[], datetime]) -> None:
        self._population = population
        self._known = known
        self._now = now
        self._own = own_seat(population.seed)
        self._seen: set[int] = set()
        self._to_come: dict[str, Iterator[Person]] = {}

    async def fitting(self, seat: Seat, count: int) -> list[Person]:
        """At most ``count`` people who may have what the department treats."""
        found = list(islice(self._next(seat), count))
        await self._known.people([person.number for person in found])
        return found

    def _next(self, seat: Seat) -> Iterator[Person]:
        today, key = self._now().date(), seat.department.key
        kept = None if seat.department == self._own.department else waiting_person(self._population, today)
        for _ in range(2):
            for person in self._to_come.setdefault(key, _fitting(self._population, seat, today)):
                if person.number not in self._seen and person != kept:
                    self._seen.add(person.number)
                    yield person
            del self._to_come[key]
            self._seen.clear()
