"""Compiled: one clinic played on from its state now. Draws and the heap of events are those of the process kernel.

A clinic of its own is played instead of a whole network: nobody stands in two lines at once, so clinics are
independent given their state, a line of a dozen doctors stays in the cache, and nothing but sums is written.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from ..process.drawing import seed_streams, standard_exponential, standard_gamma, standard_normal, uniform
from ..process.heap import FULL, HOLE, SIZE, close_hole, put

FIRST, AGAIN, GAP, TESTS, LATE, LEAD, MISSED, AWAY = range(8)
WAITING, EXPECTED, AT_TESTS, AWAY_NOW = range(4)
FREE, CALLED, ROOM = range(3)
_COMES, _FREE, _WALK_IN, _BOOKER = range(4)
WAIT_BINS, WAIT_STEP = 961, 0.5
LATE_MINUTES = 15.0
_S_NEW, _S_DUE, _S_VISIT, _S_PACE, _S_WAY = range(5)
_STREAMS = 5

PERSON = np.dtype(
    [("state", "i4"), ("doctor", "i4"), ("again", "i4"), ("known", "i4"), ("turn", "f8"), ("since", "f8"),
     ("due", "f8"), ("urgent", "f8"), ("owed", "f8"), ("key", "f8"), ("link", "i4"), ("called", "i4")], align=True
)  # fmt: skip
DOCTOR = np.dtype(
    [("state", "i4"), ("again", "i4"), ("since", "f8"), ("starts", "f8"), ("ends", "f8"), ("pace", "f8"),
     ("doubt", "f8"), ("minutes", "f8"), ("idle", "i4"), ("patient", "i4"), ("head", "i4"), ("tail", "i4"),
     ("worked", "f8"), ("over", "f8")], align=True
)  # fmt: skip
NUMBERS = np.dtype(
    [("tested", "f8"), ("comes", "f8"), ("missed", "f8"), ("shape", "f8"), ("rate", "f8"), ("horizon", "f8"),
     ("stop", "f8"), ("step", "f8"), ("bin", "f8"), ("known", "i8"), ("waiting", "i8"), ("owing", "i8"),
     ("people", "i8"), ("busier", "f8")], align=True
)  # fmt: skip


@njit(cache=True, forceinline=True)
def _drawn(tables: Any, which: Any, u: Any) -> Any:
    """The value at probability ``u`` of a table."""
    last = tables.shape[1] - 1
    place = u * last
    k = min(int(place), last - 1)
    return tables[which, k] + (place - k) * (tables[which, k + 1] - tables[which, k])


@njit(cache=True)
def below(tables: Any, which: Any, x: Any) -> Any:
    """The probability of at most ``x``."""
    last = tables.shape[1] - 1
    if x < tables[which, 0]:
        return 0.0
    if x >= tables[which, last]:
        return 1.0
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) >> 1
        if tables[which, middle] <= x:
            low = middle
        else:
            high = middle
    width = tables[which, high] - tables[which, low]
    return (low + ((x - tables[which, low]) / width if width > 0.0 else 0.0)) / last


@njit(cache=True)
def _rest(tables: Any, which: Any, lasted: Any, streams: Any, s: Any) -> Any:
    """What is left of something that has lasted so long; beyond all that was seen, as much as half a usual one."""
    so_far = below(tables, which, lasted)
    if so_far >= 0.999:
        return standard_exponential(streams, s) * max(0.2, 0.5 * tables[which, tables.shape[1] // 2])
    return max(0.0, _drawn(tables, which, so_far + uniform(streams, s) * (1.0 - so_far)) - lasted)


@njit(cache=True)
def _stand(doctors: Any, people: Any, n: Any, p: Any) -> None:
    """Puts ``p`` in the line of their doctor, or of everybody (the last entry), by key."""
    person = people[p]
    d = person.doctor if person.doctor >= 0 else doctors.shape[0] - 1
    n.waiting += 1
    person.link = -1
    line = doctors[d]
    if line.head < 0:
        line.head = p
        line.tail = p
    elif people[line.tail].key <= person.key:
        people[line.tail].link = p
        line.tail = p
    elif people[line.head].key > person.key:
        person.link = line.head
        line.head = p
    else:
        at = line.head
        while people[people[at].link].key <= person.key:
            at = people[at].link
        person.link = people[at].link
        people[at].link = p


@njit(cache=True)
def _next(doctors: Any, people: Any, n: Any, d: Any) -> Any:
    """Takes who is next for doctor ``d`` out of the two lines; -1 for nobody."""
    every = doctors.shape[0] - 1
    own, shared = doctors[d].head, doctors[every].head
    if own < 0 and shared < 0:
        return -1
    line = d
    if own < 0 or (shared >= 0 and people[shared].key < people[own].key):
        line = every
    p = doctors[line].head
    doctors[line].head = people[p].link
    if doctors[line].head < 0:
        doctors[line].tail = -1
    n.waiting -= 1
    return p


@njit(cache=True)
def _note_call(people: Any, n: Any, p: Any, t: Any, called: Any, waits: Any) -> None:
    person = people[p]
    if person.called:
        return
    person.called = 1
    wait = max(0.0, t - person.owed)
    if person.known >= 0:
        called[person.known] = t if person.owed < 0.0 else wait
        if person.owed < 0.0:
            n.owing -= 1
    if 0.0 <= person.owed < n.horizon:
        waits[int(person.owed / n.step), min(int(wait / WAIT_STEP), WAIT_BINS - 1)] += 1


@njit(cache=True)
def _note_work(doctor: Any, since: Any, until: Any) -> None:
    """Minutes worked within the doctor's hours, and how long after them the last work ends."""
    doctor.worked += max(0.0, min(until, doctor.ends) - since)
    doctor.over = max(doctor.over, until - doctor.ends)


@njit(cache=True)
def _see(doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any, d: Any, p: Any, t: Any) -> None:
    """Doctor ``d``, whose patient ``p`` was called at ``t``, waits for them in vain or sees them."""
    times, whats, marks = heap
    doctor, person = doctors[d], people[p]
    doctor.idle = 0
    doctor.patient = -1
    if uniform(streams, _S_WAY) < n.missed:
        lost = _drawn(tables, MISSED, uniform(streams, _S_VISIT))
        back = t + lost + _drawn(tables, AWAY, uniform(streams, _S_VISIT))
        person.key = back
        put(times, whats, marks, back, (p << 2) | _COMES)
        put(times, whats, marks, t + lost, (d << 2) | _FREE)
        _note_work(doctor, t, t + lost)
        return
    doctor.patient = p
    which = AGAIN if person.again else FIRST
    gap = _drawn(tables, GAP, uniform(streams, _S_VISIT))
    length = doctor.minutes * _drawn(tables, which, uniform(streams, _S_VISIT))
    put(times, whats, marks, t + gap + length, (d << 2) | _FREE)
    _note_work(doctor, t, t + gap + length)


@njit(cache=True)
def _turn(
    doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any, d: Any, t: Any, called: Any, waits: Any
) -> None:
    """Doctor ``d`` is free: calls the next, or is idle."""
    p = _next(doctors, people, n, d)
    if p < 0:
        doctors[d].idle = 1
        return
    _note_call(people, n, p, t, called, waits)
    _see(doctors, people, n, tables, streams, heap, d, p, t)


@njit(cache=True)
def _finish(doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any, d: Any, t: Any) -> None:
    """Who was with doctor ``d`` leaves, or goes to tests and will be back."""
    times, whats, marks = heap
    p = doctors[d].patient
    doctors[d].patient = -1
    if p < 0 or people[p].again or uniform(streams, _S_WAY) >= n.tested:
        return
    people[p].again = 1
    put(times, whats, marks, t + _drawn(tables, TESTS, uniform(streams, _S_VISIT)), (p << 2) | _COMES)


@njit(cache=True)
def _come(
    doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any, p: Any, t: Any, called: Any, waits: Any
) -> None:
    """``p`` is there: their doctor calls at once where idle, else they stand in line."""
    person = people[p]
    every = doctors.shape[0] - 1
    _stand(doctors, people, n, p)
    first, last = (person.doctor, person.doctor + 1) if person.doctor >= 0 else (0, every)
    for d in range(first, last):
        if doctors[d].idle and t < doctors[d].ends:
            _turn(doctors, people, n, tables, streams, heap, d, t, called, waits)
            return


@njit(cache=True)
def _next_new(rates: Any, n: Any, t: Any, streams: Any) -> Any:
    """When the next of a stream comes whose rate an hour changes with the half-hours; past the horizon: never."""
    owed = standard_exponential(streams, _S_NEW)
    while t < n.horizon:
        k = min(int(t / n.bin), rates.shape[0] - 1)
        until = min((k + 1) * n.bin, n.horizon)
        rate = rates[k] * n.busier / 60.0
        if rate * (until - t) >= owed:
            return t + owed / rate
        owed -= rate * (until - t)
        t = until + 1e-9
    return 1e9


@njit(cache=True)
def _newcomer(people: Any, n: Any, doctor: Any, key: Any, owed: Any) -> Any:
    if n.people >= people.shape[0]:
        return -1
    p = n.people
    n.people += 1
    person = people[p]
    person.doctor, person.again, person.known, person.called = doctor, 0, -1, 0
    person.key, person.owed = key, owed
    return p


@njit(cache=True)
def _book(doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any, t: Any) -> None:
    """Somebody books at ``t`` for later today, and comes or does not."""
    times, whats, marks = heap
    if uniform(streams, _S_WAY) >= n.comes:
        return
    due = t + _drawn(tables, LEAD, uniform(streams, _S_NEW))
    comes = max(t, due + _drawn(tables, LATE, uniform(streams, _S_DUE)))
    every = doctors.shape[0] - 1
    d = min(int(uniform(streams, _S_WAY) * every), every - 1)
    if not doctors[d].starts <= due < doctors[d].ends:
        d = -1
    on_time = comes <= due + LATE_MINUTES
    p = _newcomer(people, n, d, due if on_time else comes, max(due, comes))
    if p < 0:
        marks[FULL] = 1
    else:
        put(times, whats, marks, comes, (p << 2) | _COMES)


@njit(cache=True)
def _begin_doctors(doctors: Any, n: Any, tables: Any, streams: Any, heap: Any) -> None:
    """Each doctor's pace of today, and how long whoever is with them stays."""
    times, whats, marks = heap
    for d in range(doctors.shape[0]):
        doctor = doctors[d]
        doctor.head, doctor.tail, doctor.patient, doctor.idle = -1, -1, -1, 0
        doctor.worked, doctor.over = 0.0, 0.0
        if d == doctors.shape[0] - 1:
            return
        doctor.minutes = math.exp(doctor.pace + doctor.doubt * standard_normal(streams, _S_PACE))
        which = AGAIN if doctor.again else FIRST
        free = max(0.0, doctor.starts)
        if doctor.state == ROOM:
            free = doctor.minutes * _rest(tables, which, -doctor.since / doctor.minutes, streams, _S_VISIT)
        elif doctor.state == CALLED:
            free = _rest(tables, GAP, -doctor.since, streams, _S_VISIT)
            free += doctor.minutes * _drawn(tables, which, uniform(streams, _S_VISIT))
        if doctor.state != FREE:
            _note_work(doctor, 0.0, free)
        put(times, whats, marks, free, (d << 2) | _FREE)


@njit(cache=True)
def _begin_people(doctors: Any, people: Any, n: Any, tables: Any, streams: Any, heap: Any) -> None:
    """Who waits stands in line; when the others are there is drawn, given that they are not yet."""
    times, whats, marks = heap
    n.people, n.waiting, n.owing = n.known, 0, 0
    for p in range(n.known):
        person = people[p]
        person.key = person.turn - person.urgent
        person.known, person.called, person.owed = p, 0, -1.0
        if person.state == WAITING:
            person.called = person.again
            n.owing += 1 - person.again
            _stand(doctors, people, n, p)
        elif person.state == EXPECTED:
            seen = below(tables, LATE, -person.due)
            still = n.comes * (1.0 - seen)
            if uniform(streams, _S_WAY) * (still + 1.0 - n.comes) >= still:
                continue
            comes = max(0.0, person.due + _drawn(tables, LATE, seen + uniform(streams, _S_DUE) * (1.0 - seen)))
            person.key = person.turn if comes <= person.due + LATE_MINUTES else comes
            person.owed = max(comes, person.due)
            put(times, whats, marks, comes, (p << 2) | _COMES)
        else:
            which = TESTS if person.state == AT_TESTS else AWAY
            person.called = 1
            if person.state != AT_TESTS:
                person.key = -person.since
            put(times, whats, marks, _rest(tables, which, -person.since, streams, _S_VISIT), (p << 2) | _COMES)


@njit(cache=True)
def _happen(
    doctors: Any, people: Any, n: Any, tables: Any, rates: Any, streams: Any, heap: Any, t: Any, called: Any, waits: Any
) -> None:
    """The earliest event takes place."""
    times, whats, marks = heap
    what = whats[0]
    sort, i = what & 3, what >> 2
    marks[HOLE] = 1
    if sort == _COMES:
        _come(doctors, people, n, tables, streams, heap, i, t, called, waits)
    elif sort == _FREE:
        _finish(doctors, people, n, tables, streams, heap, i, t)
        _turn(doctors, people, n, tables, streams, heap, i, t, called, waits)
    else:
        following = _next_new(rates[i], n, t, streams)
        if following < n.horizon:
            put(times, whats, marks, following, (i << 2) | sort)
        if sort == _WALK_IN:
            p = _newcomer(people, n, -1, t, t)
            if p < 0:
                marks[FULL] = 1
            else:
                _come(doctors, people, n, tables, streams, heap, p, t, called, waits)
        else:
            _book(doctors, people, n, tables, streams, heap, t)


@njit(cache=True)
def _unserved(doctors: Any, people: Any, n: Any, waits: Any) -> None:
    """Who was not called before the end waited longer than can be told."""
    for d in range(doctors.shape[0]):
        p = doctors[d].head
        while p >= 0:
            if not people[p].called and 0.0 <= people[p].owed < n.horizon:
                waits[int(people[p].owed / n.step), WAIT_BINS - 1] += 1
            p = people[p].link


@njit(cache=True)
def _play_once(
    doctors: Any, people: Any, n: Any, tables: Any, rates: Any, streams: Any, heap: Any, called: Any, waits: Any,
    lengths: Any,
) -> Any:  # fmt: skip
    """One play; False where an array was too small."""
    times, whats, marks = heap
    marks[:] = 0
    n.busier = standard_gamma(streams, _S_NEW, n.shape) / n.rate
    _begin_doctors(doctors, n, tables, streams, heap)
    _begin_people(doctors, people, n, tables, streams, heap)
    for stream in range(2):
        first = _next_new(rates[stream], n, 0.0, streams)
        if first < n.horizon:
            put(times, whats, marks, first, (stream << 2) | (_WALK_IN + stream))
    look = 0
    while not marks[FULL]:
        close_hole(times, whats, marks)
        t = times[0] if marks[SIZE] > 0 else 1e9
        while look < lengths.shape[0] and look * n.step <= t:
            lengths[look] = n.waiting
            look += 1
        if t > n.stop or (t > n.horizon + n.step and n.owing == 0 and n.waiting == 0):
            break
        _happen(doctors, people, n, tables, rates, streams, heap, t, called, waits)
    _unserved(doctors, people, n, waits)
    return not marks[FULL]


@njit(cache=True, nogil=True)
def play(
    doctors: Any, people: Any, numbers: Any, tables: Any, rates: Any, seed: Any, called: Any, waits: Any, lengths: Any,
    pending: Any,
) -> Any:  # fmt: skip
    """Plays as often as ``called`` has rows; False where an array was too small.

    ``called``: replication by person, minutes (left as it is for who is not called); ``waits``: step by half-minute of
    wait, counts; ``lengths``: replication by step. ``doctors`` are left as the last replication ended: minutes
    ``worked`` within their hours, and ``over`` them.
    """
    streams, keys = np.zeros((_STREAMS, 2), np.uint64), np.arange(_STREAMS).astype(np.uint64)
    heap = (np.zeros(pending), np.zeros(pending, np.int64), np.zeros(4, np.int64))
    n = numbers[0]
    again = people["again"].copy()
    for r in range(called.shape[0]):
        seed_streams(streams, keys, np.uint64(seed), np.uint64(r))
        for p in range(n.known):
            people[p].again = again[p]
        if not _play_once(doctors, people, n, tables, rates, streams, heap, called[r], waits, lengths[r]):
            return False
    return True
