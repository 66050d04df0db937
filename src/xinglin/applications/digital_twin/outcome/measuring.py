"""Means and changes with 95 % intervals over weeks, the unit that is independent: rosters are made by the week."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..process import student
from .demand import DAYS_A_WEEK

Pair = tuple[float, tuple[float, float]]


def by_week(daily: Any) -> Any:
    """Sums of whole weeks."""
    return np.asarray(daily, float).reshape(-1, DAYS_A_WEEK).sum(axis=1)


def ratio(above: Any, below: Any) -> Pair:
    """Sum over sum of daily values, with a jackknife interval over weeks (Student); infinite of one week."""
    return _jackknife(lambda a, b: a.sum() / max(b.sum(), 1e-12), by_week(above), by_week(below))


def reduction(after: Any, before: Any) -> Pair:
    """Percent by which paired sums fell: negative where they rose."""
    return _jackknife(lambda a, b: 100 * (1 - a.sum() / max(b.sum(), 1e-12)), by_week(after), by_week(before))


def change(after: Any, before: Any, units: Any) -> Pair:
    """The paired difference of sums, per unit (a patient, a doctor's session)."""
    difference = np.asarray(after, float) - np.asarray(before, float)
    return ratio(difference, units)


def _jackknife(statistic: Any, a: Any, b: Any) -> Pair:
    whole, n = float(statistic(a, b)), len(a)
    if n < 2:
        return whole, (-np.inf, np.inf)
    left_out = np.array([statistic(np.delete(a, i), np.delete(b, i)) for i in range(n)])
    error = float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))
    half = student(0.975, n - 1) * error
    return whole, (whole - half, whole + half)


def told(pair: Pair, digits: int = 2) -> tuple[float, list[float] | None]:
    """A figure and its interval, rounded; no interval where one week cannot give one."""
    value, (low, high) = pair
    ends = [round(low, digits), round(high, digits)] if np.isfinite([low, high]).all() else None
    return round(value, digits), ends
