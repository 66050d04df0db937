"""What if: a change of doctors, hours or demand, played beside what is, by the same chances."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from xinglin.applications.digital_twin.foresight import Doctor, Person
from xinglin.applications.digital_twin.foresight.model import QUANTILES, Habits, Line
from xinglin.applications.digital_twin.what_if.comparing import changed, compare, within_hours
from xinglin.applications.digital_twin.what_if.model import Change, Comparison


def _always(value: float) -> tuple[float, ...]:
    return (value,) * QUANTILES


EXACT = Habits(
    first=_always(1.0), again=_always(0.5), gap=_always(0.0), tests=_always(20.0), late=_always(0.0), lead=_always(30.0),
    missed=_always(1.0), away=_always(5.0), walk_ins=(0.0,) * 10, bookers=(0.0,) * 10, tested_share=0.0, comes_share=1.0,
    missed_share=0.0,
)  # fmt: skip
BUSY = replace(EXACT, walk_ins=(8.0,) * 10)


def _pace(_: str) -> tuple[float, float]:
    return math.log(6.0), 0.0


def _doctor(name: str = "a", minutes: float = 6.0, ends: float = 200.0, starts: float = 0.0) -> Doctor:
    return Doctor(name, pace=math.log(minutes), doubt=0.0, starts=starts, ends=ends)


def _line(habits: Habits, *doctors: Doctor, waiting: int = 0, of: str | None = None) -> Line:
    people = tuple(Person(f"p{n}", "waiting", turn=float(n), doctor=of) for n in range(waiting))
    return Line("clinic", people, doctors, habits)


def _asked(line: Line, replications: int = 400, **change: float) -> Comparison:
    return compare(line, Change(**change), _pace, replications, 7)  # type: ignore[arg-type]


def test_without_chance_waits_overtime_and_idle_time_are_what_one_works_out_by_hand() -> None:
    found = _asked(_line(EXACT, _doctor(ends=20.0), waiting=4), 20, doctors=1)
    assert found.as_is is not None and found.changed is not None
    assert (found.as_is.wait.mean, found.as_is.overtime.mean, found.as_is.idle.mean) == (9.0, 4.0, 0.0)
    assert (found.changed.wait.mean, found.changed.overtime.mean, found.changed.idle.mean) == (3.0, 0.0, 16.0)
    assert found.wait is not None and (found.wait.mean, found.wait.low, found.wait.high) == (-6.0, -6.0, -6.0)
    assert (found.as_is.doctor_minutes, found.changed.doctor_minutes) == (20.0, 40.0)
    assert found.as_is.people.mean == 4.0


def test_no_change_makes_no_difference() -> None:
    found = _asked(_line(BUSY, _doctor(), waiting=3))
    for one in (found.wait, found.overtime, found.idle):
        assert one is not None and (one.mean, one.low, one.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "wait", "idle"),
    [
        ({"doctors": 1}, -1, 1),
        ({"demand_percent": 60.0}, -1, 1),
        ({"demand_percent": 130.0}, 1, -1),
        ({"doctors": -1}, 1, -1),
    ],
)
def test_each_change_does_what_everybody_expects_of_it_and_its_interval_says_so(
    change: dict[str, float], wait: int, idle: int
) -> None:
    found = _asked(_line(replace(BUSY, walk_ins=(16.0,) * 10), _doctor("a"), _doctor("b"), waiting=4), **change)
    for difference, sign in ((found.wait, wait), (found.idle, idle)):
        assert difference is not None and difference.low <= difference.mean <= difference.high
        assert sign * difference.low > 0 and sign * difference.high > 0


def test_longer_hours_take_overtime_away() -> None:
    found = _asked(_line(BUSY, _doctor(ends=60.0), waiting=8), minutes=120.0)
    assert found.overtime is not None and found.overtime.high < 0
    assert found.changed is not None and found.as_is is not None
    assert found.changed.doctor_minutes - found.as_is.doctor_minutes == 120.0


def test_the_same_chances_tell_a_difference_that_other_chances_would_drown() -> None:
    line = _line(BUSY, _doctor(), waiting=3)
    found = compare(line, Change(demand_percent=98), _pace, 400, 7)
    assert found.as_is is not None and found.wait is not None
    spread = found.as_is.wait.high - found.as_is.wait.low
    unpaired = 2 * 1.96 * (2**0.5) * (spread / 2.56) / 400**0.5
    assert found.wait.high - found.wait.low < 0.8 * unpaired


def test_who_is_not_there_yet_is_taken_away_first_and_their_patients_see_any_other() -> None:
    line = _line(EXACT, _doctor("a"), _doctor("later", starts=30.0), waiting=2, of="later")
    other = changed(line, Change(doctors=-1), _pace)
    assert other is not None and [one.name for one in other.doctors] == ["a"]
    assert {one.doctor for one in other.people} == {None}


def test_who_is_booked_after_the_changed_hours_is_told_as_to_be_moved() -> None:
    booked = tuple(Person(f"b{n}", "expected", doctor="a", turn=30.0 * n, due=30.0 * n) for n in range(1, 7))
    line = replace(_line(EXACT, _doctor(ends=200.0), _doctor("b", ends=240.0)), people=booked)
    kept, moved = within_hours(line)
    assert moved == 0 and kept.people == booked
    other = changed(line, Change(minutes=-120.0), _pace)
    assert other is not None
    kept, moved = within_hours(other)
    assert [(one.name, one.doctor) for one in kept.people] == [("b1", "a"), ("b2", "a"), ("b3", None)]
    assert moved == 3
    found = compare(line, Change(minutes=-120.0), _pace, 20, 7)
    assert found.moved == 3 and found.people is not None and found.people.mean == -3.0


def test_a_clinic_without_doctors_is_refused_and_not_simulated() -> None:
    line = _line(BUSY, _doctor())
    assert _asked(line, doctors=-1).refused == "nobody_left"
    assert _asked(line, doctors=-9).refused == "nobody_left"
    assert _asked(_line(BUSY)).refused == "nobody_sits"


def test_more_work_than_can_be_done_is_said() -> None:
    found = _asked(_line(BUSY, _doctor()), demand_percent=300.0)
    assert found.as_is is not None and found.as_is.load < 1
    assert found.changed is not None and found.changed.load > 1
