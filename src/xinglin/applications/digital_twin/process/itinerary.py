"""Patients whose way is known beforehand: a demand trace, the same whatever the house does with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .checking import kinds, refuse
from .network import Network
from .world import World


@dataclass(frozen=True, slots=True)
class Itineraries:
    """The patients of one replication: arrays, by patient or by step, the steps of a patient one after another.

    By patient: ``arrived`` (minutes, not before 0), ``due`` (minutes; only noted), ``of_class`` (place in the network's
    classes), ``steps`` (how many, at least one). By step: ``station`` (place in the network's stations), ``minutes``
    of service, ``rank`` in the queue within the same priority, the lowest first; below 0: by the time of joining.
    Nothing of such a patient is drawn, so that two houses see the same work.
    """

    arrived: Any
    due: Any
    of_class: Any
    steps: Any
    station: Any
    minutes: Any
    rank: Any


def check_itineraries(network: Network, given: Itineraries) -> None:
    """Raises INVALID where itineraries are of unequal length, or name what the network has not."""
    people = {len(given.arrived), len(given.due), len(given.of_class), len(given.steps)}
    walks = {len(given.station), len(given.minutes), len(given.rank), int(np.sum(given.steps))}
    if len(people) != 1 or len(walks) != 1 or np.any(np.asarray(given.steps) < 1):
        raise refuse("the arrays of itineraries must fit one another", "行程的各数组长度须一致", "itineraries")
    for values, below in ((given.station, len(network.stations)), (given.of_class, len(network.classes))):
        if len(values) and not 0 <= np.min(values) <= np.max(values) < below:
            raise refuse("a station or a class does not exist", "站点或类别不存在", "itineraries")
    for times in (given.arrived, given.minutes):
        if not np.all(np.isfinite(times)) or np.any(np.asarray(times) < 0):
            raise refuse("times must be finite and not negative", "时间须为有限的非负数", "itineraries")


def order_of_arrival(given: Itineraries) -> Any:
    """The places of patients in the order in which the log numbers them (``case``), where nobody else comes."""
    return np.argsort(given.arrived, kind="stable")


def itinerant_world(w: World, network: Network, given: Itineraries, stop: float) -> World:
    """The world with these patients beside those whom its sources book, in the order in which people come."""
    order = order_of_arrival(given)
    order = order[np.asarray(given.arrived)[order] <= stop]
    last = np.cumsum(given.steps) - 1
    of_kind = np.asarray(given.of_class) * (len(kinds(network)) // len(network.classes))
    mine = np.stack([last - given.steps + 1, last, of_kind], axis=1).astype(np.int64)[order]
    times = np.concatenate([w.booked_times, np.asarray(given.arrived, float)[order]])
    together = np.argsort(times, kind="stable")
    return w._replace(
        booked_times=times[together],
        booked_due=np.concatenate([w.booked_due, np.asarray(given.due, float)[order]])[together],
        booked_source=np.concatenate([w.booked_source, np.full(len(order), -1, np.int32)])[together],
        booked_step=np.ascontiguousarray(np.concatenate([w.booked_step, mine])[together]),
        step_station=np.ascontiguousarray(given.station, np.int32),
        step_minutes=np.ascontiguousarray(given.minutes, float),
        step_rank=np.ascontiguousarray(given.rank, float),
    )
