"""Working time: a clock that runs as fast as the week's half-hours are busy, so that nights hardly count."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

CELLS = 336
CELL_SECONDS = 1800.0
WEEK_SECONDS = CELLS * CELL_SECONDS
_ROUNDING = 1e-3  # an instant this close to closing time is the next opening
_MONDAY = 3 * 86400.0  # 1 January 1970 was a Thursday: shifts the week to begin on Monday


def speeds(instants: Any, smoothing: float | None) -> Any:
    """Speed of each half-hour of the week (mean 1) from how many instants (local seconds) fall into it.

    ``smoothing`` is added to every cell as a multiple of the mean; none makes an ordinary clock. A negative
    one makes opening hours: full speed where more than that multiple of the mean was seen, none elsewhere.
    """
    if smoothing is None or len(instants) == 0:
        return np.ones(CELLS)
    cell = (((instants + _MONDAY) % WEEK_SECONDS) // CELL_SECONDS).astype(np.int64) % CELLS
    counted = np.bincount(cell, minlength=CELLS) / (len(instants) / CELLS)
    if smoothing < 0:
        is_open = counted > -smoothing
        return is_open / is_open.mean()
    return (counted + smoothing) / (1 + smoothing)


def accumulated(speed: Any) -> Any:
    """Working seconds from the start of the week to the start of each cell, and of the whole week."""
    return np.concatenate([[0.0], np.cumsum(speed) * CELL_SECONDS])


@njit(cache=True)
def of_week(t: Any) -> Any:
    """Seconds since Monday 0:00."""
    return (t + _MONDAY) % WEEK_SECONDS


@njit(cache=True)
def worked(t: Any, cumulated: Any) -> Any:
    """Working seconds at local time ``t``."""
    week = np.floor((t + _MONDAY) / WEEK_SECONDS)
    inside = (t + _MONDAY) - week * WEEK_SECONDS
    cell = min(int(inside / CELL_SECONDS), CELLS - 1)
    speed = cumulated[cell + 1] - cumulated[cell]
    return week * cumulated[CELLS] + cumulated[cell] + speed * (inside / CELL_SECONDS - cell)


@njit(cache=True)
def clock(u: Any, cumulated: Any) -> Any:
    """The local time at which ``u`` working seconds are reached; after a closed stretch its end."""
    week = np.floor(u / cumulated[CELLS])
    rest = u - week * cumulated[CELLS]
    cell = np.searchsorted(cumulated, rest + _ROUNDING, side="right") - 1
    cell = min(max(cell, 0), CELLS - 1)
    speed = cumulated[cell + 1] - cumulated[cell]
    part = max(rest - cumulated[cell], 0.0) / speed if speed > 0.0 else 0.0
    return week * WEEK_SECONDS + (cell + part) * CELL_SECONDS - _MONDAY


@njit(cache=True)
def all_worked(times: Any, cumulated: Any) -> Any:
    """``worked`` of an array."""
    out = np.empty(len(times))
    for i in range(len(times)):
        out[i] = worked(times[i], cumulated)
    return out
