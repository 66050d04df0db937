"""A plan nobody has tried: exact where it can be, refused by name where it is impossible, from the house as it is."""

from __future__ import annotations

import math
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from told_house import NOON, ZONE, House, Sitters

from xinglin.applications.digital_twin.foresight.model import QUANTILES, Doctor, Habits, Line, PastVisits, Person, Seen
from xinglin.applications.digital_twin.whatif import Asked, Change, Prices, Question, Session, Trier, WhatIf
from xinglin.applications.digital_twin.whatif.roster import changed
from xinglin.applications.digital_twin.whatif.scene import Scene, scenes
from xinglin.applications.digital_twin.whatif.trying import play_day, try_change
from xinglin.business_platform.scheduling import Template
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

PRICES = Prices(120.0, 1.5, 20.0)
MONDAY = date(2026, 2, 2)


def _always(value: float) -> tuple[float, ...]:
    return (value,) * QUANTILES


EXACT = Habits(
    first=_always(1.0), again=_always(0.5), gap=_always(0.0), tests=_always(20.0), late=_always(0.0), lead=_always(30.0),
    missed=_always(1.0), away=_always(5.0), walk_ins=(0.0,) * 10, bookers=(0.0,) * 10, tested_share=0.0, comes_share=1.0,
    missed_share=0.0,
)  # fmt: skip
"""Nothing is left to chance."""


def _scene(due: list[float], minutes: float, ends: float) -> Scene:
    people = tuple(Person(f"p{n}", "expected", "a", at, 0.0, at) for n, at in enumerate(due))
    doctor = Doctor("a", starts=0.0, ends=ends, pace=math.log(minutes), doubt=0.0)
    return Scene(Line("s", people, (doctor,), EXACT), ends, 1, 1, 0)


def _past(days: int = 20, walk_ins: int = 10, booked: int = 20, minutes: float = 8.0) -> PastVisits:
    """Weekdays of a clinic from eight to noon, with the spread of a real one."""
    random = np.random.default_rng(5)
    seen = []
    for day in [n for n in range(7 * days) if n % 7 < 5]:
        at = MONDAY.toordinal() + day
        for n in range(walk_ins + booked):
            arrived = float(random.uniform(480, 700))
            due = None if n < walk_ins else 480.0 + 220.0 * (n - walk_ins) / booked
            come = arrived if due is None else due + float(random.normal(-8, 6))
            first = minutes * float(random.lognormal(-0.08, 0.4))
            seen.append(Seen(at, come, "a", due, first=first, gap=0.5, called=True))
    return PastVisits(tuple(seen), 20 * booked, 20, len({one.day for one in seen}))


SESSIONS = (Session("a", 480.0, 720.0, 20.0, 2), Session("b", 480.0, 720.0, 20.0, 2))


def _question(change: Change, **more: Any) -> Question:
    return Question("s", 1, SESSIONS, change, PRICES, _past(), seconds=20.0, **more)


def test_where_nothing_is_left_to_chance_the_figures_are_exact() -> None:
    wait, decile, overtime, idle, unseen, cost = play_day(_scene([1.0, 11.0, 21.0], 8.0, 60.0), PRICES, 1)
    assert (wait, decile, overtime, unseen) == (0.0, 0.0, 0.0, 0.0)
    assert idle == pytest.approx(36.0) and cost == pytest.approx(140.0)
    wait, decile, overtime, idle, unseen, cost = play_day(_scene([1.0, 1.0, 1.0], 30.0, 60.0), PRICES, 1)
    assert wait == pytest.approx((0 + 30.25 + 60.25) / 3) and overtime == pytest.approx(31.0)
    assert idle == pytest.approx(1.0) and unseen == 0.0
    assert cost == pytest.approx(120 + 120 * 1.5 * 31 / 60 + 20)


def test_no_change_is_no_difference_to_the_last_digit() -> None:
    found = try_change(_question(Change()))
    assert found.usual == found.changed and found.replications >= 200
    assert (found.difference.wait.low, found.difference.wait.mean, found.difference.wait.high) == (0.0, 0.0, 0.0)


def test_a_third_doctor_shortens_the_wait_and_costs_and_the_interval_of_the_difference_says_so() -> None:
    found = try_change(_question(Change(doctors=3)))
    assert found.narrow and found.changed.doctors == 3
    assert found.difference.wait.high < 0 < found.difference.cost.low
    assert found.difference.idle.low > 0
    apart = (found.usual.figures.wait.high - found.usual.figures.wait.low) + (
        found.changed.figures.wait.high - found.changed.figures.wait.low
    )
    assert found.difference.wait.high - found.difference.wait.low < apart


def test_common_random_numbers_make_the_difference_surer_than_independent_days() -> None:
    usual, other = scenes(_question(Change(slot_minutes=15.0)))
    one, same, apart = (
        np.array([play_day(scene, PRICES, seed + shift)[0] for seed in range(400)])
        for scene, shift in ((usual, 0), (other, 0), (other, 10_000))
    )
    assert np.var(same - one) < 0.8 * np.var(apart - one)


def test_demand_and_the_share_of_walk_ins_change_who_comes_and_nothing_else() -> None:
    usual, more = scenes(_question(Change(demand=1.5)))
    assert more.patients == pytest.approx(1.5 * usual.patients, rel=0.03)
    assert more.load == pytest.approx(1.5 * usual.load, rel=0.03)
    usual, walked = scenes(_question(Change(walk_in_share=0.9)))
    assert walked.patients == pytest.approx(usual.patients, rel=0.05)
    assert len(walked.line.people) < len(usual.line.people) / 3


def test_booked_people_beyond_the_slots_come_without_one_and_are_told() -> None:
    _, found = scenes(_question(Change(slot_minutes=60.0, slot_places=1)))
    assert len(found.line.people) == 8 and found.unplaced > 8
    usual, _ = scenes(_question(Change()))
    assert usual.unplaced == 0 and found.patients == pytest.approx(usual.patients, rel=0.03)


def test_more_work_than_doctors_can_do_is_said_and_ends() -> None:
    found = try_change(replace(_question(Change(doctors=1, demand=3.0)), seconds=3.0))
    assert found.changed.load > 1 > found.usual.load
    assert found.changed.figures.overtime.low > 60


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (Change(rooms=1), "rooms"),
        (Change(doctors=0), "doctors"),
        (Change(opens=800.0), "opens"),
        (Change(closes=470.0), "closes"),
        (Change(slot_minutes=241.0), "slot_minutes"),
    ],
)
def test_an_impossible_roster_is_refused_by_name(change: Change, where: str) -> None:
    with pytest.raises(XinglinError) as refused:
        changed(SESSIONS, change)
    assert refused.value.category is Category.INVALID and refused.value.expression == where


def test_nobody_who_sits_and_no_past_are_refused() -> None:
    with pytest.raises(XinglinError, match="nobody sits"):
        changed((), Change())
    with pytest.raises(XinglinError, match="no past day"):
        scenes(replace(_question(Change()), past=PastVisits((), 0, 0, 0)))


class _Sitters(Sitters):
    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    async def templates(self, service: str) -> list[tuple[str, Template]]:
        if service != self.service:
            return []
        template = Template.model_validate(
            {"service": service, "practitioner": "a", "weekdays": [1, 2], "starts": "08:00", "ends": "12:00",
             "period_minutes": 30, "places": 4, "first_day": "2026-01-01"}
        )  # fmt: skip
        return [("schedule-1", template)]


@pytest.fixture
async def asked(database: Database) -> AsyncIterator[tuple[House, WhatIf]]:
    """A clinic with one past day of ten visits, and five people who wait now for one doctor."""
    house = House(database)
    doctor = str(uuid.uuid4())
    for day in (-7, -1):
        for n in range(10):
            at = day * 1440.0 - 110 + 9 * n
            steps = (("waiting", at), ("called", at + 5), ("in_room", at + 5.5), ("finished", at + 14))
            await house.tell(*house.visit(n, doctor, *steps))
    await house.tell(*house.visit(20, doctor, ("waiting", -30), ("called", -20), ("in_room", -19), ("finished", -10)))
    for n in range(5):
        await house.tell(*house.visit(30 + n, doctor, ("waiting", -15.0 + n)))
    sitters = _Sitters(house.service)
    trier = Trier()
    yield house, WhatIf(database, sitters, trier, house.store, house.clock, ZONE, PRICES, 28, 2.0)
    await trier.close()
    await house.oracle.close()


async def test_from_the_house_as_it_is_a_second_doctor_helps_who_waits_now(asked: tuple[House, WhatIf]) -> None:
    house, whatif = asked
    found = await whatif.ask(Asked(service=house.service, doctors=2))
    assert found.live and found.as_of == NOON and found.usual.doctors == 1 and found.changed.doctors == 2
    assert found.difference.wait.high < 0 and found.usual.figures.wait.low > 15
    with pytest.raises(XinglinError, match="keeps their time"):
        await whatif.ask(Asked(service=house.service, slot_minutes=10))


async def test_a_weekday_is_tried_with_its_templates_and_what_was_learnt(asked: tuple[House, WhatIf]) -> None:
    house, whatif = asked
    plan = await whatif.plan(house.service, 1)
    assert [(one.starts, one.ends, one.slot_minutes, one.places) for one in plan.sessions] == [(480, 720, 30, 4)]
    assert plan.weekday == 1 and plan.day >= NOON.date() and plan.visits == 20
    found = await whatif.ask(Asked(service=house.service, weekday=1, demand_percent=200))
    assert not found.live and found.changed.patients == pytest.approx(2 * found.usual.patients, rel=0.05)
    with pytest.raises(XinglinError, match="nobody sits") as refused:
        await whatif.ask(Asked(service=house.service, weekday=7))
    assert refused.value.chinese == "当日无人出诊"


async def test_a_clinic_that_is_not_known_has_no_plan(asked: tuple[House, WhatIf]) -> None:
    _, whatif = asked
    with pytest.raises(XinglinError) as refused:
        await whatif.plan(str(uuid.uuid4()), 1)
    assert refused.value.category is Category.NOT_FOUND
