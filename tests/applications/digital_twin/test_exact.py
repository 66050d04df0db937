"""The process kernel against queues whose waits are known exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from xinglin.applications.digital_twin.process import (
    Calendar,
    Class,
    Distribution,
    Network,
    Outcome,
    Plan,
    Pool,
    Route,
    Source,
    Station,
    always,
    deterministic,
    exponential,
    gamma,
    lognormal,
    mean_minutes,
    simulate,
)

PLAN = Plan(horizon=20_000, warm_up=1_000, replications=60, seed=11)


def one_station(service: Distribution, doctors: int = 1, rate: float = 1.0, **station: object) -> Network:
    return Network(
        (Station("consult", service, ("doctors",), **station),),  # type: ignore[arg-type]
        (Source("door", (Route("consult"),), "patient", rate=always(rate)),),
        (Pool("doctors", always(doctors)),),
    )


def within_three_errors(measured: tuple[float, float], exact: float, replications: int = PLAN.replications) -> None:
    mean, half = measured
    error = half / 2.0010 if replications == 60 else half / 1.96  # t of 59 degrees
    assert error < 0.05 * exact, "the measurement is too coarse to prove anything"
    assert abs(mean - exact) < 3 * error, f"{mean} is not {exact} within 3 · {error}"


def erlang_c(servers: int, offered: float) -> float:
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    last = offered**servers / math.factorial(servers) / (1 - offered / servers)
    return last / (sum(terms) + last)


def test_one_doctor_makes_patients_wait_as_the_m_m_1_queue_says() -> None:
    outcome = simulate(one_station(exponential(0.8)), PLAN)
    within_three_errors(outcome.mean_wait("consult"), 0.8 * 0.8 / 0.2)
    within_three_errors(outcome.mean_stay("consult"), 4.0)
    assert outcome.utilisation()["doctors"] == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("doctors", [2, 5, 20])
def test_several_doctors_make_patients_wait_as_erlang_says(doctors: int) -> None:
    service = 0.85 * doctors
    exact = erlang_c(doctors, service) / (doctors / service - 1.0)
    within_three_errors(simulate(one_station(exponential(service), doctors), PLAN).mean_wait("consult"), exact)


SECOND_MOMENTS = {
    "deterministic": (deterministic(0.7), 0.49),
    "gamma": (gamma(0.7, 0.5), 0.49 * 1.25),
    "lognormal": (lognormal(0.7, 0.8), 0.49 * 1.64),
    "uniform": (Distribution("uniform", (0.2, 1.2)), 0.49 + 1 / 12),
    "triangular": (Distribution("triangular", (0.1, 0.5, 1.5)), 0.49 + (0.01 + 0.25 + 2.25 - 0.05 - 0.15 - 0.75) / 18),
    "weibull": (Distribution("weibull", (1.5, 0.7)), 0.49 * math.gamma(1 + 2 / 1.5)),
    "mixture": (Distribution("mixture", (3, 1), (deterministic(0.5), exponential(1.3))), 0.75 * 0.25 + 0.25 * 2 * 1.69),
    "empirical": (Distribution("empirical", (0.0, 0.5, 1.5)), 0.5 * 0.25 / 3 + 0.5 * (0.25 + 0.75 + 2.25) / 3),
}


@pytest.mark.parametrize("name", SECOND_MOMENTS)
def test_any_length_of_consultation_makes_patients_wait_as_pollaczek_and_khinchine_say(name: str) -> None:
    service, second_moment = SECOND_MOMENTS[name]
    exact = second_moment / 2 / (1 - mean_minutes(service))
    within_three_errors(simulate(one_station(service), PLAN).mean_wait("consult"), exact)


def two_priorities(preemptive: bool) -> Network:
    return Network(
        (Station("consult", exponential(0.8), ("doctors",)),),
        (
            Source("ambulance", (Route("consult"),), "urgent", rate=always(0.4)),
            Source("door", (Route("consult"),), "routine", rate=always(0.6)),
        ),
        (Pool("doctors", always(1), preemptive),),
        (Class("urgent", 0), Class("routine", 5)),
    )


def test_the_urgent_wait_less_and_the_others_more_by_the_formula_of_cobham() -> None:
    outcome = simulate(two_priorities(preemptive=False), PLAN)
    residual = 1.0 * 2 * 0.64 / 2
    within_three_errors(outcome.mean_wait("consult", "urgent"), residual / (1 - 0.32))
    within_three_errors(outcome.mean_wait("consult", "routine"), residual / (1 - 0.32) / (1 - 0.8))


def test_the_urgent_who_interrupt_see_nobody_else_and_the_interrupted_go_on_where_they_were() -> None:
    outcome = simulate(two_priorities(preemptive=True), PLAN)
    within_three_errors(outcome.mean_stay("consult", "urgent"), 0.8 / (1 - 0.32))
    routine = (0.8 * (1 - 0.8) + 0.64) / ((1 - 0.32) * (1 - 0.8))
    within_three_errors(outcome.mean_stay("consult", "routine"), routine)


def test_a_clinic_with_returns_from_the_laboratory_behaves_as_jacksons_network() -> None:
    network = Network(
        (
            Station("triage", exponential(0.5), ("nurses",), (Route("consult"),)),
            Station("consult", exponential(1.0), ("doctors",), (Route("laboratory", 0.4), Route("pharmacy", 0.3))),
            Station("laboratory", exponential(0.9), ("technicians",), (Route("consult"),)),
            Station("pharmacy", exponential(1.5), ("pharmacists",)),
        ),
        (Source("door", (Route("triage", 0.9), Route("consult", 0.1)), "patient", rate=always(1.0)),),
        (
            Pool("nurses", always(1)),
            Pool("doctors", always(2)),
            Pool("technicians", always(1)),
            Pool("pharmacists", always(1)),
        ),
    )
    flow = {"triage": 0.9, "consult": 1 / 0.6, "laboratory": 0.4 / 0.6, "pharmacy": 0.5}
    outcome = simulate(network, PLAN)

    def stay(rate: float, service: float, servers: int) -> float:
        return service + erlang_c(servers, rate * service) / (servers / service - rate)

    exact = {
        "triage": stay(flow["triage"], 0.5, 1),
        "consult": stay(flow["consult"], 1.0, 2),
        "laboratory": stay(flow["laboratory"], 0.9, 1),
        "pharmacy": stay(flow["pharmacy"], 1.5, 1),
    }
    for name, minutes in exact.items():
        within_three_errors(outcome.mean_stay(name), minutes)
    within_three_errors(outcome.mean_visit(), sum(flow[name] * exact[name] for name in exact))


def lost_share(outcome: Outcome) -> Iterator[float]:
    for left, _, _, lost in outcome.visits.sum(axis=1):
        yield lost / (left + lost)


@pytest.mark.parametrize(("beds", "places"), [(3, 0), (1, 4), (2, 3)])
def test_a_house_with_few_places_turns_away_as_many_as_erlang_says(beds: int, places: int) -> None:
    offered = 0.9 * beds
    outcome = simulate(one_station(exponential(offered), beds, waiting_places=places), PLAN)
    weights = [offered**k / math.factorial(min(k, beds)) / beds ** max(k - beds, 0) for k in range(beds + places + 1)]
    shares = np.array(list(lost_share(outcome)))
    error = shares.std(ddof=1) / math.sqrt(len(shares))
    assert abs(shares.mean() - weights[-1] / sum(weights)) < 3 * error


def test_patients_who_come_by_the_hour_of_the_day_fill_a_ward_as_the_rate_and_the_stay_say() -> None:
    rate = Calendar((0, 480, 960), (0.0, 3.0, 1.0), 1440)
    network = Network(
        (Station("ward", exponential(300)),),
        (Source("door", (Route("ward"),), "patient", rate=rate),),
    )
    outcome = simulate(network, Plan(1440 * 20, replications=60, seed=3))
    arrivals = outcome.tally[:, 0, 0, 0]
    expected = 20 * (480 * 3.0 + 480 * 1.0)
    assert abs(arrivals.mean() - expected) < 3 * math.sqrt(expected / 60)
    assert arrivals.var(ddof=1) == pytest.approx(expected, rel=0.6), "Poisson counts vary as much as their mean"


def test_the_same_seed_gives_the_same_days_in_one_process_and_in_two() -> None:
    network = two_priorities(preemptive=True)
    plan = Plan(500, replications=4, seed=5)
    alone, shared, other = simulate(network, plan), simulate(network, plan, 2), simulate(network, Plan(500, 4, seed=6))
    assert np.array_equal(alone.tally, shared.tally)
    assert not np.array_equal(alone.tally, other.tally)


def test_a_station_more_leaves_the_numbers_of_the_others_as_they_were() -> None:
    network = one_station(exponential(0.8))
    more = Network(
        (Station("elsewhere", exponential(1)), *network.stations), network.sources, network.pools, network.classes
    )
    plan = Plan(500, replications=2)
    assert np.array_equal(simulate(network, plan).tally[:, 0], simulate(more, plan).tally[:, 1])
