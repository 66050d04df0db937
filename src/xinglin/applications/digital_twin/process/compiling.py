"""From a checked network to the flat arrays of ``World``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .checking import fits, kind_shares, kinds, places
from .drawing import KINDS
from .network import Calendar, Distribution, Network, always
from .world import CALENDAR, MARKS, PERSON, POOL, SOURCE, STATION, VISIT, World


@dataclass
class Tables:
    """Rows gathered while a network is walked."""

    rows: list[list[int]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    calendars: list[tuple[int, int, float]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    choices: list[tuple[int, int]] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    known: dict[tuple[tuple[int, float], ...], int] = field(default_factory=dict)

    def distribution(self, given: Distribution) -> int:
        """The row of a distribution; that of a mixture is followed by rows for its parts."""
        self.rows.append([])
        return self._fill(len(self.rows) - 1, given)

    def _fill(self, row: int, given: Distribution) -> int:
        values = list(np.cumsum(given.values) / sum(given.values)) if given.kind == "mixture" else list(given.values)
        first = len(self.values)
        self.values += values
        parts = len(self.rows)
        self.rows += [[] for _ in given.parts]
        self.rows[row] = [KINDS[given.kind], first, len(values), parts, int(given.signed)]
        for i, part in enumerate(given.parts):
            self._fill(parts + i, part)
        return row

    def calendar(self, given: Calendar) -> int:
        self.calendars.append((len(self.starts), len(given.starts), given.period_minutes or 0.0))
        self.starts += given.starts
        self.levels += given.levels
        return len(self.calendars) - 1

    def choice(self, options: list[tuple[int, float]]) -> int:
        """The row of an alias table (Vose 1991) over (target, weight)."""
        key = tuple(options)
        if key in self.known:
            return self.known[key]
        first, n = len(self.target), len(options)
        total = sum(weight for _, weight in options)
        left = [weight * n / total for _, weight in options]
        share, other = [1.0] * n, list(range(n))
        small, large = [i for i in range(n) if left[i] < 1], [i for i in range(n) if left[i] >= 1]
        while small and large:
            i, j = small.pop(), large[-1]
            share[i], other[i] = left[i], j
            left[j] -= 1 - left[i]
            if left[j] < 1:
                small.append(large.pop())
        self.share += share
        self.other += other
        self.target += [target for target, _ in options]
        self.choices.append((first, n))
        self.known[key] = len(self.choices) - 1
        return self.known[key]


@dataclass(frozen=True)
class Sizes:
    """How many patients at once, events pending and lines of log there is room for."""

    people: int = 4096
    log: int = 0

    def doubled(self) -> Sizes:
        return Sizes(self.people * 4, self.log * 4)


def compiled(network: Network, sizes: Sizes) -> World:
    """The arrays of a network, which must have passed ``check``; the state in them is fresh only after ``reset``."""
    tables = Tables()
    classes = {each.name: i for i, each in enumerate(network.classes)}
    service = [
        [tables.distribution(station.service_by.get(name, station.service)) for name in classes]
        for station in network.stations
    ]
    stations, station_pools, pool_queues, pools, queues = _staffed(network, tables)
    sources = _sources(network, tables)
    routes = _routes(network, tables)
    levels, level_count = _levels(network)
    names = [each.name for each in network.sources], [each.name for each in network.stations]
    purposes = [f"{p} {n}" for n in names[0] for p in ("arrival", "attribute", "entry")]
    purposes += [f"{p} {n}" for n in names[1] for p in ("service", "route")]
    n_classes, n_pools = len(classes), max(len(pools), 1)
    return World(
        table=np.array(tables.rows, np.int64),
        values=np.array(tables.values, float),
        service=np.array(service, np.int32),
        levels=levels,
        station_pools=np.array([*station_pools, 0], np.int32),
        pool_queues=np.array([*pool_queues, 0], np.int32),
        routes=routes,
        choices=np.array(tables.choices, np.int64),
        share=np.array(tables.share, float),
        other=np.array(tables.other, np.int64),
        target=np.array(tables.target, np.int64),
        class_of=np.array([classes[name] for name, _ in kinds(network)], np.int32),
        calendars=np.array(tables.calendars, CALENDAR),
        calendar_starts=np.array([*tables.starts, 0.0], float),
        calendar_levels=np.array([*tables.levels, 0.0], float),
        sources=sources,
        keys=np.array([_key(purpose) for purpose in purposes], np.uint64),
        streams=np.zeros((len(purposes), 2), np.uint64),
        heap_times=np.zeros(2 * sizes.people + 1024),
        heap_whats=np.zeros(2 * sizes.people + 1024, np.int64),
        marks=np.zeros(MARKS, np.int64),
        people=np.zeros(sizes.people, PERSON),
        stations=stations,
        pools=pools,
        heads=np.full((max(queues, 1), level_count), -1, np.int32),
        tails=np.full((max(queues, 1), level_count), -1, np.int32),
        serving=np.full((n_pools, level_count), -1, np.int32),
        unsettled=np.zeros(n_pools, np.int32),
        booked_times=np.zeros(0),
        booked_due=np.zeros(0),
        booked_source=np.zeros(0, np.int32),
        booked_step=np.zeros((0, 3), np.int64),
        step_station=np.zeros(0, np.int32),
        step_minutes=np.zeros(0),
        step_rank=np.zeros(0),
        tally=np.zeros((len(stations), n_classes, 5)),
        visits=np.zeros((n_classes, 4)),
        log=np.zeros(sizes.log, VISIT),
    )


def _key(purpose: str) -> int:
    """A stream's key from what it is for, so that it keeps its numbers when another station is added."""
    return int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "little")


def _staffed(network: Network, tables: Tables) -> tuple[Any, list[int], list[int], Any, int]:
    """Stations and pools; stations with the same pools share one queue."""
    pool_index = {pool.name: i for i, pool in enumerate(network.pools)}
    queue_of: dict[frozenset[int], int] = {}
    station_pools: list[int] = []
    stations = np.zeros(len(network.stations), STATION)
    for row, station in zip(stations, network.stations, strict=True):
        wanted = [pool_index[name] for name in station.pools]
        row["first_pool"], row["pools"] = len(station_pools), len(wanted)
        station_pools += wanted
        row["queue"] = queue_of.setdefault(frozenset(wanted), len(queue_of)) if wanted else -1
        row["places"] = -1 if station.waiting_places is None else station.waiting_places
        row["batch"], row["hold"], row["gathering"] = station.batch, station.hold, -1
        row["batch_wait"] = -1.0 if station.batch_wait_minutes is None else station.batch_wait_minutes
    pool_queues: list[int] = []
    queues_of: dict[int, list[int]] = {}
    for wanted_by, queue in queue_of.items():
        for i in wanted_by:
            queues_of.setdefault(i, []).append(queue)
    pools = np.zeros(len(network.pools), POOL)
    for i, (row, pool) in enumerate(zip(pools, network.pools, strict=True)):
        mine = queues_of.get(i, [])
        row["first_queue"], row["queues"] = len(pool_queues), len(mine)
        row["preemptive"], row["calendar"] = pool.preemptive, tables.calendar(pool.capacity)
        pool_queues += mine
    return stations, station_pools, pool_queues, pools, len(queue_of)


def _sources(network: Network, tables: Tables) -> Any:
    sources = np.zeros(len(network.sources), SOURCE)
    for row, source in zip(sources, network.sources, strict=True):
        row["every"] = -1 if source.every is None else tables.distribution(source.every)
        row["calendar"] = tables.calendar(source.rate or always(0))
        row["kinds"] = tables.choice([(k, share) for k, share in enumerate(kind_shares(network, source)) if share > 0])
        row["group"], row["appointments"] = source.group, source.appointments is not None
    return sources


def _routes(network: Network, tables: Tables) -> Any:
    index: dict[str | None, int] = {station.name: i for i, station in enumerate(network.stations)}
    index[None] = -1
    every_kind = kinds(network)
    rows = []
    for _, routes in places(network):
        row = []
        for kind in every_kind:
            options = [(index[r.to], r.probability) for r in routes if fits(r, kind) and r.probability > 0]
            rest = 1 - sum(weight for _, weight in options)
            row.append(tables.choice(options + ([(-1, rest)] if rest > 1e-9 else [])))
        rows.append(row)
    return np.array(rows, np.int32)


def _levels(network: Network) -> tuple[Any, int]:
    given = [
        [each.priority if station.priority is None else station.priority for each in network.classes]
        for station in network.stations
    ]
    dense = {priority: i for i, priority in enumerate(sorted({each for row in given for each in row}))}
    return np.array([[dense[each] for each in row] for row in given], np.int32), len(dense)
