"""Means with confidence intervals, and the t quantile they need."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np


def interval(values: Any, confidence: float = 0.95) -> tuple[float, float]:
    """The mean of independent values and half the width of its Student interval; infinite of a single value."""
    n = len(values)
    if n == 0:
        return math.nan, math.nan
    if n == 1:
        return float(values[0]), math.inf
    return float(np.mean(values)), student(1 - (1 - confidence) / 2, n - 1) * float(np.std(values, ddof=1)) / math.sqrt(
        n
    )


def student(probability: float, freedom: int) -> float:
    """A quantile of Student's t (Hill 1970, algorithm 396, whose error is below 1e-4 from 3 degrees on; 1, 2 exact)."""
    tail = 2 * (1 - probability)
    if freedom == 1:
        return 1 / math.tan(tail * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (tail * (2 - tail)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = (d * tail) ** (2 / freedom)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(tail / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = (
            (1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y
            - 1
        ) * (freedom + 1) / (freedom + 2) + 1 / y
    return math.sqrt(freedom * y)
