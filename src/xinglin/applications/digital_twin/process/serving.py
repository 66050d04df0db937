"""Compiled: who is served, who waits, who is interrupted and who leaves, at the pools of a world."""

from __future__ import annotations

from typing import Any

from numba import njit

from .drawing import draw
from .heap import put
from .views import (
    class_of,
    heads,
    heap_times,
    heap_whats,
    marks,
    people,
    pool_queues,
    pools,
    service,
    serving,
    station_pools,
    stations,
    step_minutes,
    streams,
    table,
    tails,
    tally,
    unsettled,
    values,
    visits,
)
from .world import BEGUN, FREE, INSIDE, LEFT, LENGTH, LENGTH_SQUARED, LOST, UNSETTLED, WAIT, WAIT_SQUARED

END, ARRIVAL, CHANGE, BATCH_DUE = range(4)
TOKENS = 0xFFFFFF


@njit(cache=True, forceinline=True)
def account(pool: Any, t: Any, warm: Any) -> None:
    """Adds what the pool worked and offered since it last changed, as far as that is after the warm-up."""
    since = max(pool.last, warm)
    if t > since:
        pool.worked += pool.busy * (t - since)
        pool.offered += pool.capacity * (t - since)
    pool.last = t


@njit(cache=True)
def release(w: Any, i: Any, t: Any, warm: Any) -> None:
    """Gives a place of pool ``i`` back; whoever waits for it is called by ``settle``."""
    pool = pools(w)[i]
    account(pool, t, warm)
    pool.busy -= 1
    if not pool.pending:
        pool.pending = 1
        unsettled(w)[marks(w)[UNSETTLED]] = i
        marks(w)[UNSETTLED] += 1


@njit(cache=True)
def leave(w: Any, p: Any, t: Any, warm: Any, lost: Any) -> None:
    person = people(w)[p]
    if person.held >= 0:
        release(w, person.held, t, warm)
    if person.arrived >= warm:
        row = visits(w)[class_of(w)[person.kind]]
        if lost:
            row[LOST] += 1
        else:
            length = t - person.arrived
            row[LEFT] += 1
            row[LENGTH] += length
            row[LENGTH_SQUARED] += length * length
    person.token = (person.token + 1) & TOKENS
    person.link = marks(w)[FREE]
    marks(w)[FREE] = p
    marks(w)[INSIDE] -= 1


@njit(cache=True, forceinline=True)
def _count_wait(w: Any, p: Any, t: Any, warm: Any) -> None:
    person = people(w)[p]
    person.begun = 1
    person.started = t
    if person.queued >= warm:
        row = tally(w)[person.station, class_of(w)[person.kind]]
        wait = t - person.queued
        row[BEGUN] += 1
        row[WAIT] += wait
        row[WAIT_SQUARED] += wait * wait


@njit(cache=True)
def begin(w: Any, p: Any, i: Any, t: Any, warm: Any) -> None:
    """Begins, or goes on with, the service of ``p`` in pool ``i`` (-1: a delay)."""
    person = people(w)[p]
    s = person.station
    person.pool = i
    if not person.begun:
        q = p
        while q >= 0:
            _count_wait(w, q, t, warm)
            q = people(w)[q].member
    if person.remaining >= 0.0:
        person.ends = t + person.remaining
        person.remaining = -1.0
    elif person.step >= 0:
        person.ends = t + step_minutes(w)[person.step]
    else:
        index = service(w)[s, class_of(w)[person.kind]]
        stream = 3 * w.n_sources + 2 * s
        person.ends = t + draw(streams(w), stream, table(w), values(w), index)
    put(heap_times(w), heap_whats(w), marks(w), person.ends, (person.token << 35) | (p << 3) | END)
    if i >= 0:
        pool = pools(w)[i]
        account(pool, t, warm)
        pool.busy += 1
        if pool.preemptive:
            _list(w, p, i)
    if person.held >= 0:
        release(w, person.held, t, warm)
        person.held = -1


@njit(cache=True)
def _list(w: Any, p: Any, i: Any) -> None:
    """Puts ``p`` first among those of its level who are served in pool ``i``."""
    person = people(w)[p]
    person.before = -1
    person.after = serving(w)[i, person.level]
    if person.after >= 0:
        people(w)[person.after].before = p
    serving(w)[i, person.level] = p


@njit(cache=True)
def unlist(w: Any, p: Any, i: Any) -> None:
    person = people(w)[p]
    if person.before >= 0:
        people(w)[person.before].after = person.after
    else:
        serving(w)[i, person.level] = person.after
    if person.after >= 0:
        people(w)[person.after].before = person.before


@njit(cache=True, forceinline=True)
def _queue(w: Any, p: Any, first: Any) -> None:
    """Lets ``p`` wait at its station: by rank within its level, or as the first (whoever was interrupted)."""
    person = people(w)[p]
    station = stations(w)[person.station]
    q = station.queue
    station.waiting += 1
    if first:
        person.link = heads(w)[q, person.level]
        heads(w)[q, person.level] = p
        if person.link < 0:
            tails(w)[q, person.level] = p
        return
    person.link = -1
    if heads(w)[q, person.level] < 0:
        heads(w)[q, person.level] = p
    elif people(w)[tails(w)[q, person.level]].rank <= person.rank:
        people(w)[tails(w)[q, person.level]].link = p
    else:
        _insert(w, p, q)
        return
    tails(w)[q, person.level] = p


@njit(cache=True)
def _insert(w: Any, p: Any, q: Any) -> None:
    """Puts ``p`` before the first of its level in queue ``q`` whose rank is higher; there is one."""
    person = people(w)[p]
    following, before = heads(w)[q, person.level], -1
    while people(w)[following].rank <= person.rank:
        before, following = following, people(w)[following].link
    person.link = following
    if before < 0:
        heads(w)[q, person.level] = p
    else:
        people(w)[before].link = p


@njit(cache=True)
def _interrupt(w: Any, i: Any, level: Any, t: Any, warm: Any) -> Any:
    """Frees a place of pool ``i`` from the latest begun of the lowest priority below ``level``, if there is one."""
    for lower in range(w.n_levels - 1, level, -1):
        victim = serving(w)[i, lower]
        if victim >= 0:
            person = people(w)[victim]
            unlist(w, victim, i)
            account(pools(w)[i], t, warm)
            pools(w)[i].busy -= 1
            person.token = (person.token + 1) & TOKENS
            person.remaining = person.ends - t
            _queue(w, victim, True)
            return True
    return False


@njit(cache=True)
def seek(w: Any, p: Any, t: Any, warm: Any) -> None:
    """Begins at once where somebody is free, interrupts where that is the rule, or waits, or leaves the full house."""
    person = people(w)[p]
    station = stations(w)[person.station]
    for k in range(station.first_pool, station.first_pool + station.pools):
        pool = pools(w)[station_pools(w)[k]]
        if pool.busy < pool.capacity:
            begin(w, p, station_pools(w)[k], t, warm)
            return
    for k in range(station.first_pool, station.first_pool + station.pools):
        i = station_pools(w)[k]
        if pools(w)[i].preemptive and _interrupt(w, i, person.level, t, warm):
            begin(w, p, i, t, warm)
            return
    if 0 <= station.places <= station.waiting:
        while p >= 0:
            following = people(w)[p].member
            leave(w, p, t, warm, True)
            p = following
        return
    _queue(w, p, False)


@njit(cache=True)
def _next_waiting(w: Any, i: Any) -> Any:
    """The queue (times levels, plus level) of whom pool ``i`` calls: by priority, then by rank; or -1."""
    pool = pools(w)[i]
    levels = w.n_levels
    for level in range(levels):
        best, earliest = -1, 0.0
        for k in range(pool.first_queue, pool.first_queue + pool.queues):
            head = heads(w)[pool_queues(w)[k], level]
            if head >= 0 and (best < 0 or people(w)[head].rank < earliest):
                best, earliest = pool_queues(w)[k], people(w)[head].rank
        if best >= 0:
            return best * levels + level
    return -1


@njit(cache=True)
def serve(w: Any, i: Any, t: Any, warm: Any) -> None:
    """Calls whoever waits for pool ``i`` while a place is free."""
    pool = pools(w)[i]
    levels = w.n_levels
    while pool.busy < pool.capacity:
        place = _next_waiting(w, i)
        if place < 0:
            return
        q, level = place // levels, place % levels
        p = heads(w)[q, level]
        heads(w)[q, level] = people(w)[p].link
        stations(w)[people(w)[p].station].waiting -= 1
        begin(w, p, i, t, warm)


@njit(cache=True, forceinline=True)
def settle(w: Any, t: Any, warm: Any) -> None:
    """Lets every pool with a place given back call its next."""
    while marks(w)[UNSETTLED] > 0:
        marks(w)[UNSETTLED] -= 1
        i = unsettled(w)[marks(w)[UNSETTLED]]
        pools(w)[i].pending = 0
        serve(w, i, t, warm)
