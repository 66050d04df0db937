"""What a clinic's past visits teach: lengths, paces of doctors, tests, punctuality, who comes when, who does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .model import BIN_MINUTES, HORIZON_MINUTES, QUANTILES, Habits, Quantiles, Seen

_DAY_BINS = 48
_BINS = int(HORIZON_MINUTES / BIN_MINUTES) + 2
_FEW = 8
_LOG_FLOOR_MINUTES = 0.3
_GRID = np.linspace(0, 1, QUANTILES)
# Where nothing was seen yet: guesses, which the page says are guesses. Minutes; first and again over the doctor's pace.
_USUAL: dict[str, tuple[float, ...]] = {
    "first": (0.3, 0.6, 0.85, 1.0, 1.2, 1.6, 3.5),
    "again": (0.15, 0.25, 0.4, 0.5, 0.6, 0.9, 2.0),
    "gap": (0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 3.0),
    "tests": (5.0, 12.0, 18.0, 22.0, 30.0, 40.0, 70.0),
    "late": (-45.0, -25.0, -15.0, -10.0, -5.0, 2.0, 30.0),
    "lead": (5.0, 20.0, 35.0, 50.0, 65.0, 80.0, 120.0),
    "missed": (0.5, 0.8, 1.0, 1.0, 1.2, 1.5, 3.0),
    "away": (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 30.0),
}
_USUAL_PACE_MINUTES, _USUAL_VARIANCE = 6.5, 0.4
_DOCTOR_VARIANCE, _DAY_VARIANCE, _LEAST_VARIANCE = 0.08, 0.02, 0.0025
_BUSY_SHAPE = 60.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """``walk_ins`` and ``bookers``: people an hour by half-hour of the day. ``doctors``: mean and variance of the
    logarithm of a doctor's pace. ``busy``: shape of how days differ in how many come."""

    tables: dict[str, Quantiles]
    tested: float
    comes: float
    missed: float
    walk_ins: tuple[float, ...]
    bookers: tuple[float, ...]
    busy: float
    pace: float
    of_visits: float
    of_days: float
    of_doctors: float
    doctors: dict[str, tuple[float, float]] = field(default_factory=dict)
    visits: int = 0
    past_days: int = 0


def learn(past: Sequence[Seen], kept: int = 0, missed: int = 0, days: int | None = None) -> Learnt:
    """From visits of past days; ``kept`` and ``missed`` are appointments to which people came or not, ``days`` on how
    many days anything was looked at (else those with a visit). Few visits lean on what is usual, and ``visits`` says
    so."""
    number = len({one.day for one in past}) if days is None else days
    pace, of_visits, of_days, of_doctors, doctors = _paces(past)
    done = [one for one in past if one.first is not None]
    calls = sum(one.called for one in past) + sum(one.missed for one in past)
    walk_ins = _rates([one.arrived for one in past if one.due is None], number)
    bookers = _rates([one.booked for one in past if one.booked is not None], number)
    return Learnt(
        tables=_tables(past, done, pace, doctors),
        tested=(sum(one.tests is not None for one in done) + 1) / (len(done) + 6),
        comes=(kept + 9) / (kept + missed + 10),
        missed=(sum(one.missed for one in past) + 0.3) / (calls + 10),
        walk_ins=walk_ins,
        bookers=bookers,
        busy=_busyness(past, number),
        pace=pace,
        of_visits=of_visits,
        of_days=of_days,
        of_doctors=of_doctors,
        doctors=doctors,
        visits=len(done),
        past_days=number,
    )


def now(learnt: Learnt, today: Sequence[Seen], minute: float) -> tuple[Habits, Callable[[str], tuple[float, float]]]:
    """Habits from ``minute`` of the day on, and each doctor's pace (mean and deviation of the logarithm), with what was
    seen today so far."""
    new = [one for one in today if one.due is None or one.booked is not None]
    shape, rate = learnt.busy, learnt.busy
    walk_ins, bookers = (rates_from(rates, minute) for rates in (learnt.walk_ins, learnt.bookers))
    if learnt.past_days:
        shape += len(new)
        rate += _so_far(learnt.walk_ins, minute) + _so_far(learnt.bookers, minute)
    else:
        walk_ins, bookers, shape = _of_today(new, minute)
        rate = shape
    habits = Habits(
        **learnt.tables, walk_ins=walk_ins, bookers=bookers, tested_share=learnt.tested, comes_share=learnt.comes,
        missed_share=learnt.missed, days=(shape, rate), visits=learnt.visits, past_days=learnt.past_days,
    )  # fmt: skip
    logs: dict[str, list[float]] = defaultdict(list)
    for one in today:
        if one.first is not None and one.doctor is not None:
            logs[one.doctor].append(_log(one.first))
    return habits, lambda doctor: _pace_today(learnt, doctor, logs.get(doctor, ()))


def _pace_today(learnt: Learnt, doctor: str, logs: Sequence[float]) -> tuple[float, float]:
    mean, variance = learnt.doctors.get(doctor, (learnt.pace, learnt.of_doctors + _LEAST_VARIANCE))
    variance += learnt.of_days
    if logs:
        of_mean = learnt.of_visits / len(logs)
        weight = variance / (variance + of_mean)
        mean, variance = mean + weight * (float(np.mean(logs)) - mean), variance * (1 - weight)
    return mean, float(np.sqrt(variance))


def _paces(past: Sequence[Seen]) -> tuple[float, float, float, float, dict[str, tuple[float, float]]]:
    """Mean log pace; variances of visits, of a doctor's days, of doctors; each doctor's own, shrunk towards the mean
    (the method of moments; Searle, Casella, McCulloch 1992, ch. 3)."""
    by: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in past:
        if one.first is not None and one.doctor is not None:
            by[one.doctor][one.day].append(_log(one.first))
    every = [log for days in by.values() for logs in days.values() for log in logs]
    if len(every) < _FEW:
        return float(np.log(_USUAL_PACE_MINUTES)), _USUAL_VARIANCE, _DAY_VARIANCE, _DOCTOR_VARIANCE, {}
    cells = [
        (float(np.mean(logs)), float(np.var(logs)), len(logs), doctor)
        for doctor, days in by.items()
        for logs in days.values()
    ]
    freedom = max(1, len(every) - len(cells))
    of_visits = max(0.02, sum(variance * count for _, variance, count, _ in cells) / freedom)
    means = {doctor: float(np.mean([log for logs in days.values() for log in logs])) for doctor, days in by.items()}
    apart = [(mean - means[doctor]) ** 2 - of_visits / count for mean, _, count, doctor in cells]
    spare = max(1, len(cells) - len(by))
    of_days = max(
        _LEAST_VARIANCE, (sum(apart) / spare * 6 + _DAY_VARIANCE * 4) / 10 if len(cells) > len(by) else _DAY_VARIANCE
    )
    middle = float(np.mean(list(means.values())))
    of_doctors = max(0.01, float(np.var(list(means.values()), ddof=1))) if len(means) > 2 else _DOCTOR_VARIANCE
    doctors = {}
    for doctor, days in by.items():
        own = of_days / len(days) + of_visits / sum(map(len, days.values()))
        weight = of_doctors / (of_doctors + own)
        doctors[doctor] = middle + weight * (means[doctor] - middle), of_doctors * (1 - weight)
    return middle, of_visits, of_days, of_doctors, doctors


def _tables(
    past: Sequence[Seen], done: Sequence[Seen], pace: float, doctors: dict[str, tuple[float, float]]
) -> dict[str, Quantiles]:
    def over(one: Seen, minutes: float) -> float:
        return minutes / float(np.exp(doctors.get(one.doctor or "", (pace, 0.0))[0]))

    values: dict[str, list[float]] = {
        "first": [over(one, one.first) for one in done if one.first is not None],
        "again": [over(one, one.again) for one in done if one.again is not None],
        "gap": [one.gap for one in past if one.gap is not None],
        "tests": [one.tests for one in past if one.tests is not None],
        "late": [one.arrived - one.due for one in past if one.due is not None],
        "lead": [one.due - one.booked for one in past if one.due is not None and one.booked is not None],
        "missed": [],
        "away": [],
    }
    return {name: table(found, _USUAL[name]) for name, found in values.items()}


def table(values: Sequence[float], usual: Sequence[float]) -> Quantiles:
    """Quantiles of ``values``, mixed with the usual ones where they are few; the ends reach a little further than
    what was seen."""
    guess = np.interp(_GRID, np.linspace(0, 1, len(usual)), usual)
    if not len(values):
        return tuple(map(float, guess))
    found: Any = np.quantile(values, _GRID, method="hazen")
    weight = min(1.0, len(values) / 40)
    found = weight * found + (1 - weight) * guess
    found[-1] += 0.5 * (found[-1] - found[-2])
    return tuple(map(float, found))


def _rates(minutes: Sequence[float], days: int) -> tuple[float, ...]:
    """People an hour by half-hour, each half-hour leaning a little on its neighbours."""
    if days == 0:
        return (0.0,) * _DAY_BINS
    counts = np.bincount([min(_DAY_BINS - 1, max(0, int(m // BIN_MINUTES))) for m in minutes], minlength=_DAY_BINS)
    hourly = counts / days * 60 / BIN_MINUTES
    smooth = np.convolve(hourly, (0.15, 0.7, 0.15), mode="same")
    return tuple(float(value) for value in np.where(hourly + np.roll(hourly, 1) + np.roll(hourly, -1) > 0, smooth, 0))


def _busyness(past: Sequence[Seen], days: int) -> float:
    """Gamma shape of a day's number over the usual: what varies more than chance, leaning on a guess where days are
    few."""
    counts: dict[int, int] = defaultdict(int)
    for one in past:
        if one.due is None or one.booked is not None:
            counts[one.day] += 1
    if days < 3 or not counts:
        return _BUSY_SHAPE
    totals = np.array([*counts.values()] + [0] * max(0, days - len(counts)), float)
    more = max(0.0, float(np.var(totals, ddof=1)) - totals.mean()) / totals.mean() ** 2
    return float(1 / ((more * days + 5 / _BUSY_SHAPE) / (days + 5)))


def rates_from(rates: Sequence[float], minute: float, bins: int = _BINS) -> tuple[float, ...]:
    """The rates of the half-hours that begin now, of those of the clock."""
    at = minute / BIN_MINUTES
    first, share = int(at), at - int(at)
    return tuple(
        (1 - share) * rates[(first + k) % _DAY_BINS] + share * rates[(first + k + 1) % _DAY_BINS] for k in range(bins)
    )


def _so_far(rates: Sequence[float], minute: float) -> float:
    whole, share = divmod(minute / BIN_MINUTES, 1)
    return (sum(rates[: int(whole)]) + share * rates[int(whole) % _DAY_BINS]) * BIN_MINUTES / 60


def _of_today(new: Sequence[Seen], minute: float) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Without a past day the last three hours go on, with the doubt of so few."""
    first = min([one.arrived for one in new], default=minute)
    since = max(first, minute - 180)
    hours = max(0.5, (minute - since) / 60)
    came = [one for one in new if one.arrived > since]
    walked = sum(one.due is None for one in came)
    return (walked / hours,) * _BINS, ((len(came) - walked) / hours,) * _BINS, len(came) + 1.0


def _log(minutes: float) -> float:
    return float(np.log(max(_LOG_FLOOR_MINUTES, minutes)))
