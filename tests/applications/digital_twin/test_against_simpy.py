"""The process kernel against SimPy, slowly, distribution by distribution."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
import simpy
from scipy import stats

from xinglin.applications.digital_twin.process import (
    Distribution,
    Network,
    Plan,
    Pool,
    Route,
    Source,
    Station,
    always,
    deterministic,
    exponential,
    simulate,
)
from xinglin.applications.digital_twin.process.booking import compiled_alone
from xinglin.applications.digital_twin.process.drawing import draw, seed_streams

REPLICATIONS, MINUTES = 150, 200.0

Draw = Callable[[random.Random], float]


def quantiles_between(values: tuple[float, ...]) -> Draw:
    return lambda r: float(np.interp(r.random() * (len(values) - 1), range(len(values)), values))


def bounded(r: random.Random) -> float:
    while True:
        x = r.gauss(2.0, 2.0)
        if 0.5 <= x <= 4.0:
            return x


SAME: dict[str, tuple[Distribution, Draw]] = {
    "deterministic": (deterministic(2.0), lambda _: 2.0),
    "exponential": (exponential(2.0), lambda r: r.expovariate(0.5)),
    "gamma": (Distribution("gamma", (0.6, 3.0)), lambda r: r.gammavariate(0.6, 3.0)),
    "lognormal": (Distribution("lognormal", (0.4, 0.7)), lambda r: r.lognormvariate(0.4, 0.7)),
    "weibull": (Distribution("weibull", (0.8, 1.8)), lambda r: r.weibullvariate(1.8, 0.8)),
    "uniform": (Distribution("uniform", (0.5, 3.5)), lambda r: r.uniform(0.5, 3.5)),
    "triangular": (Distribution("triangular", (0.0, 1.0, 5.0)), lambda r: r.triangular(0.0, 5.0, 1.0)),
    "normal": (Distribution("normal", (2.0, 2.0, 0.5, 4.0)), bounded),
    "empirical": (Distribution("empirical", (0.0, 1.0, 1.5, 5.0)), quantiles_between((0.0, 1.0, 1.5, 5.0))),
    "mixture": (
        Distribution("mixture", (1.0, 3.0), (exponential(5.0), deterministic(1.0))),
        lambda r: r.expovariate(0.2) if r.random() < 0.25 else 1.0,
    ),
}


def simpy_stays(service: Draw, seed: int) -> list[float]:
    """The time at the clinic and the dispensary of each patient of one session, two doctors and one dispenser."""
    chance, environment = random.Random(seed), simpy.Environment()
    doctors, dispenser = simpy.Resource(environment, 2), simpy.Resource(environment, 1)
    stays: list[float] = []

    def patient() -> Generator[Any, Any, None]:
        come = environment.now
        for staff, minutes in ((doctors, service), (dispenser, lambda r: r.expovariate(1.0))):
            with staff.request() as turn:
                yield turn
                yield environment.timeout(minutes(chance))
            if chance.random() < 0.3:
                break
        stays.append(environment.now - come)

    def door() -> Generator[Any, Any, None]:
        while True:
            yield environment.timeout(chance.expovariate(0.8))
            if environment.now > MINUTES:
                return
            environment.process(patient())

    environment.process(door())
    environment.run()
    return stays


def our_network(service: Distribution) -> Network:
    return Network(
        (
            Station("clinic", service, ("doctors",), (Route("dispensary", 0.7),)),
            Station("dispensary", exponential(1.0), ("dispenser",)),
        ),
        (Source("door", (Route("clinic"),), "patient", rate=always(0.8)),),
        (Pool("doctors", always(2)), Pool("dispenser", always(1))),
    )


@pytest.mark.parametrize("kind", SAME)
def test_sessions_last_as_long_as_in_simpy(kind: str) -> None:
    ours, theirs = SAME[kind]
    outcome = simulate(our_network(ours), Plan(MINUTES, replications=REPLICATIONS, seed=4, drain=1e6, overload=True))
    visits = outcome.visits.sum(axis=1)
    slow = [simpy_stays(theirs, seed) for seed in range(REPLICATIONS)]
    assert stats.ks_2samp(visits[:, 1] / visits[:, 0], [np.mean(each) for each in slow]).pvalue > 0.005
    assert stats.ks_2samp(visits[:, 0], [len(each) for each in slow]).pvalue > 0.005


EXACT = {
    "exponential": stats.expon(scale=2.0),
    "gamma": stats.gamma(0.6, scale=3.0),
    "lognormal": stats.lognorm(0.7, scale=np.exp(0.4)),
    "weibull": stats.weibull_min(0.8, scale=1.8),
    "uniform": stats.uniform(0.5, 3.0),
    "triangular": stats.triang(0.2, 0.0, 5.0),
    "normal": stats.truncnorm(-0.75, 1.0, 2.0, 2.0),
}


@pytest.mark.parametrize("kind", EXACT)
def test_what_is_drawn_has_the_distribution_that_was_asked_for(kind: str) -> None:
    streams = np.zeros((1, 2), np.uint64)
    seed_streams(streams, np.array([9], np.uint64), np.uint64(1), np.uint64(0))
    table, values = compiled_alone(SAME[kind][0])
    drawn = [draw(streams, 0, table, values, 0) for _ in range(100_000)]
    assert stats.kstest(drawn, EXACT[kind].cdf).pvalue > 0.005
