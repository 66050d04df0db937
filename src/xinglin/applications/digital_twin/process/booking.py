"""Booked arrivals of one replication: who comes, and when."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from .compiling import Tables
from .drawing import draw, uniform
from .network import Distribution, Network
from .world import World


def bookings(network: Network, horizon: float) -> list[tuple[int, Any, Any, float]]:
    """Every source with appointments: its number, its times up to the horizon, its punctuality and its no-shows."""
    found = []
    for i, source in enumerate(network.sources):
        booked = source.appointments
        if booked is None:
            continue
        times = np.array(sorted(booked.times), float)
        if booked.period_minutes is not None:
            cycles = np.arange(math.ceil(horizon / booked.period_minutes)) * booked.period_minutes
            times = (cycles[:, None] + times).ravel()
        times = np.repeat(times[times <= horizon], source.group)
        distribution = compiled_alone(booked.punctuality)
        found.append((i, times, distribution, booked.no_show))
    return found


def compiled_alone(distribution: Distribution) -> tuple[Any, Any]:
    """The table and the values of one distribution, for ``draw``."""
    tables = Tables()
    tables.distribution(distribution)
    return np.array(tables.rows, np.int64), np.array(tables.values, float)


def booked_world(w: World, bookings: list[Any], stop: float) -> World:
    """The world with this replication's booked arrivals, in the order in which people come."""
    if not bookings:
        nobody = np.zeros(0)
        return w._replace(
            booked_times=nobody, booked_due=nobody, booked_source=np.zeros(0, np.int32), booked_step=_drawn(0)
        )
    times, due, source = [], [], []
    for i, slots, (table, values), no_show in bookings:
        come = _arrival_times(w.streams, 3 * i, slots, table, values, no_show)
        here = come >= 0
        times.append(come[here])
        due.append(slots[here])
        source.append(np.full(int(here.sum()), i, np.int32))
    at = np.concatenate(times)
    order = np.argsort(at, kind="stable")
    order = order[at[order] <= stop]
    return w._replace(
        booked_times=at[order], booked_due=np.concatenate(due)[order], booked_source=np.concatenate(source)[order],
        booked_step=_drawn(len(order)),
    )  # fmt: skip


def _drawn(count: int) -> Any:
    """That many patients without an itinerary."""
    return np.full((count, 3), -1, np.int64)


@njit(cache=True)
def _arrival_times(streams: Any, stream: Any, slots: Any, table: Any, values: Any, no_show: Any) -> Any:
    """When each booked person comes, not before 0; -1 for those who do not."""
    out = slots.copy()
    for i in range(slots.shape[0]):
        absent = uniform(streams, stream) < no_show
        late = draw(streams, stream, table, values, 0)
        out[i] = -1.0 if absent else max(slots[i] + late, 0.0)
    return out
