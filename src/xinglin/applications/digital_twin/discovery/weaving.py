"""Cases woven step by step from steps that were seen in a like situation; the loop is compiled.

A position is a step of a case of the training log, or the end of a case. Its history is what was done before it, the
latest first. A case is begun at a beginning; then, of the positions with the same history, of the longest length at
which enough are known, one is drawn and lends what is done next. How long that takes is lent by it too (``joint``), or
by another with the same step before it. Draws from one history are stratified, so that one simulated log is nearer to
the mean of the model than independent draws would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..process.drawing import uniform
from .arrival import latest
from .eventlog import EventLog
from .weekclock import WEEK_SECONDS, accumulated, all_worked, clock, of_week, speeds, worked

LONGEST_HISTORY = 12
STRATA = 16
_MOST_STEPS = 5000


@dataclass(frozen=True, slots=True)
class WeaveChoice:
    """Settings of the weaving, all chosen by cross-validation.

    ``history``: the longest that is looked at; ``enough``: positions a history must have to be used; ``recency``: 1
    draws all alike, more prefers later cases; ``joint``: one position lends both step and times; ``rivals``: of so many
    drawn, the one nearest in time of the week lends the times; ``gap_smoothing`` and ``length_smoothing``: of the
    working clock on which waits and lengths are measured, none for the ordinary one; ``clock_share`` of
    the steps, the latest, are what those clocks are learnt from; ``cut``: cases end before the
    last event of the training log, as a log of finished cases does.
    """

    history: int = 3
    enough: int = 5
    recency: float = 1.0
    joint: bool = True
    rivals: int = 1
    gap_smoothing: float | None = None
    length_smoothing: float | None = None
    clock_share: float = 1.0
    cut: bool = False


class Steps(NamedTuple):
    """The training log as positions, in the order of cases; one array of each, as long as there are positions.

    ``activity`` is -1 at the end of a case. ``moment`` is the second of the week at which the step before ended (for a
    beginning: at which it began). ``gap`` is the wait since then; with ``overlap`` 1 it counts from the start of the
    step before, with 2 the step began at once. ``gap`` (unless overlapping) and ``length`` are on the working clocks.
    """

    activity: Any
    resource: Any
    moment: Any
    gap: Any
    overlap: Any
    length: Any


class Threads(NamedTuple):
    """Positions gathered by their history: for every length, ids by position, and the positions of each id in order."""

    ids: Any  # [length, position]
    members: Any  # [length, place]
    begins: Any  # [length, id] first place; one more closes the last
    decks: Any  # [length, id] number of its deck
    pair: Any  # by position: id of (step before, this step)
    pair_members: Any
    pair_begins: Any
    pair_deck: Any  # number of the first deck of pairs


def learn_steps(log: EventLog, choice: WeaveChoice) -> tuple[Steps, Any, Any]:
    """The positions of a log (local seconds), and the working clocks of waits and of lengths."""
    begun = log.start[log.first()[:-1]][log.case]
    kept = begun >= latest(begun, choice.clock_share)[0]
    waits = accumulated(speeds(log.start[kept], choice.gap_smoothing))
    lengths = accumulated(speeds(np.concatenate([log.start[kept], log.end[kept]]), choice.length_smoothing))
    first = log.first()
    count = len(log.case) + len(log.cases)
    place = np.arange(len(log.case)) + log.case
    activity = np.full(count, -1, np.int64)
    resource = np.full(count, -1, np.int64)
    moment, gap, length = np.zeros(count), np.zeros(count), np.zeros(count)
    overlap = np.zeros(count, np.int64)
    activity[place], resource[place] = log.activity, log.resource
    length[place] = all_worked(log.end, lengths) - all_worked(log.start, lengths)
    length[place[log.end <= log.start]] = -1.0
    start_worked, end_worked = all_worked(log.start, waits), all_worked(log.end, waits)
    begins = np.zeros(len(log.case), bool)
    begins[first[:-1]] = True
    later = np.flatnonzero(~begins)
    since = log.start[later] - log.end[later - 1]
    at = place[later]
    moment[place] = np.where(begins, log.start, np.roll(log.end, 1))
    gap[at] = np.where(since < 0, log.start[later] - log.start[later - 1], start_worked[later] - end_worked[later - 1])
    overlap[at] = np.where(since < 0, 1, np.where(since == 0, 2, 0))
    moment[place] = (moment[place] + 3 * 86400.0) % WEEK_SECONDS
    return Steps(activity, resource, moment, gap, overlap, np.where(length < 0, -1.0, length)), waits, lengths


def gather(activity: Any, history: int) -> Threads:
    """Gathers positions by histories of length 0 to ``history``."""
    count = len(activity)
    case_begins = np.concatenate([[True], activity[:-1] < 0])
    before = np.where(case_begins, -1, np.roll(activity, 1))
    back = np.where(case_begins, np.arange(count), np.arange(count) - 1)
    ids = np.zeros((history + 1, count), np.int64)
    for length in range(1, history + 1):
        # the history of this position is the step before it and the shorter history of that step
        key = (before + 1) * count + np.where(case_begins, 0, ids[length - 1][back] + 1)
        ids[length] = np.unique(key, return_inverse=True)[1]
    members = np.argsort(ids, axis=1, kind="stable")
    begins = np.zeros((history + 1, count + 1), np.int64)
    for length in range(history + 1):
        counted = np.bincount(ids[length])
        begins[length, 1 : len(counted) + 1] = np.cumsum(counted)
        begins[length, len(counted) + 1 :] = count
    pair = np.unique((before + 1) * (count + 2) + activity + 1, return_inverse=True)[1]
    pair_members = np.argsort(pair, kind="stable")
    pair_begins = np.concatenate([[0], np.cumsum(np.bincount(pair))])
    sizes = ids.max(axis=1) + 1
    decks = np.concatenate([[0], np.cumsum(sizes)])
    return Threads(ids, members, begins, decks[:-1], pair, pair_members, pair_begins, decks[-1])


@njit(cache=True)
def _stratified(streams: Any, cards: Any, dealt: Any, deck: Any) -> Any:
    """Uniform in [0, 1), one out of each sixteenth in every sixteen draws from the same deck."""
    at = dealt[deck] % STRATA
    if at == 0:
        for i in range(STRATA):
            j = int(uniform(streams, 0) * (i + 1))
            cards[deck, i] = cards[deck, j]
            cards[deck, j] = i
    dealt[deck] += 1
    return (cards[deck, at] + uniform(streams, 0)) / STRATA


@njit(cache=True)
def _lend(streams: Any, cards: Any, dealt: Any, deck: Any, members: Any, begin: Any, end: Any, moments: Any, now: Any,
          rivals: Any, recency: Any) -> Any:  # fmt: skip
    """Of ``rivals`` positions drawn from a stretch of members, the one nearest to ``now`` in the week."""
    best, nearest = -1, 0.0
    for _ in range(rivals):
        u = _stratified(streams, cards, dealt, deck) if rivals == 1 else uniform(streams, 0)
        if recency != 1.0:
            u = u ** (1.0 / recency)
        p = members[begin + min(int(u * (end - begin)), end - begin - 1)]
        if rivals == 1:
            return p
        apart = abs(moments[p] - now)
        apart = min(apart, WEEK_SECONDS - apart)
        apart_day = abs((moments[p] % 86400.0) - (now % 86400.0))
        apart = min(apart_day, 86400.0 - apart_day) + 0.1 * apart
        if best < 0 or apart < nearest:
            best, nearest = p, apart
    return best


@njit(cache=True)
def _next(
    streams: Any, cards: Any, dealt: Any, t: Any, at: Any, known: Any, moments: Any, now: Any, choice: Any
) -> Any:
    """The position that lends the next step, and the length of history on which it was drawn."""
    history, enough, rivals, recency = int(choice[0]), choice[1], int(choice[4]), choice[2]
    length = min(known, history)
    while True:
        same = t.ids[length, at]
        begin, end = t.begins[length, same], t.begins[length, same + 1]
        if end - begin >= enough or length <= 1:
            break
        length -= 1
    drawn = rivals if choice[3] else 1
    deck = t.decks[length] + same
    return _lend(streams, cards, dealt, deck, t.members[length], begin, end, moments, now, drawn, recency), length


@njit(cache=True)
def _weave_case(streams: Any, cards: Any, dealt: Any, s: Any, t: Any, arrival: Any, choice: Any, waits: Any,
                lengths: Any, out: Any, times: Any, n: Any) -> Any:  # fmt: skip
    """One case; the place in ``out`` and ``times`` after its last step."""
    at, known = 0, int(choice[0])
    start, end = arrival, arrival
    first = n
    while n < out.shape[0] and n - first < _MOST_STEPS:
        now = of_week(end)
        drawn, length = _next(streams, cards, dealt, t, at, known, s.moment, now, choice)
        if n == first and s.activity[drawn] < 0:
            continue
        if s.activity[drawn] < 0:
            break
        lender = drawn
        if not choice[3]:
            same = t.pair[drawn]
            begin, close = t.pair_begins[same], t.pair_begins[same + 1]
            deck = t.pair_deck + same
            rivals = int(choice[4])
            lender = _lend(streams, cards, dealt, deck, t.pair_members, begin, close, s.moment, now, rivals, choice[2])
        if n > first:
            if s.overlap[lender] == 1:
                start = start + s.gap[lender]
            elif s.overlap[lender] == 2:
                start = end
            else:
                start = clock(worked(end, waits) + s.gap[lender], waits)
        end = start
        if s.length[lender] > 0.0:
            end = clock(worked(start, lengths) + s.length[lender], lengths)
        out[n, 1], out[n, 2] = s.activity[drawn], s.resource[lender]
        times[n, 0], times[n, 1] = start, end
        n += 1
        at, known = drawn + 1, length + 1
    return n


@njit(cache=True)
def weave(streams: Any, s: Any, t: Any, arrivals: Any, choice: Any, waits: Any, lengths: Any, cut: Any, out: Any,
          times: Any) -> Any:  # fmt: skip
    """Weaves a case for each arrival into ``out`` (case, activity, resource) and ``times``; rows used, or -1: too few.

    With ``cut`` a case that would end after it is woven again, up to 40 times; then the earliest ending is what it was
    the last time. Arrivals after ``cut`` are not bound by it.
    """
    decks = t.pair_deck + len(t.pair_begins)
    cards = np.zeros((decks, STRATA), np.uint8)
    dealt = np.zeros(decks, np.int64)
    n = 0
    for case in range(len(arrivals)):
        for _ in range(40):
            end = _weave_case(streams, cards, dealt, s, t, arrivals[case], choice, waits, lengths, out, times, n)
            if end >= out.shape[0]:
                return -1
            if arrivals[case] >= cut or times[n:end, 1].max() <= cut:
                break
        out[n:end, 0] = case
        n = end
    return n
