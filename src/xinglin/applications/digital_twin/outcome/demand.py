"""The house's fixed features and the patients of its days; all about a patient is drawn before any lever acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .assumption import Values

DAYS_A_WEEK = 5
MORNING, AFTERNOON = 0, 1
NONE, LABORATORY, IMAGE = 0, 1, 2
PAST, TUNING, JUDGING = 0, 1, 2  # which days: those that forecasts know, those tuned on, those judged on
_HOUSE = 2026  # the house itself is the same whatever the seed of its days


@dataclass(frozen=True)
class House:
    """What stays the same from day to day.

    ``chairs`` [department] doctors of a half-day; ``pace`` [department, doctor] factor on every contact; ``expected``
    [day of week, half, department] patients who come. ``values`` are the numbers it was made of.
    """

    values: dict[str, float]
    chairs: Any
    pace: Any
    expected: Any
    mean_contact_minutes: float


@dataclass(frozen=True)
class Reality:
    """How the days differ from what the house was planned for; 1 and None: not at all."""

    demand: float = 1.0
    consult: float = 1.0
    no_show: float | None = None
    unpunctual: float = 1.0
    digital: float = 1.0
    reports: float = 1.0
    doctors: float = 1.0


@dataclass(frozen=True)
class Day:
    """The patients of one day, arrays by patient; ``number`` is unique among the days of one kind.

    ``consult``, ``back`` (with results), ``test`` and ``report`` are minutes at a pace of 1; ``wish`` is the share of
    the session at which a walk-in wants to come; ``normal`` and ``guided`` are standard normal, the rest uniform on 0
    to 1. By half, department and doctor: ``late`` minutes at the start, ``away`` minutes from the share ``away_at`` on.
    """

    weekday: int
    number: Any
    department: Any
    half: Any
    booked: Any
    comes: Any
    elderly: Any
    far: Any
    digital: Any
    follow_up: Any
    needs: Any
    consult: Any
    back: Any
    test: Any
    report: Any
    wish: Any
    crowd: Any
    slot: Any
    doctor: Any
    other_doctor: Any
    right: Any
    normal: Any
    guided: Any
    keeps: Any
    late: Any
    away: Any
    away_at: Any


def build_house(values: Values) -> House:
    """The house that a set of assumptions makes: doctors by department, paces, and demand by half-day of the week."""
    v = dict(values)
    rng = np.random.default_rng(_HOUSE)
    departments, doctors = int(v["departments"]), int(v["doctors"])
    sizes = np.linspace(1.5, 0.5, departments) * doctors / departments
    chairs = np.maximum(whole(sizes, max(doctors, departments)), 1)
    pace = np.exp(np.log1p(v["doctor_variation"] ** 2) ** 0.5 * rng.standard_normal((departments, 2 * chairs.max())))
    for d, count in enumerate(chairs):
        pace[d] /= pace[d, :count].mean()
        pace[d, count:] = 1.0
    contact = v["consult_minutes"] + v["test_share"] * v["return_minutes"]
    half_day = np.array([v["morning_share"], 1 - v["morning_share"]])
    week = 1 + v["weekday_swing"] * np.linspace(1, -1, DAYS_A_WEEK)
    pattern = np.exp(v["department_swing"] * rng.standard_normal((DAYS_A_WEEK, 2, departments)))
    pattern /= pattern.mean(axis=(0, 1))
    daily = v["load"] * (v["morning_minutes"] + v["afternoon_minutes"]) * chairs / contact
    return House(v, chairs, pace, daily * week[:, None, None] * half_day[None, :, None] * pattern, contact)


def whole(shares: Any, total: int) -> Any:
    """Whole numbers that add to ``total``, in proportion (largest remainders)."""
    exact = np.asarray(shares, float) * total / np.sum(shares)
    floor = np.floor(exact).astype(int)
    floor[np.argsort(floor - exact, kind="stable")[: total - floor.sum()]] += 1
    return floor


def make_day(house: House, reality: Reality, seed: int, kind: int, index: int) -> Day:
    """The patients of day ``index`` (from 0, five a week) of a kind of days; the same for the same arguments."""
    v = house.values
    rng = np.random.default_rng([seed, kind, index])
    weekday = index % DAYS_A_WEEK
    departments = len(house.chairs)
    shock = np.exp(v["day_shock"] * rng.standard_normal(departments) - v["day_shock"] ** 2 / 2)
    bookings = v["booked_share"] / (1 - min(v["no_show"], 0.95))
    asked = bookings + 1 - v["booked_share"]
    counts = rng.poisson(house.expected[weekday] * shock * reality.demand * asked)
    n = int(counts.sum())
    half = np.repeat([MORNING, AFTERNOON], counts.sum(axis=1))
    department = np.concatenate([np.repeat(np.arange(departments), counts[h]) for h in (MORNING, AFTERNOON)])
    u, z = rng.random((14, n)), rng.standard_normal((4, n))
    booked = u[0] < bookings / asked
    elderly = u[1] < v["elderly_share"]
    follow_up = u[2] < v["follow_up_share"]
    tested = (~follow_up) & (u[3] < min(v["test_share"] / max(1 - v["follow_up_share"], 1e-9), 1.0))
    image = u[4] < v["imaging_share"]
    no_show = v["no_show"] if reality.no_show is None else reality.no_show
    adoption = np.where(elderly, v["digital_elderly_share"], v["digital_share"]) * reality.digital
    absence, seats = np.random.default_rng([seed, kind, index, 1]), (2, *house.pace.shape)
    sigma = np.log1p(v["consult_variation"] ** 2) ** 0.5
    report = np.where(image, v["imaging_report_minutes"], v["laboratory_report_minutes"]) * reality.reports
    return Day(
        weekday=weekday, number=index * 100_000 + np.arange(n), department=department, half=half, booked=booked,
        comes=~booked | (u[5] >= no_show), elderly=elderly, far=u[6] < v["far_share"], digital=u[7] < adoption,
        follow_up=follow_up, needs=np.where(tested, np.where(image, IMAGE, LABORATORY), NONE),
        consult=v["consult_minutes"] * reality.consult * np.exp(sigma * z[0] - sigma**2 / 2),
        back=v["return_minutes"] * reality.consult * np.exp(0.47 * z[1] - 0.47**2 / 2),
        test=np.where(image, v["imaging_minutes"], v["laboratory_minutes"]) * (0.5 + u[8]),
        report=0.5 * report - 0.5 * report * np.log1p(-u[9]),
        wish=(u[10] ** v["walk_in_shape"]) * 0.92, crowd=u[11], slot=u[12], doctor=u[13],
        other_doctor=rng.random(n), right=rng.random(n), normal=z[2] * reality.unpunctual,
        guided=z[3] * reality.unpunctual, keeps=rng.random(n) < v["keeps_time_share"],
        late=v["doctor_late_minutes"] * absence.standard_exponential(seats),
        away=v["interruption_minutes"] * absence.standard_exponential(seats), away_at=absence.random(seats),
    )  # fmt: skip
