"""The event loop, compiled: arrivals, ends of service and of delays, calendars and batches. See README.md.

Nothing is allocated inside; where an array is full the run stops and says so, and is begun again with larger ones.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from .drawing import draw, standard_exponential, uniform
from .heap import FULL, HOLE, SIZE, close_hole, put
from .serving import (
    ARRIVAL,
    BATCH_DUE,
    CHANGE,
    END,
    TOKENS,
    account,
    begin,
    leave,
    release,
    seek,
    serve,
    settle,
    unlist,
)
from .views import (
    booked_due,
    booked_source,
    booked_step,
    booked_times,
    calendar_levels,
    calendar_starts,
    calendars,
    choices,
    class_of,
    heap_times,
    heap_whats,
    levels,
    log,
    marks,
    other,
    people,
    pools,
    routes,
    share,
    sources,
    stations,
    step_rank,
    step_station,
    streams,
    table,
    tally,
    target,
    values,
)
from .world import ENDED, EVENTS, FREE, INSIDE, LOGGED, NEXT_BOOKED, SERIAL, STAY, UNUSED


@njit(cache=True, forceinline=True)
def _choose(w: Any, row: Any, stream: Any) -> Any:
    """The target of one option of a row of choices, by the alias method (Walker 1977)."""
    first, count = choices(w)[row, 0], choices(w)[row, 1]
    if count == 1:
        return target(w)[first]
    place = uniform(streams(w), stream) * count
    i = int(place)
    if place - i >= share(w)[first + i]:
        i = other(w)[first + i]
    return target(w)[first + i]


@njit(cache=True)
def _gather(w: Any, p: Any, t: Any, warm: Any) -> None:
    """Adds ``p`` to the batch that is forming, which goes on once it is full."""
    s = people(w)[p].station
    station = stations(w)[s]
    people(w)[p].member = station.gathering
    station.gathering = p
    station.gathered += 1
    if station.gathered >= station.batch:
        _go(w, s, t, warm)
    elif station.gathered == 1 and station.batch_wait >= 0.0:
        what = (station.serial << 35) | (s << 3) | BATCH_DUE
        put(heap_times(w), heap_whats(w), marks(w), t + station.batch_wait, what)


@njit(cache=True)
def _go(w: Any, s: Any, t: Any, warm: Any) -> None:
    """Sends the gathered batch of a station to be served."""
    station = stations(w)[s]
    leader = station.gathering
    station.gathering = -1
    station.gathered = 0
    station.serial = (station.serial + 1) & TOKENS
    if station.pools == 0:
        begin(w, leader, -1, t, warm)
    else:
        seek(w, leader, t, warm)


@njit(cache=True)
def _enter(w: Any, p: Any, s: Any, t: Any, warm: Any) -> None:
    """``p`` comes to station ``s``; -1 is the way out."""
    if s < 0:
        leave(w, p, t, warm, False)
        return
    person = people(w)[p]
    person.station = s
    person.queued = t
    person.level = levels(w)[s, class_of(w)[person.kind]]
    person.begun = 0
    person.member = -1
    person.remaining = -1.0
    person.rank = t
    if person.step >= 0 and step_rank(w)[person.step] >= 0.0:
        person.rank = step_rank(w)[person.step]
    station = stations(w)[s]
    if station.batch > 1:
        _gather(w, p, t, warm)
    elif station.pools == 0:
        begin(w, p, -1, t, warm)
    else:
        seek(w, p, t, warm)


@njit(cache=True, forceinline=True)
def _walk(w: Any, p: Any, t: Any, warm: Any) -> None:
    """The next step of an itinerary, or the way out after its last."""
    person = people(w)[p]
    person.step += 1
    _enter(w, p, -1 if person.step > person.last_step else step_station(w)[person.step], t, warm)


@njit(cache=True)
def _note(w: Any, p: Any, t: Any) -> None:
    """Writes one finished step to the log."""
    n = marks(w)[LOGGED]
    if n >= w.n_log:
        marks(w)[FULL] = 1
        return
    person = people(w)[p]
    line = log(w)[n]
    line.case = person.serial
    line.station = person.station
    line.pool = person.pool
    line.kind = person.kind
    line.source = person.source
    line.arrived = person.arrived
    line.due = person.due
    line.queued = person.queued
    line.started = person.started
    line.ended = t
    marks(w)[LOGGED] = n + 1


@njit(cache=True)
def _end(w: Any, what: Any, t: Any, warm: Any) -> None:
    """A service or a delay is over: the place is given back or held, and everybody of the batch goes on."""
    p = (what >> 3) & 0xFFFFFFFF
    person = people(w)[p]
    if person.token != what >> 35:
        return
    s, i = person.station, person.pool
    hold = stations(w)[s].hold
    marks(w)[EVENTS] += 1
    if i >= 0:
        if pools(w)[i].preemptive:
            unlist(w, p, i)
        if not hold:
            release(w, i, t, warm)
            settle(w, t, warm)
    stream = 3 * w.n_sources + 2 * s + 1
    while p >= 0:
        person = people(w)[p]
        following = person.member
        if w.n_log > 0:
            person.pool = i
            _note(w, p, t)
        if person.queued >= warm:
            row = tally(w)[s, class_of(w)[person.kind]]
            row[ENDED] += 1
            row[STAY] += t - person.queued
        if hold:
            person.held = i
        if person.step < 0:
            _enter(w, p, _choose(w, routes(w)[s, person.kind], stream), t, warm)
        else:
            _walk(w, p, t, warm)
        p = following


@njit(cache=True)
def _newcomer(w: Any, source: Any, due: Any, t: Any) -> Any:
    """A place for a new patient; -1, with FULL set, where there is no room for another."""
    p = marks(w)[FREE]
    if p >= 0:
        marks(w)[FREE] = people(w)[p].link
    else:
        p = marks(w)[UNUSED]
        if p >= w.n_people:
            marks(w)[FULL] = 1
            return -1
        marks(w)[UNUSED] = p + 1
        people(w)[p].token = 0
    person = people(w)[p]
    person.source = source
    person.serial = marks(w)[SERIAL]
    person.arrived = t
    person.due = due
    person.held = -1
    person.step = -1
    marks(w)[SERIAL] += 1
    marks(w)[INSIDE] += 1
    marks(w)[EVENTS] += 1
    return p


@njit(cache=True)
def _admit(w: Any, source: Any, due: Any, t: Any, warm: Any) -> None:
    """A new patient of a source, of a kind and with an entry that are drawn."""
    p = _newcomer(w, source, due, t)
    if p >= 0:
        person = people(w)[p]
        person.kind = _choose(w, sources(w)[source].kinds, 3 * source + 1)
        _enter(w, p, _choose(w, routes(w)[w.n_stations + source, person.kind], 3 * source + 2), t, warm)


@njit(cache=True)
def _admit_booked(w: Any, n: Any, t: Any, warm: Any) -> None:
    """The ``n``-th of those who are known beforehand: of a source, or with an itinerary."""
    first = booked_step(w)[n, 0]
    if first < 0:
        _admit(w, booked_source(w)[n], booked_due(w)[n], t, warm)
        return
    p = _newcomer(w, -1, booked_due(w)[n], t)
    if p >= 0:
        person = people(w)[p]
        person.kind = booked_step(w)[n, 2]
        person.step = first
        person.last_step = booked_step(w)[n, 1]
        _enter(w, p, step_station(w)[first], t, warm)


@njit(cache=True)
def _next_arrival(w: Any, source: Any, t: Any, horizon: Any) -> Any:
    """When a source sends its next patient: a gap drawn, or the integrated rate grown by an exponential."""
    row = sources(w)[source]
    if row.every >= 0:
        return t + draw(streams(w), 3 * source, table(w), values(w), row.every)
    calendar = calendars(w)[row.calendar]
    owed = standard_exponential(streams(w), 3 * source)
    cycle = 0.0 if calendar.period <= 0.0 else (t // calendar.period) * calendar.period
    k = 0
    while t <= horizon:
        while k + 1 < calendar.count and cycle + calendar_starts(w)[calendar.first + k + 1] <= t:
            k += 1
        rate = calendar_levels(w)[calendar.first + k]
        until = horizon + 1.0
        if k + 1 < calendar.count:
            until = cycle + calendar_starts(w)[calendar.first + k + 1]
        elif calendar.period > 0.0:
            until = cycle + calendar.period
        if rate * (until - t) >= owed:
            return t + owed / rate
        owed -= rate * (until - t)
        t = until
        if k + 1 >= calendar.count and calendar.period > 0.0:
            cycle += calendar.period
            k = 0
    return t


@njit(cache=True)
def _arrive(w: Any, source: Any, t: Any, horizon: Any, warm: Any) -> None:
    for _ in range(sources(w)[source].group):
        _admit(w, source, -1.0, t, warm)
    following = _next_arrival(w, source, t, horizon)
    if following <= horizon:
        put(heap_times(w), heap_whats(w), marks(w), following, (source << 3) | ARRIVAL)


@njit(cache=True)
def _change(w: Any, i: Any, t: Any, stop: Any, warm: Any) -> None:
    """Sets a pool's capacity by its calendar, asks for its next change, and calls those who wait."""
    pool = pools(w)[i]
    calendar = calendars(w)[pool.calendar]
    account(pool, t, warm)
    pool.capacity = int(calendar_levels(w)[calendar.first + pool.step])
    pool.step += 1
    following = -1.0
    if pool.step < calendar.count:
        following = pool.cycle + calendar_starts(w)[calendar.first + pool.step]
    elif calendar.period > 0.0:
        pool.step = 0
        pool.cycle += calendar.period
        following = pool.cycle
    if 0.0 <= following <= stop:
        put(heap_times(w), heap_whats(w), marks(w), following, (i << 3) | CHANGE)
    serve(w, i, t, warm)


@njit(cache=True)
def _dispatch(w: Any, what: Any, t: Any, horizon: Any, stop: Any, warm: Any) -> None:
    sort = what & 7
    if sort == END:
        _end(w, what, t, warm)
    elif sort == ARRIVAL:
        _arrive(w, what >> 3, t, horizon, warm)
    elif sort == CHANGE:
        _change(w, what >> 3, t, stop, warm)
    elif stations(w)[(what >> 3) & 0xFFFFFFFF].serial == what >> 35:
        _go(w, (what >> 3) & 0xFFFFFFFF, t, warm)


@njit(cache=True)
def run(worlds: Any, horizon: Any, stop: Any, warm: Any) -> Any:
    """Plays one replication from time 0; the clock at its end, or -1 where an array was too small.

    Nobody arrives after ``horizon``; those inside are served until ``stop``.
    """
    w = worlds[0]
    for i in range(w.n_pools):
        _change(w, i, 0.0, stop, warm)
    for source in range(w.n_sources):
        if not sources(w)[source].appointments:
            first = _next_arrival(w, source, 0.0, horizon)
            if first <= horizon:
                put(heap_times(w), heap_whats(w), marks(w), first, (source << 3) | ARRIVAL)
    t = 0.0
    booked = w.n_booked
    while not marks(w)[FULL]:
        close_hole(heap_times(w), heap_whats(w), marks(w))
        n = marks(w)[NEXT_BOOKED]
        pending = marks(w)[SIZE] > 0
        if n < booked and (not pending or booked_times(w)[n] <= heap_times(w)[0]):
            t = booked_times(w)[n]
            marks(w)[NEXT_BOOKED] = n + 1
            _admit_booked(w, n, t, warm)
        elif pending and heap_times(w)[0] <= stop:
            t = heap_times(w)[0]
            if t > horizon and marks(w)[INSIDE] == 0:
                break
            marks(w)[HOLE] = 1
            _dispatch(w, heap_whats(w)[0], t, horizon, stop, warm)
        else:
            break
        settle(w, t, warm)
    if marks(w)[FULL]:
        return -1.0
    for i in range(w.n_pools):
        account(pools(w)[i], t if marks(w)[INSIDE] == 0 and stop > horizon else stop, warm)
    return t
