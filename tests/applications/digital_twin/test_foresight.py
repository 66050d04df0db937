"""What is foreseen of a line and of a ward: exact where it can be, and as true as it says on days made otherwise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from xinglin.applications.digital_twin.foresight import PROBABILITIES, Doctor, PastStay, Person, Ward
from xinglin.applications.digital_twin.foresight.foreseeing import foresee
from xinglin.applications.digital_twin.foresight.model import QUANTILES, Habits, Line
from xinglin.applications.digital_twin.foresight.rehearsal import Rehearsed, rehearse
from xinglin.applications.digital_twin.foresight.rehearsing import rehearse_wards
from xinglin.applications.digital_twin.foresight.ward import foresee_ward, learn_stays
from xinglin.applications.digital_twin.process import (
    Itineraries,
    Network,
    Plan,
    Pool,
    Station,
    always,
    deterministic,
    simulate,
)

MIDDLE = PROBABILITIES.index(0.5)


def _always(value: float) -> tuple[float, ...]:
    return (value,) * QUANTILES


EXACT = Habits(
    first=_always(1.0), again=_always(0.5), gap=_always(0.0), tests=_always(20.0), late=_always(0.0), lead=_always(30.0),
    missed=_always(1.0), away=_always(5.0), walk_ins=(0.0,) * 10, bookers=(0.0,) * 10, tested_share=0.0, comes_share=1.0,
    missed_share=0.0,
)  # fmt: skip
"""Nothing is left to chance."""


def _doctor(name: str = "a", minutes: float = 5.0, **more: object) -> Doctor:
    return Doctor(name, pace=math.log(minutes), doubt=0.0, **more)  # type: ignore[arg-type]


def test_who_waits_is_called_after_the_rest_of_the_visit_in_the_room_and_those_before() -> None:
    line = [Person(f"p{n}", "waiting", turn=float(n)) for n in range(3)]
    told = foresee(Line("s", tuple(line), (_doctor(state="room", since=-3.0),), EXACT), 50)
    assert [told.people[f"p{n}"] for n in range(3)] == [(value,) * 7 for value in (2.0, 7.0, 12.0)]
    assert told.length[0] == (3.0,) * 7 and told.length[1] == (1.0,) * 7 and told.length[2] == (0.0,) * 7


def test_the_urgent_the_own_doctor_and_the_turn_decide_who_is_called() -> None:
    people = (
        Person("late", "waiting", turn=5.0), Person("early", "waiting", turn=-5.0),
        Person("urgent", "waiting", turn=9.0, urgent=1), Person("of b", "waiting", doctor="b", turn=-9.0),
    )  # fmt: skip
    told = foresee(Line("s", people, (_doctor("a"), _doctor("b", 30.0, state="room", since=-10.0)), EXACT), 50)
    assert {name: found[MIDDLE] for name, found in told.people.items()} == {
        "urgent": 0.0, "early": 5.0, "late": 10.0, "of b": 20.0,
    }  # fmt: skip


def test_it_agrees_with_the_process_kernel_where_nothing_is_left_to_chance() -> None:
    random = np.random.default_rng(7)
    due = np.sort(random.uniform(0.0, 200.0, 90))
    people = tuple(Person(f"p{n}", "expected", turn=at, due=at) for n, at in enumerate(due))
    told = foresee(Line("s", people, tuple(_doctor(name, 6.0) for name in "abc"), EXACT), 30)
    network = Network((Station("see", deterministic(6.0), ("doctors",)),), (), (Pool("doctors", always(3)),))
    ones = np.ones(len(due), int)
    given = Itineraries(due, due, 0 * ones, ones, 0 * ones, 6.0 * ones, -1.0 * ones)
    log = simulate(network, Plan(1000, log=True), itineraries=[given]).log[0]
    waits = np.sort(log["started"] - log["queued"])
    assert np.allclose(np.sort([found[MIDDLE] for found in told.people.values()]), waits, atol=0.01)
    assert waits.max() > 3


def test_who_comes_back_from_tests_keeps_their_turn() -> None:
    people = (Person("tested", "tests", turn=-60.0, since=-18.0, again=True), Person("p", "waiting", turn=0.0))
    told = foresee(Line("s", people, (_doctor(minutes=10.0, state="room", since=0.0),), EXACT), 50)
    assert told.people["p"][MIDDLE] == 15.0  # ten minutes of the one in the room, five of the one who is back
    assert "tested" not in told.people  # was called before


def test_a_clinic_where_more_come_than_can_be_seen_is_said_to_overflow_and_when() -> None:
    crowd = replace(EXACT, walk_ins=(24.0,) * 10)
    told = foresee(Line("s", (), (_doctor(),), crowd), 200)
    assert told.overload is not None and told.load == pytest.approx(2.0, abs=0.01)
    assert told.overload.at_minutes is not None and 50 <= told.overload.at_minutes <= 80  # two minutes of work a minute
    calm = foresee(Line("s", (), (_doctor(),), replace(EXACT, walk_ins=(6.0,) * 10)), 200)
    assert calm.overload is None and calm.load == pytest.approx(0.5, abs=0.01)


def test_where_nobody_works_no_wait_is_made_up() -> None:
    told = foresee(Line("s", (Person("p", "waiting"),), (), replace(EXACT, walk_ins=(5.0,) * 10)), 50)
    assert told.people == {} and not any(told.comers) and told.overload is None and told.length[3] == (1.0,) * 7


def test_of_eight_intervals_in_ten_eight_come_true_on_days_that_are_made_otherwise() -> None:
    scores = rehearse(Rehearsed(3, 0.9, 4), 10, 14, 120)
    for what in ("who waits", "who is expected", "who comes", "length of the line"):
        shares = scores[what].shares()
        assert shares["told"] > 150, what
        assert 0.70 <= shares["within_80"] <= 0.93, (what, shares)
        assert shares["within_50"] < shares["within_80"] < shares["within_95"], (what, shares)


def test_of_eight_intervals_of_beds_in_ten_eight_come_true() -> None:
    scores = rehearse_wards(3, wards=4)
    for what, found in scores.items():
        shares = found.shares()
        assert 0.68 <= shares["within_80"] <= 0.95 and shares["within_95"] > 0.86, (what, shares)


def test_a_ward_whose_patients_always_leave_on_the_third_day_is_empty_by_then() -> None:
    staying = learn_stays([PastStay(0, 2, True, 11.0)] * 400, ())
    ward = Ward("w", 10, (0, 1, 1, 2), 9.0, (0.0,) * 24, 28.0)
    told = foresee_ward(ward, staying, 300)
    assert told.census[0] == (4.0,) * 7
    assert [told.census[hours][MIDDLE] for hours in (4, 28, 52, 72)] == [3.0, 1.0, 0.0, 0.0]
    assert told.discharges[52][MIDDLE] == 4.0 and told.full is not None and told.full[-1] == 0.0


def test_a_full_ward_is_never_foreseen_to_hold_more_than_its_beds() -> None:
    ward = Ward("w", 6, (3,) * 6, 9.0, (1.0,) * 24, 28.0)
    told = foresee_ward(ward, learn_stays((), ()), 100)
    assert max(row[-1] for row in told.census) == 6.0 and told.full == (1.0,) * 73
