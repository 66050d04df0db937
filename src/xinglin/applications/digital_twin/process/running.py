"""Replications of a network: seeded, in one process or several, with what was measured and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinglin.foundation.errors import Category, XinglinError

from . import kernel, world
from .booking import booked_world, bookings
from .checking import check, check_load
from .compiling import Sizes, compiled
from .drawing import seed_streams
from .heap import FULL
from .interval import interval
from .itinerary import Itineraries, check_itineraries, itinerant_world
from .network import Network
from .views import record

_MOST_PEOPLE = 1 << 26


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often: times in minutes.

    Nobody arrives after ``horizon``; those inside are served for ``drain`` more, or until all have left. Waits and
    stays are measured of those who join a queue after ``warm_up``. A load of 1 or more is refused unless ``overload``
    is accepted (a day that ends).
    """

    horizon: float
    replications: int = 1
    seed: int = 1
    warm_up: float = 0.0
    drain: float = 0.0
    overload: bool = False
    log: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured; the first axis of every array is the replication.

    ``tally`` [replication, station, class, 5]: services begun, sum of waits, of squared waits, services ended, sum of
    stays at the station. ``visits`` [replication, class, 4]: left, sum of lengths, of squared lengths, lost. ``work``
    [replication, pool, 2]: minutes worked and offered. ``unfinished`` counts those inside at the end, ``events``
    arrivals and ends of service and of delays. ``log`` (with Plan.log): one VISIT array a replication.
    """

    network: Network
    tally: Any
    visits: Any
    work: Any
    unfinished: Any
    events: Any
    log: tuple[Any, ...]

    def mean_wait(self, station: str, class_name: str | None = None) -> tuple[float, float]:
        """The mean wait at a station over replications and half the width of its 95 % interval, in minutes."""
        return self._mean(station, class_name, world.WAIT, world.BEGUN)

    def mean_stay(self, station: str, class_name: str | None = None) -> tuple[float, float]:
        """The same of the whole time at the station, service included."""
        return self._mean(station, class_name, world.STAY, world.ENDED)

    def mean_visit(self) -> tuple[float, float]:
        """The same of the time from arrival to leaving."""
        sums = self.visits.sum(axis=1)
        return interval(sums[:, world.LENGTH] / sums[:, world.LEFT])

    def utilisation(self) -> dict[str, float]:
        """By pool, the share of the offered time that was worked."""
        worked, offered = self.work.sum(axis=0).T
        return {pool.name: float(worked[i] / offered[i]) for i, pool in enumerate(self.network.pools) if offered[i] > 0}

    def _mean(self, station: str, class_name: str | None, total: int, count: int) -> tuple[float, float]:
        s = [each.name for each in self.network.stations].index(station)
        rows = self.tally[:, s]
        if class_name is not None:
            rows = rows[:, [each.name for each in self.network.classes].index(class_name)][:, None]
        sums = rows.sum(axis=1)
        return interval(sums[sums[:, count] > 0][:, total] / sums[sums[:, count] > 0][:, count])


def simulate(
    network: Network, plan: Plan, processes: int = 1, itineraries: Sequence[Itineraries] | None = None
) -> Outcome:
    """Checks the network and plays its replications; the same seed gives the same result, however many processes.

    ``itineraries`` brings further patients, one element a replication; they are played in this process. INVALID where
    the network, the plan or the itineraries cannot be simulated, or a queue would grow for ever.
    """
    check(network, itineraries is not None)
    _check_plan(plan)
    if itineraries is not None:
        if len(itineraries) != plan.replications:
            raise XinglinError(Category.INVALID, "itineraries: one for each replication", "行程须与重复次数一致")
        for each in itineraries:
            check_itineraries(network, each)
    if not plan.overload:
        check_load(network)
    if processes <= 1 or plan.replications == 1 or itineraries is not None:
        played = list(_play(network, plan, range(plan.replications), itineraries))
    else:
        shares = np.array_split(np.arange(plan.replications), processes)
        with ProcessPoolExecutor(processes) as workers:
            parts = workers.map(_played, *zip(*((network, plan, share.tolist()) for share in shares), strict=True))
            played = [each for part in parts for each in part]
    tally, visits, work, unfinished, events, logs = zip(*played, strict=True)
    return Outcome(
        network, np.array(tally), np.array(visits), np.array(work), np.array(unfinished), np.array(events), logs
    )


def _check_plan(plan: Plan) -> None:
    times = (plan.horizon, plan.warm_up, plan.drain)
    if not (plan.horizon > 0 and min(times) >= 0 and max(times) < math.inf and plan.replications >= 1):
        raise XinglinError(
            Category.INVALID,
            "a plan needs a positive finite horizon and at least one replication",
            "计划需要有限的正时长和至少一次重复",
        )


def _played(network: Network, plan: Plan, replications: list[int]) -> list[tuple[Any, ...]]:
    return list(_play(network, plan, replications))


def _play(
    network: Network, plan: Plan, replications: Any, itineraries: Sequence[Itineraries] | None = None
) -> Iterator[tuple[Any, ...]]:
    sizes = Sizes(log=65536 if plan.log else 0)
    w = compiled(network, sizes)
    booking = bookings(network, plan.horizon)
    horizon, stop, warm = float(plan.horizon), float(plan.horizon + plan.drain), float(plan.warm_up)
    for replication in replications:
        while True:
            w = reset(w, plan.seed, replication)
            w = booked_world(w, booking, stop)
            if itineraries is not None:
                w = itinerant_world(w, network, itineraries[replication], stop)
            if kernel.run(record(w), horizon, stop, warm) >= 0:
                break
            sizes = sizes.doubled()
            if sizes.people > _MOST_PEOPLE:
                raise XinglinError(Category.UNPROCESSABLE, "too many patients at once", "同时在院人数过多")
            w = compiled(network, sizes)
        work = np.stack([w.pools["worked"], w.pools["offered"]], axis=1)
        log = w.log[: w.marks[world.LOGGED]].copy() if plan.log else None
        inside = int(w.marks[world.INSIDE])
        yield w.tally.copy(), w.visits.copy(), work, inside, int(w.marks[world.EVENTS]), log


def reset(w: world.World, seed: int, replication: int) -> world.World:
    """Makes the state of a world fresh for a replication."""
    seed_streams(w.streams, w.keys, np.uint64(seed % 2**64), np.uint64(replication))
    w.marks[:] = 0
    w.marks[FULL] = 0
    w.marks[world.FREE] = -1
    for each in (w.heads, w.tails, w.serving):
        each[:] = -1
    w.tally[:] = 0
    w.visits[:] = 0
    for name in ("waiting", "gathered", "serial"):
        w.stations[name] = 0
    w.stations["gathering"] = -1
    for name in ("busy", "capacity", "step", "pending", "cycle", "last", "worked", "offered"):
        w.pools[name] = 0
    return w
