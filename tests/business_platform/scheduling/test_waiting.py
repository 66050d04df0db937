"""The estimate of waits: what must hold of any, whatever the numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from xinglin.business_platform.scheduling.queue import Ahead, Lengths, Room, Wait, waits
from xinglin.business_platform.scheduling.queue.model import masked
from xinglin.business_platform.scheduling.queue.ordering import age_years
from xinglin.business_platform.scheduling.queue.routes import leave_home_at

SEEN = Lengths({"a": [8.0, 10.0, 12.0] * 10})
LINE = [Ahead(f"p{place}") for place in range(10)]


def test_nobody_is_told_a_wait_where_no_doctor_is_at_work() -> None:
    assert waits(LINE, [], SEEN) == {}


def test_further_back_waits_longer_and_is_less_sure() -> None:
    found = list(waits(LINE, [Room("a", 3.0)], SEEN).values())
    assert all(before.likely < after.likely for before, after in pairwise(found))
    assert found[9].high - found[9].low > found[1].high - found[1].low
    assert found[9].likely == pytest.approx(97, abs=12)


def test_two_doctors_halve_the_wait_of_who_takes_either() -> None:
    one, two = (waits(LINE, [Room(doctor, 0.0) for doctor in doctors], SEEN)["p9"] for doctors in ("a", "ab"))
    assert two.likely < 0.65 * one.likely


def test_a_doctors_own_pace_counts_as_more_of_their_visits_are_seen() -> None:
    slow, quick = Lengths({"a": [20.0] * 30, "b": [5.0] * 30}), Lengths({"a": [5.0] * 30, "b": [5.0] * 30})
    line = [Ahead("x", "a"), Ahead("y", "a")]
    rooms = [Room("a"), Room("b")]
    assert waits(line, rooms, slow)["y"].likely > 2 * waits(line, rooms, quick)["y"].likely


def test_without_any_visit_seen_the_wait_is_wide_and_still_told() -> None:
    unknown, known = (waits(LINE, [Room("a")], lengths)["p5"] for lengths in (Lengths({}), SEEN))
    assert unknown.high - unknown.low > 1.5 * (known.high - known.low)


def test_who_is_expected_is_called_when_they_come_and_holds_up_nobody_before_that() -> None:
    lengths = Lengths({"a": [10.0] * 30}, lateness=[-10.0] * 30)
    line = [Ahead("expected", due_minutes=40.0), *LINE[:2]]
    found = waits(line, [Room("a")], lengths)
    assert found["p0"].high == 0.0
    assert 8 < found["p1"].likely < 12
    assert 30.0 <= found["expected"].low < 31.0


def test_the_same_queue_gives_the_same_numbers() -> None:
    assert waits(LINE, [Room("a", 2.0)], SEEN) == waits(LINE, [Room("a", 2.0)], SEEN)


def test_a_visit_that_lasts_longer_than_any_seen_still_ends() -> None:
    found = waits(LINE[:1], [Room("a", 90.0)], SEEN)["p0"]
    assert 0 < found.low < found.high < 60


def test_one_leaves_home_for_the_earliest_call_to_reckon_with_and_in_time_for_the_turn() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    start, travel = now + timedelta(minutes=90), timedelta(minutes=30)
    assert leave_home_at(now, start, Wait(90, 95, 99), travel) == now + timedelta(minutes=50)
    assert leave_home_at(now, start, Wait(150, 160, 170), travel) == now + timedelta(minutes=60)
    assert leave_home_at(now, start, None, travel) == now + timedelta(minutes=50)
    assert leave_home_at(now, now, Wait(0, 1, 2), travel) == now


def test_names_on_the_screen_are_masked_and_ages_are_whole_years() -> None:
    assert [masked(name) for name in ("赵", "赵平", "赵建平", "欧阳建平", "Zhao Jianping")] == [
        "*",
        "赵*",
        "赵*平",
        "欧**平",
        "Z***g",
    ]
    today = datetime(2026, 11, 23, tzinfo=UTC).date()
    assert [age_years(born, today) for born in ("1946-11-23", "1946-11-24", "1946-11", "1946", None)] == [
        80,
        79,
        79,
        79,
        None,
    ]
