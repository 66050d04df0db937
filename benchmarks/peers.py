"""The outpatient day of ``outpatient.py`` in SimPy and in Ciw, for comparison; each returns (visits, events, seconds)."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from typing import Any

import ciw
import numpy as np
import simpy

from outpatient import DEPARTMENTS, DOCTORS, SHARED

_MEANS = {
    "registration": 1.2, "triage": 1.0, "laboratory": 2.5, "turnaround": 30.0, "imaging": 6.0, "payment": 1.5,
    "pharmacy": 2.0,
}  # fmt: skip
_SHIFT = ((0, DOCTORS), (240, 3), (300, DOCTORS), (540, 5))
_SIGMA = np.sqrt(np.log1p(0.49))
Arrival = tuple[float, int]


def _consultation(chance: random.Random, mean: float) -> float:
    return chance.lognormvariate(float(np.log(mean) - _SIGMA**2 / 2), float(_SIGMA))


def run_simpy(arrivals: list[Arrival]) -> tuple[int, int, float]:  # noqa: C901 - one process a step
    """``arrivals``: (minute, priority) in order."""
    begun = time.perf_counter()
    chance, env = random.Random(1), simpy.Environment()
    staff = {name: simpy.PriorityResource(env, count) for name, count in SHARED.items()}
    doctors = [simpy.PriorityResource(env, DOCTORS) for _ in range(DEPARTMENTS)]
    counted = [0, 0]

    def serve(place: Any, priority: int, minutes: float) -> Generator[Any, Any, None]:
        with place.request(priority=priority) as turn:
            yield turn
            yield env.timeout(minutes)
        counted[1] += 1

    def test(name: str, priority: int) -> Generator[Any, Any, None]:
        yield from serve(staff[name], priority, chance.expovariate(1 / _MEANS[name]))
        if name == "laboratory":
            yield env.timeout(chance.expovariate(1 / 30.0))
            counted[1] += 1

    def pay(priority: int) -> Generator[Any, Any, None]:
        yield from serve(staff["payment"], priority, chance.expovariate(1 / 1.5))
        if chance.random() < 0.6:
            yield from serve(staff["pharmacy"], priority, chance.expovariate(1 / 2.0))

    def patient(priority: int) -> Generator[Any, Any, None]:
        counted[1] += 1
        yield from serve(staff["registration"], priority, chance.expovariate(1 / 1.2))
        yield from serve(staff["triage"], priority, chance.expovariate(1.0))
        own = doctors[chance.randrange(DEPARTMENTS)]
        yield from serve(own, priority, _consultation(chance, 6.0))
        u = chance.random()
        if u < 0.6:
            yield from test("laboratory" if u < 0.4 else "imaging", priority)
            yield from serve(own, -1, _consultation(chance, 3.0))
        if chance.random() < 0.8:
            yield from pay(priority)
        counted[0] += 1

    def door() -> Generator[Any, Any, None]:
        for minute, priority in arrivals:
            yield env.timeout(minute - env.now)
            env.process(patient(priority))

    def absence(place: Any, begin: float, end: float) -> Generator[Any, Any, None]:
        yield env.timeout(begin)
        with place.request(priority=-9) as turn:
            yield turn
            yield env.timeout(max(end - env.now, 0))

    env.process(door())
    for (begin, here), end in zip(_SHIFT, (240, 300, 540, 1200), strict=True):
        for place in doctors * (DOCTORS - here):
            env.process(absence(place, begin, end))
    env.run()
    return counted[0], counted[1], time.perf_counter() - begun


class _Service(ciw.dists.Distribution):  # type: ignore[misc]
    drawn = 0  # of all, since Ciw copies what it is given

    def __init__(self, name: str) -> None:
        self.name = name

    def sample(self, t: Any = None, ind: Any = None) -> float:
        _Service.drawn += 1
        if self.name == "doctors":
            return float(np.random.lognormal(np.log(3.0 if hasattr(ind, "back") else 6.0) - _SIGMA**2 / 2, _SIGMA))
        return float(random.expovariate(1 / _MEANS[self.name]))


class _Way(ciw.routing.NodeRouting):  # type: ignore[misc]
    """Where a patient goes after a node; the department is drawn once."""

    def __init__(self, after: str, place: dict[str, int]) -> None:
        super().__init__()
        self.after, self.place = after, place

    def next_node(self, ind: Any) -> Any:
        return self.simulation.nodes[self.place[self._name(ind)]]

    def _name(self, ind: Any) -> str:
        u = random.random()
        if self.after in ("registration", "payment"):
            return "triage" if self.after == "registration" else ("pharmacy" if u < 0.6 else "out")
        if self.after == "triage":
            ind.department = f"doctors {random.randrange(DEPARTMENTS)}"
            return str(ind.department)
        if self.after == "laboratory":
            return "turnaround"
        if self.after in ("imaging", "turnaround"):
            ind.back = True
            return str(ind.department)
        if self.after == "pharmacy":
            return "out"
        if not hasattr(ind, "back") and u < 0.6:
            return "laboratory" if u < 0.4 else "imaging"
        return "payment" if random.random() < 0.8 else "out"


def run_ciw(arrivals: list[Arrival]) -> tuple[int, int, float]:
    """The same in Ciw, but that whoever comes back to the doctor has no priority."""
    begun = time.perf_counter()
    names = ["registration", "triage", "laboratory", "turnaround", "imaging", "payment", "pharmacy"]
    names += [f"doctors {i}" for i in range(DEPARTMENTS)]
    place = {name: i + 1 for i, name in enumerate(names)} | {"out": -1}
    times = {level: [m for m, p in arrivals if p == level] for level in (0, 1)}

    def gaps(level: int) -> Any:
        steps = np.diff([0.0, *times[level]]).tolist()
        return ciw.dists.Sequential([*steps, float("inf")])

    def by_node(name: str) -> Any:
        return _Service("doctors" if name.startswith("doctors") else name)

    def ways() -> list[Any]:
        return [_Way(n.split(" ")[0] if n.startswith("doctors") else n, place) for n in names]

    shift = ciw.Schedule(numbers_of_servers=[c for _, c in _SHIFT], shift_end_dates=[240, 300, 540, 2000])
    servers = [SHARED.get(n, float("inf") if n == "turnaround" else shift) for n in names]
    network = ciw.create_network(
        arrival_distributions={f"c{k}": [gaps(k) if n == "registration" else None for n in names] for k in (0, 1)},
        service_distributions={f"c{k}": [by_node(n) for n in names] for k in (0, 1)},
        number_of_servers=servers,
        priority_classes={"c0": 0, "c1": 1},
        routing={f"c{k}": ciw.routing.NetworkRouting(routers=ways()) for k in (0, 1)},
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(2000)
    return len(simulation.nodes[-1].all_individuals), len(arrivals) + _Service.drawn, time.perf_counter() - begun
