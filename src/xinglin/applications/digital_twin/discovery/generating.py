"""Cases out of what was learnt: arrivals, and the steps woven for each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..process.drawing import seed_streams
from .eventlog import EventLog
from .weaving import Steps, Threads, WeaveChoice, gather, learn_steps, weave


@dataclass(frozen=True, slots=True)
class Learnt:
    """Steps with all that is derived from them; ``last_end`` is the last moment of the training log (local seconds)."""

    steps: Steps
    threads: Threads
    waits: Any
    lengths: Any
    choice: WeaveChoice
    last_end: float


def local(log: EventLog) -> EventLog:
    """The log with its times as seconds of its own zone."""
    shift = log.offset_seconds
    return EventLog(
        log.cases, log.activities, log.resources, log.case, log.activity, log.resource, log.start + shift,
        log.end + shift, log.has_starts, 0,
    )  # fmt: skip


def learn(log: EventLog, choice: WeaveChoice, threads: Threads | None = None) -> Learnt:
    """Learns the steps of a log in local seconds; ``threads`` of the same log may be handed in again."""
    steps, waits, lengths = learn_steps(log, choice)
    return Learnt(
        steps, threads or gather(steps.activity, choice.history), waits, lengths, choice, float(log.end.max())
    )


def generate(learnt: Learnt, arrivals: Any, seed: int) -> tuple[Any, Any]:
    """(case, activity, resource) and (start, end) of the steps of one case an arrival; the same for the same seed."""
    streams = np.zeros((1, 2), np.uint64)
    seed_streams(streams, np.array([1], np.uint64), np.uint64(seed % 2**64), np.uint64(0))
    c = learnt.choice
    settings = np.array([c.history, c.enough, c.recency, float(c.joint), c.rivals])
    cases = max(int((learnt.steps.activity < 0).sum()), 1)
    room = 4096 + int(3 * len(arrivals) * len(learnt.steps.activity) / cases)
    while True:
        out, times = np.zeros((room, 3), np.int64), np.zeros((room, 2))
        used = weave(
            streams, learnt.steps, learnt.threads, arrivals, settings, learnt.waits, learnt.lengths,
            learnt.last_end if c.cut else math.inf, out, times,
        )  # fmt: skip
        if used >= 0:
            return out[:used], times[:used]
        room *= 4


def as_log(out: Any, times: Any, like: EventLog, offset_seconds: int = 0) -> EventLog:
    """The generated steps as a log with the labels of another; times of that log's zone become UTC."""
    order = np.lexsort((times[:, 1], times[:, 0], out[:, 0]))
    names = [str(i) for i in range(int(out[:, 0].max()) + 1)]
    return EventLog(
        names, like.activities, like.resources, out[order, 0], out[order, 1], out[order, 2],
        times[order, 0] - offset_seconds, times[order, 1] - offset_seconds, like.has_starts, offset_seconds,
    )  # fmt: skip
