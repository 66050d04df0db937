"""The flat arrays that compiled code works on: a network's tables, and the state of one replication."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

PERSON = np.dtype(
    [
        ("station", "i4"), ("kind", "i4"), ("link", "i4"), ("pool", "i4"), ("held", "i4"), ("token", "i4"),
        ("level", "i4"), ("member", "i4"), ("before", "i4"), ("after", "i4"), ("source", "i4"), ("begun", "i4"),
        ("serial", "i8"), ("step", "i8"), ("last_step", "i8"), ("arrived", "f8"), ("due", "f8"), ("queued", "f8"),
        ("started", "f8"), ("ends", "f8"), ("remaining", "f8"), ("rank", "f8"),
    ]
)  # fmt: skip
STATION = np.dtype(
    [
        ("first_pool", "i4"), ("pools", "i4"), ("queue", "i4"), ("places", "i4"), ("batch", "i4"), ("hold", "i4"),
        ("waiting", "i4"), ("gathered", "i4"), ("gathering", "i4"), ("serial", "i4"), ("batch_wait", "f8"),
    ]
)  # fmt: skip
POOL = np.dtype(
    [
        ("busy", "i4"), ("capacity", "i4"), ("preemptive", "i4"), ("first_queue", "i4"), ("queues", "i4"),
        ("calendar", "i4"), ("step", "i4"), ("pending", "i4"), ("cycle", "f8"), ("last", "f8"), ("worked", "f8"),
        ("offered", "f8"),
    ]
)  # fmt: skip
SOURCE = np.dtype([("every", "i4"), ("calendar", "i4"), ("kinds", "i4"), ("group", "i4"), ("appointments", "i4")])
CALENDAR = np.dtype([("first", "i4"), ("count", "i4"), ("period", "f8")])
VISIT = np.dtype(
    [
        ("case", "i8"), ("station", "i4"), ("pool", "i4"), ("kind", "i4"), ("source", "i4"), ("arrived", "f8"),
        ("due", "f8"), ("queued", "f8"), ("started", "f8"), ("ended", "f8"),
    ]
)  # fmt: skip

# Places in ``marks`` after those of the heap (SIZE, HOLE, FULL).
FREE, INSIDE, SERIAL, LOGGED, UNSETTLED, EVENTS, NEXT_BOOKED, UNUSED = range(3, 11)
MARKS = 11
# Columns of ``tally`` (by station and class) and of ``visits`` (by class).
BEGUN, WAIT, WAIT_SQUARED, ENDED, STAY = range(5)
LEFT, LENGTH, LENGTH_SQUARED, LOST = range(4)


class World(NamedTuple):
    """Tables first (never written by a run), then state. Index ``-1`` is nobody and nothing."""

    table: Any  # distributions: kind, first value, count, first part, signed
    values: Any
    service: Any  # [station, class] distribution
    levels: Any  # [station, class] dense priority, 0 first
    station_pools: Any
    pool_queues: Any
    routes: Any  # [station, then source; kind] row of choices
    choices: Any  # rows: first, count
    share: Any  # alias method: by option
    other: Any
    target: Any
    class_of: Any  # by kind
    calendars: Any
    calendar_starts: Any
    calendar_levels: Any
    sources: Any
    keys: Any  # what every stream is seeded from

    streams: Any
    heap_times: Any
    heap_whats: Any
    marks: Any
    people: Any
    stations: Any
    pools: Any
    heads: Any  # [queue, level]
    tails: Any
    serving: Any  # [pool, level] latest begun, of preemptive pools
    unsettled: Any
    booked_times: Any
    booked_due: Any
    booked_source: Any  # -1: an itinerary
    booked_step: Any  # first and last step of the itinerary and its class; -1 of those who have none
    step_station: Any
    step_minutes: Any
    step_rank: Any
    tally: Any
    visits: Any
    log: Any
