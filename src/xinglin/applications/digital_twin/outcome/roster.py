"""Who sits where: the network of one house, and how many doctors a department has in each half-day of the week."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..process import Calendar, Network, Pool, Station, deterministic
from .assumption import Values
from .demand import DAYS_A_WEEK, PAST, House, Reality, make_day, whole

MORNING_STARTS, AFTERNOON_STARTS, TESTS_OPEN = 480.0, 810.0, 450.0
_PAST_WEEKS = 8
_NOW = deterministic(0)  # every minute comes from the itineraries


@dataclass(frozen=True)
class Floor:
    """The house's network and the places of its stations.

    Station ``4 * (most * department + doctor) + 2 * half + again`` is a doctor's; ``again`` is 1 for second contacts,
    which go before first ones. Pool ``2 * (most * department + doctor) + half`` is the doctor.
    """

    network: Network
    most: int
    laboratory: int
    image: int
    report: int


def build_floor(house: House) -> Floor:
    """Twice the largest department's doctors in each: a chair that nobody is sent to stays empty.

    Whoever is left over from the morning is seen after it, and from 13:30 on by the afternoon's doctor.
    """
    departments, most = house.pace.shape
    morning = Calendar((0.0, MORNING_STARTS, AFTERNOON_STARTS), (0, 1, 0))
    afternoon = Calendar((0.0, AFTERNOON_STARTS), (0, 1))
    stations, pools = [], []
    for chair in range(departments * most):
        both = f"{chair} am", f"{chair} pm"
        pools += [Pool(both[0], morning), Pool(both[1], afternoon)]
        for name, seen_by in (("am", both), ("pm", both[1:])):
            stations.append(Station(f"{chair} {name} first", _NOW, seen_by, priority=1))
            stations.append(Station(f"{chair} {name} again", _NOW, seen_by, priority=0))
    for name, places in test_places(house).items():
        pools.append(Pool(name, Calendar((0.0, TESTS_OPEN), (0, places))))
        stations.append(Station(name, _NOW, (name,), priority=1))
    stations.append(Station("report", _NOW))
    n = len(stations)
    return Floor(Network(tuple(stations), (), tuple(pools)), most, n - 3, n - 2, n - 1)


def test_places(house: House) -> dict[str, int]:
    """How many sampling places and imaging rooms the assumed load asks for."""
    v = house.values
    tested = float(house.expected.sum()) / DAYS_A_WEEK * v["test_share"]
    offered = (v["morning_minutes"] + v["afternoon_minutes"]) * v["test_room_load"]
    work = {
        "laboratory": tested * (1 - v["imaging_share"]) * v["laboratory_minutes"],
        "image": tested * v["imaging_share"] * v["imaging_minutes"],
    }
    return {name: max(math.ceil(minutes / offered), 1) for name, minutes in work.items()}


def session(values: Values, half: Any) -> tuple[Any, Any]:
    """When a half-day begins and how long it is."""
    half = np.asarray(half)
    return (
        np.where(half == 0, MORNING_STARTS, AFTERNOON_STARTS),
        np.where(half == 0, values["morning_minutes"], values["afternoon_minutes"]),
    )


def usual_roster(house: House, reality: Reality) -> Any:
    """[day of week, half, department]: the same doctors on every half-day of the week."""
    chairs = house.chairs
    if reality.doctors != 1.0:
        chairs = np.maximum(whole(chairs, round(int(chairs.sum()) * reality.doctors)), 1)
    return np.broadcast_to(chairs, (DAYS_A_WEEK, 2, len(chairs))).copy()


def forecast_roster(house: House, reality: Reality, seed: int) -> Any:
    """The same sessions of every department in mornings and in afternoons, on the days that past weeks asked for them.

    It knows past days alone; no department loses its last doctor on a day.
    """
    usual = usual_roster(house, reality)
    past = [make_day(house, Reality(), seed, PAST, i) for i in range(_PAST_WEEKS * DAYS_A_WEEK)]
    seen = np.zeros(usual.shape)
    for day in past:
        np.add.at(seen[day.weekday], (day.half[day.comes], day.department[day.comes]), 1)
    roster = usual.copy()
    for half in (0, 1):
        for d in range(usual.shape[2]):
            spare = int(usual[:, half, d].sum()) - DAYS_A_WEEK
            wanted = seen[:, half, d] / max(seen[:, half, d].sum(), 1) * (spare + DAYS_A_WEEK) - 1
            roster[:, half, d] = 1 + (whole(np.maximum(wanted, 0), spare) if spare else 0)
            _fit(roster[:, half, d], house.pace.shape[1])
    return roster


def _fit(days: Any, most: int) -> None:
    """Moves sessions from days that have no room for more than ``most`` to those with the fewest."""
    over = int(np.maximum(days - most, 0).sum())
    np.minimum(days, most, out=days)
    for _ in range(over):
        days[days.argmin()] += 1
