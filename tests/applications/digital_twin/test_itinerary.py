"""Patients whose way is known beforehand, in days small enough to count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xinglin.applications.digital_twin.process import (
    Appointments,
    Class,
    Itineraries,
    Network,
    Plan,
    Pool,
    Route,
    Source,
    Station,
    always,
    deterministic,
    simulate,
)
from xinglin.foundation.errors import XinglinError

HOUSE = Network(
    (
        Station("first", deterministic(99), ("doctor",), priority=1),
        Station("laboratory", deterministic(99)),
        Station("again", deterministic(99), ("doctor",), priority=0),
    ),
    (),
    (Pool("doctor", always(1)),),
)


def ways(*people: tuple[float, list[tuple[int, float, float]]], of_class: int = 0) -> Itineraries:
    """(arrival, [(station, minutes, rank)]) of each."""
    steps = [step for _, walked in people for step in walked]
    return Itineraries(
        np.array([arrived for arrived, _ in people]), np.zeros(len(people)), np.full(len(people), of_class),
        np.array([len(walked) for _, walked in people]), np.array([step[0] for step in steps], int),
        np.array([step[1] for step in steps], float), np.array([step[2] for step in steps], float),
    )  # fmt: skip


def log_of(network: Network, *given: Itineraries) -> Any:
    return simulate(network, Plan(500, len(given), drain=500, overload=True, log=True), itineraries=given).log


def test_each_patient_goes_the_own_way_for_the_own_minutes() -> None:
    log = log_of(HOUSE, ways((0, [(0, 10, -1), (1, 30, -1), (2, 2, -1)]), (1, [(0, 7, -1)]), (2, [(0, 40, -1)])))[0]
    assert [(int(r["case"]), HOUSE.stations[r["station"]].name, r["started"], r["ended"]) for r in log] == [
        (0, "first", 0, 10), (1, "first", 10, 17), (0, "laboratory", 10, 40), (2, "first", 17, 57), (0, "again", 57, 59),
    ]  # fmt: skip


def test_those_who_wait_are_called_by_rank_and_then_by_time() -> None:
    ranks = {1.0: 50.0, 2.0: 30.0, 3.0: -1.0, 4.0: 30.0}  # who has no rank of its own: by the time of joining
    people = [(0.0, [(0, 10.0, -1.0)])] + [(at, [(0, 10.0, rank)]) for at, rank in ranks.items()]
    assert [int(row["case"]) for row in log_of(HOUSE, ways(*people))[0]] == [0, 3, 2, 4, 1]


def test_every_replication_has_patients_of_its_own_and_an_empty_one_is_allowed() -> None:
    one, none = ways((0, [(0, 3, -1)])), ways()
    assert [len(log) for log in log_of(HOUSE, one, none, one)] == [1, 0, 1]


def test_they_share_the_doctor_with_patients_who_are_drawn() -> None:
    booked = Source("door", (Route("first"),), "patient", appointments=Appointments((5.0,)))
    network = Network(
        (Station("first", deterministic(20), ("doctor",)),),
        (booked,),
        (Pool("doctor", always(1)),),
        (Class("patient"),),
    )
    log = log_of(network, ways((0, [(0, 10, -1)]), (6, [(0, 4, -1)])))[0]
    assert [(int(row["source"]), row["started"], row["ended"]) for row in log] == [
        (-1, 0, 10),
        (0, 10, 30),
        (-1, 30, 34),
    ]


def test_a_network_without_sources_still_needs_somebody() -> None:
    with pytest.raises(XinglinError, match="needs a source"):
        simulate(HOUSE, Plan(10, overload=True))


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("does not exist", ways((0, [(3, 1, -1)]))),
        ("does not exist", ways((0, [(0, 1, -1)]), of_class=1)),
        ("not negative", ways((0, [(0, -1, -1)]))),
        ("not negative", ways((-1, [(0, 1, -1)]))),
        ("fit one another", ways((0, []))),
    ],
)
def test_a_way_that_cannot_be_is_refused_in_words(told: str, given: Itineraries) -> None:
    with pytest.raises(XinglinError, match=told) as refused:
        log_of(HOUSE, given)
    assert refused.value.chinese != refused.value.english


def test_as_many_sets_of_ways_as_replications_are_needed() -> None:
    with pytest.raises(XinglinError, match="one for each replication"):
        simulate(HOUSE, Plan(10, 2, overload=True), itineraries=[ways()])


def test_the_same_work_gives_the_waits_that_a_hand_written_queue_gives() -> None:
    rng = np.random.default_rng(4)
    arrived, minutes = np.sort(rng.random(200) * 480), rng.exponential(2.5, 200)
    log = log_of(HOUSE, ways(*((float(a), [(0, float(m), -1.0)]) for a, m in zip(arrived, minutes, strict=True))))[0]
    free, expected = 0.0, []
    for at, length in zip(arrived, minutes, strict=True):
        begun = max(at, free)
        expected.append(begun)
        free = begun + length
    assert np.allclose(np.sort(log["started"]), expected)
