"""A ward's census and discharges for the next 72 hours, from stays so far and past stays (discrete survival).

Kaplan and Meier's hazard by day of stay with delayed entry (a stay counts from the day on which it was first seen),
leaning on the whole house's and on what is usual; whoever is still here at this hour has the rest of today's chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erf, log, sqrt
from typing import Any

import numpy as np

from .model import PROBABILITIES, PastStay, Quantiles, Ward, WardForeseen

HOURS = 72
_DAYS = 61
_USUAL_MEDIAN_DAYS, _USUAL_SIGMA = (
    6.5,
    0.75,
)  # a guess around the national mean of 8.8 days (outcome/reference_wards.toml)
_USUAL_WEIGHT, _HOUSE_WEIGHT = 0.5, 3.0
_USUAL_HOURS = (9.0, 10.0, 10.5, 11.0, 11.5, 12.0, 13.0, 14.0, 15.0, 16.5)
_FEW_HOURS = 20


@dataclass(frozen=True, slots=True)
class Staying:
    """``hazard``: the chance to leave on each day of a stay, given that one is there; ``hours``: of the day, when."""

    hazard: Any
    hours: Any
    stays: int


def learn_stays(own: Sequence[PastStay], house: Sequence[PastStay]) -> Staying:
    """How long people stay in a ward: its own past, leaning on the house's, which leans on what is usual."""
    usual = _usual_hazard()
    left, there = _counts(house)
    of_house = (left + _USUAL_WEIGHT * 4 * usual) / (there + _USUAL_WEIGHT * 4)
    left, there = _counts(own)
    hazard = (left + _HOUSE_WEIGHT * of_house) / (there + _HOUSE_WEIGHT)
    hazard[-1] = 1.0
    hours = [one.hour for one in own if one.ended and one.hour is not None]
    if len(hours) < _FEW_HOURS:
        hours += [one.hour for one in house if one.ended and one.hour is not None]
    if len(hours) < _FEW_HOURS:
        hours += list(_USUAL_HOURS)
    return Staying(hazard, np.sort(np.array(hours)), sum(one.ended for one in own))


def foresee_ward(ward: Ward, staying: Staying, replications: int = 1000, seed: int = 1) -> WardForeseen:
    """The ward's next 72 hours; the same ward and seed give the same."""
    random = np.random.default_rng((seed, len(ward.days)))
    leaves = _leaving(ward, staying, replications, random)
    come, go = _newcomers(ward, staying, replications, random)
    grid = np.arange(HOURS + 1)
    gone = _until(leaves, grid)
    came, gone_again = _until(come, grid), _until(go, grid)
    census = len(ward.days) - gone + came - gone_again
    full = None
    if ward.beds is not None:
        most = np.maximum.accumulate(census, axis=1) >= ward.beds
        full = tuple(round(float(share), 3) for share in most.mean(axis=0))
        census = np.minimum(census, max(ward.beds, len(ward.days)))  # whoever comes to a full ward waits elsewhere
    return WardForeseen(ward.ward, ward.beds, _quantiles(census), _quantiles(gone + gone_again), full, staying.stays)


def _leaving(ward: Ward, staying: Staying, replications: int, random: Any) -> Any:
    """Hours from now at which each who is here leaves: replication by person."""
    days = np.minimum(np.array(ward.days, int), _DAYS - 1)
    later = 1 - np.searchsorted(staying.hours, ward.hour) / len(staying.hours)
    whole = staying.hazard[days]
    today = whole * later / np.maximum(1e-9, 1 - whole * (1 - later))
    out = _first_day(days, staying.hazard, random.random((replications, len(days))), today)
    here = np.floor(random.random(out.shape) * len(staying.hours)).astype(int)
    hour = staying.hours[here]
    first = len(staying.hours) - max(1, round(later * len(staying.hours)))
    late = staying.hours[first + (here % max(1, len(staying.hours) - first))]
    hour = np.where(out == 0, np.maximum(late, ward.hour + 0.1), hour)
    return out * 24.0 + hour - ward.hour


def _first_day(days: Any, hazard: Any, chance: Any, today: Any) -> Any:
    """The number of days from today to the one of leaving, by inversion of the survival (up to four)."""
    out = np.full(chance.shape, 4)
    still = np.ones(len(days))
    taken = np.zeros(chance.shape, bool)
    for ahead in range(4):
        risk = today if ahead == 0 else hazard[np.minimum(days + ahead, len(hazard) - 1)]
        still = still * (1 - risk)
        leaves = ~taken & (chance >= still)
        out[leaves] = ahead
        taken |= leaves
    return out


def _newcomers(ward: Ward, staying: Staying, replications: int, random: Any) -> tuple[Any, Any]:
    """Hours from now at which people come and leave again: replication by newcomer, 1e9 where there is none."""
    hourly = np.array([ward.arrivals[int(ward.hour + ahead) % 24] for ahead in range(HOURS)])
    doubt = 10.0 + hourly.sum() / HOURS * 24 * ward.arrival_days
    busier = random.gamma(doubt, 1 / doubt, (replications, 1))
    counts = random.poisson(hourly * busier)
    most = int(counts.sum(axis=1).max(initial=0))
    come = np.full((replications, most), 1e9)
    for row, number in zip(come, counts, strict=True):
        at = np.repeat(np.arange(HOURS), number)
        row[: len(at)] = at
    come = come + random.random(come.shape)
    day = np.floor((come + ward.hour) / 24)
    out = _first_day(np.zeros(most, int), staying.hazard, random.random(come.shape), staying.hazard[[0] * most])
    hour = staying.hours[np.floor(random.random(come.shape) * len(staying.hours)).astype(int)]
    return come, np.maximum(come + 0.5, (day + out) * 24 + hour - ward.hour)


def _until(times: Any, grid: Any) -> Any:
    """How many of each row's times lie at or before each hour of the grid."""
    at = np.clip(np.ceil(times), 0, len(grid)).astype(int)
    counts = np.zeros((len(times), len(grid) + 1), int)
    np.add.at(counts, (np.arange(len(times))[:, None], at), 1)
    return counts.cumsum(axis=1)[:, : len(grid)]


def _quantiles(values: Any) -> tuple[Quantiles, ...]:
    found = np.quantile(values, PROBABILITIES, axis=0, method="inverted_cdf").T
    return tuple(tuple(float(value) for value in row) for row in found)


def _counts(stays: Sequence[PastStay]) -> tuple[Any, Any]:
    """By day of stay: how many left on it, and how many were there to."""
    left, there = np.zeros(_DAYS), np.zeros(_DAYS)
    for one in stays:
        last = min(one.last_day, _DAYS - 1)
        there[one.first_day : last + one.ended] += 1
        left[last] += one.ended
    return left, there


def _usual_hazard() -> Any:
    edges = [0.0] + [
        0.5 * (1 + erf((log(day + 0.5) - log(_USUAL_MEDIAN_DAYS)) / (_USUAL_SIGMA * sqrt(2)))) for day in range(_DAYS)
    ]
    return np.array([(b - a) / max(1e-9, 1 - a) for a, b in pairwise(edges)])
