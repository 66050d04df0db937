"""How compiled code sees a world: one record of addresses and counts, and a view on each array.

A tuple of thirty arrays passed between compiled functions costs an atomic reference count at every touch (measured: 13
times slower); a record costs nothing. Whoever passes it keeps the arrays alive.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .world import CALENDAR, MARKS, PERSON, POOL, SOURCE, STATION, VISIT, World

_COUNTS = (
    *("booked", "calendars", "choices", "classes", "heap", "kinds", "levels", "log", "marks", "options", "people"),
    *("places", "pool_queues", "pools", "queues", "sources", "station_pools", "stations", "steps", "streams", "walks"),
    *("table", "values"),
)


def _stamp() -> str:
    """A field's name that changes with any source beside this one: what was compiled before is then not used again.

    numba itself looks at the file of the cached function alone, and would run old code on a new layout.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return f"source_{hashlib.blake2b(b''.join(each.read_bytes() for each in sources), digest_size=6).hexdigest()}"


_RECORD = np.dtype(
    [(name, "i8") for name in World._fields] + [(f"n_{name}", "i8") for name in _COUNTS] + [(_stamp(), "i8")]
)


def record(w: World) -> Any:
    """The addresses and counts of a world's arrays, as an array of one record; valid while ``w`` lives."""
    made = np.zeros(1, _RECORD)
    for name, array in w._asdict().items():
        made[name] = array.ctypes.data
    counts = {
        "booked": w.booked_times, "calendars": w.calendars, "choices": w.choices, "heap": w.heap_times,
        "kinds": w.class_of, "log": w.log, "options": w.share, "people": w.people, "places": w.routes,
        "pool_queues": w.pool_queues, "pools": w.pools, "queues": w.heads, "sources": w.sources,
        "station_pools": w.station_pools, "stations": w.stations, "steps": w.calendar_starts, "streams": w.streams,
        "table": w.table, "values": w.values, "classes": w.visits, "walks": w.step_minutes,
    }  # fmt: skip
    for name, array in counts.items():
        made[f"n_{name}"] = array.shape[0]
    made["n_levels"], made["n_marks"] = w.heads.shape[1], MARKS
    return made


def _point(_: Any, address: Any) -> Any:
    """An address as a pointer that ``carray`` takes."""

    def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


_pointer: Any = intrinsic(_point)
_view = njit(cache=True, forceinline=True)


@_view
def table(w: Any) -> Any:
    return carray(_pointer(w.table), (w.n_table, 5), np.int64)


@_view
def values(w: Any) -> Any:
    return carray(_pointer(w.values), w.n_values, np.float64)


@_view
def service(w: Any) -> Any:
    return carray(_pointer(w.service), (w.n_stations, w.n_classes), np.int32)


@_view
def levels(w: Any) -> Any:
    return carray(_pointer(w.levels), (w.n_stations, w.n_classes), np.int32)


@_view
def station_pools(w: Any) -> Any:
    return carray(_pointer(w.station_pools), w.n_station_pools, np.int32)


@_view
def pool_queues(w: Any) -> Any:
    return carray(_pointer(w.pool_queues), w.n_pool_queues, np.int32)


@_view
def routes(w: Any) -> Any:
    return carray(_pointer(w.routes), (w.n_places, w.n_kinds), np.int32)


@_view
def choices(w: Any) -> Any:
    return carray(_pointer(w.choices), (w.n_choices, 2), np.int64)


@_view
def share(w: Any) -> Any:
    return carray(_pointer(w.share), w.n_options, np.float64)


@_view
def other(w: Any) -> Any:
    return carray(_pointer(w.other), w.n_options, np.int64)


@_view
def target(w: Any) -> Any:
    return carray(_pointer(w.target), w.n_options, np.int64)


@_view
def class_of(w: Any) -> Any:
    return carray(_pointer(w.class_of), w.n_kinds, np.int32)


@_view
def calendars(w: Any) -> Any:
    return carray(_pointer(w.calendars), w.n_calendars, CALENDAR)


@_view
def calendar_starts(w: Any) -> Any:
    return carray(_pointer(w.calendar_starts), w.n_steps, np.float64)


@_view
def calendar_levels(w: Any) -> Any:
    return carray(_pointer(w.calendar_levels), w.n_steps, np.float64)


@_view
def sources(w: Any) -> Any:
    return carray(_pointer(w.sources), w.n_sources, SOURCE)


@_view
def streams(w: Any) -> Any:
    return carray(_pointer(w.streams), (w.n_streams, 2), np.uint64)


@_view
def heap_times(w: Any) -> Any:
    return carray(_pointer(w.heap_times), w.n_heap, np.float64)


@_view
def heap_whats(w: Any) -> Any:
    return carray(_pointer(w.heap_whats), w.n_heap, np.int64)


@_view
def marks(w: Any) -> Any:
    return carray(_pointer(w.marks), w.n_marks, np.int64)


@_view
def people(w: Any) -> Any:
    return carray(_pointer(w.people), w.n_people, PERSON)


@_view
def stations(w: Any) -> Any:
    return carray(_pointer(w.stations), w.n_stations, STATION)


@_view
def pools(w: Any) -> Any:
    return carray(_pointer(w.pools), w.n_pools, POOL)


@_view
def heads(w: Any) -> Any:
    return carray(_pointer(w.heads), (w.n_queues, w.n_levels), np.int32)


@_view
def tails(w: Any) -> Any:
    return carray(_pointer(w.tails), (w.n_queues, w.n_levels), np.int32)


@_view
def serving(w: Any) -> Any:
    return carray(_pointer(w.serving), (w.n_pools, w.n_levels), np.int32)


@_view
def unsettled(w: Any) -> Any:
    return carray(_pointer(w.unsettled), w.n_pools, np.int32)


@_view
def booked_times(w: Any) -> Any:
    return carray(_pointer(w.booked_times), w.n_booked, np.float64)


@_view
def booked_due(w: Any) -> Any:
    return carray(_pointer(w.booked_due), w.n_booked, np.float64)


@_view
def booked_source(w: Any) -> Any:
    return carray(_pointer(w.booked_source), w.n_booked, np.int32)


@_view
def booked_step(w: Any) -> Any:
    return carray(_pointer(w.booked_step), (w.n_booked, 3), np.int64)


@_view
def step_station(w: Any) -> Any:
    return carray(_pointer(w.step_station), w.n_walks, np.int32)


@_view
def step_minutes(w: Any) -> Any:
    return carray(_pointer(w.step_minutes), w.n_walks, np.float64)


@_view
def step_rank(w: Any) -> Any:
    return carray(_pointer(w.step_rank), w.n_walks, np.float64)


@_view
def tally(w: Any) -> Any:
    return carray(_pointer(w.tally), (w.n_stations, w.n_classes, 5), np.float64)


@_view
def visits(w: Any) -> Any:
    return carray(_pointer(w.visits), (w.n_classes, 4), np.float64)


@_view
def log(w: Any) -> Any:
    return carray(_pointer(w.log), w.n_log, VISIT)
