"""The pending events: a binary heap in two flat arrays, with a hole at the top after each take.

Most events put one new event in for the one taken out: it falls into the hole from the top, so the last stays.
"""

from __future__ import annotations

from typing import Any

from numba import njit

SIZE, HOLE, FULL = 0, 1, 2


@njit(cache=True, forceinline=True)
def _sink(times: Any, whats: Any, size: Any, time: Any, what: Any) -> None:
    """Puts an event at the top and lets it sink to its place."""
    i = 0
    child = 1
    while child < size:
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if times[child] >= time:
            break
        times[i] = times[child]
        whats[i] = whats[child]
        i = child
        child = 2 * i + 1
    times[i] = time
    whats[i] = what


@njit(cache=True, forceinline=True)
def close_hole(times: Any, whats: Any, marks: Any) -> None:
    """After this the first entry is the earliest event, if there is one."""
    if marks[HOLE]:
        marks[HOLE] = 0
        marks[SIZE] -= 1
        size = marks[SIZE]
        if size > 0:
            _sink(times, whats, size, times[size], whats[size])


@njit(cache=True, forceinline=True)
def put(times: Any, whats: Any, marks: Any, time: Any, what: Any) -> None:
    """Adds an event; sets FULL and drops it where there is no room."""
    size = marks[SIZE]
    if marks[HOLE]:
        marks[HOLE] = 0
        _sink(times, whats, size, time, what)
        return
    if size >= times.shape[0]:
        marks[FULL] = 1
        return
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if times[parent] <= time:
            break
        times[i] = times[parent]
        whats[i] = whats[parent]
        i = parent
    times[i] = time
    whats[i] = what
    marks[SIZE] = size + 1
