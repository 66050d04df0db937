"""Every setting chosen by temporal cross-validation inside the log: learn from the earlier, judge on the later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from .arrival import ArrivalChoice, Manner, draw_arrivals, learn_arrivals
from .distance import Distance, circadian_distance, distance, wasserstein
from .eventlog import EventLog
from .generating import as_log, generate, learn
from .weaving import WeaveChoice

EARLIER_SHARES = (0.5, 0.65, 0.8)
_ARRIVAL_SHARES = (0.3, 0.45, 0.55, 0.65, 0.75, 0.85)
_FEWEST_SEEDS, _MOST_SEEDS, _STEPS_A_JUDGEMENT = 1, 10, 30_000
_ARRIVAL_SEEDS = 8
_SHARE_OF_FLOOR = 0.02
_ROUNDS = 2
_LARGE_STEPS = 20_000
_WEIGHTS = (2.0, 1.0, 1.0, 1.0, 1.0)  # the order of steps, told by one measure alone, counts twice
_LEAST_CASES = 10
_TINY = 1e-3

# What is tried, one setting after the other, from the default on.
_TRIED: dict[str, tuple[Any, ...]] = {
    "clocks": ((None, None), (0.0, None), (0.05, None), (-0.05, -0.05), (0.0, 0.0), (-0.05, None)),
    "clock_share": (1.0, 0.5, 0.25),
    "history": (1, 2, 3, 5, 10),
    "enough": (1, 5, 20),
    "lending": ((True, 1), (True, 2), (True, 4), (False, 1), (False, 4), (False, 12)),
    "recency": (1.0, 2.0, 4.0),
    "cut": (False, True),
}
_BEGINNINGS = (WeaveChoice(), WeaveChoice(history=5, enough=1, recency=4.0))
_FIELDS = {"clocks": ("gap_smoothing", "length_smoothing"), "lending": ("joint", "rivals")}

Choice = TypeVar("Choice")


def folds(log: EventLog) -> list[tuple[EventLog, EventLog]]:
    """Earlier and later cases, several times; none where there are too few cases."""
    count = len(log.cases)
    if count < 2 * _LEAST_CASES:
        return []
    number = np.arange(count)
    cuts = [round(count * share) for share in EARLIER_SHARES]
    return [(log.part(number < cut), log.part(number >= cut)) for cut in cuts]


def case_starts(log: EventLog) -> Any:
    """When each case began, in order."""
    return log.start[log.first()[:-1]]


def best(
    choices: Iterable[Choice], measure: Callable[[Choice], Any], weights: tuple[float, ...] | None = None
) -> Choice:
    """The choice with the least (weighted) mean logarithm of its measures, the first of equals.

    A measure counts from a floor of 2 % of its median, so that one that is nearly 0 does not decide alone.
    """
    known = list(choices)
    measured = np.array([measure(each) for each in known])
    floor = _SHARE_OF_FLOOR * np.median(measured, axis=0) + 1e-9
    return known[int(np.argmin(np.average(np.log(measured + floor), axis=1, weights=weights)))]


def choose_arrivals(log: EventLog) -> ArrivalChoice:
    """How cases come, judged by the distance of their starts over time and by the hour of the week."""
    starts = case_starts(log)
    cuts = [round(len(starts) * share) for share in _ARRIVAL_SHARES]
    known = [(starts[:cut], starts[cut : 2 * cut]) for cut in cuts if cut >= _LEAST_CASES]
    if not known:
        return ArrivalChoice()
    manners: dict[Manner, tuple[float, ...]] = {"rate": (0.05,), "gaps": (-0.05, 0.0, 0.05), "days": (0.05,)}
    choices = [
        ArrivalChoice(manner, recent, smoothing)
        for manner, smoothings in manners.items()
        for smoothing in smoothings
        for recent in (1.0, 0.5, 0.25, 0.12)
    ]

    def measure(choice: ArrivalChoice) -> Any:
        found = []
        for earlier, later in known:
            learnt = learn_arrivals(earlier, choice)
            for seed in range(_ARRIVAL_SEEDS):
                drawn = draw_arrivals(learnt, len(later), float(earlier[-1]), np.random.default_rng(seed))
                found.append((wasserstein(drawn / 3600, later / 3600) + 1, circadian_distance(drawn, later) + 0.05))
        weights = np.repeat([len(earlier) ** 2 for earlier, _ in known], _ARRIVAL_SEEDS)
        return np.exp(np.average(np.log(found), axis=0, weights=weights))

    return best(choices, measure)


def choose_weaving(log: EventLog) -> WeaveChoice:
    """How cases go on, judged by all five measures on cases that begin when the later ones did."""
    known = folds(log)
    if not known:
        return WeaveChoice()
    seen: dict[WeaveChoice, Any] = {}

    def measure(tried: WeaveChoice) -> Any:
        if tried not in seen:
            found = [_judged(earlier, later, tried) for earlier, later in known]
            weights = [len(earlier.cases) for earlier, _ in known]
            seen[tried] = np.exp(np.average(np.log(np.array(found) + _TINY), axis=0, weights=weights))
        return seen[tried]

    large = len(log.case) > _LARGE_STEPS
    rounds, beginnings = (1, _BEGINNINGS[1:]) if large else (_ROUNDS, _BEGINNINGS)
    return best([_improved(begin, measure, rounds) for begin in beginnings], measure, _WEIGHTS)


def _improved(choice: WeaveChoice, measure: Callable[[WeaveChoice], Any], rounds: int) -> WeaveChoice:
    """A choice bettered setting by setting until nothing helps, or for so many rounds."""
    for _ in range(rounds):
        before = choice
        for setting, values in _TRIED.items():
            fields = _FIELDS.get(setting, (setting,))
            tried = [_with(choice, fields, value) for value in values]
            choice = best([choice, *(each for each in tried if each != choice)], measure, _WEIGHTS)
        if choice == before:
            break
    return choice


def _with(choice: WeaveChoice, fields: tuple[str, ...], value: Any) -> WeaveChoice:
    values = value if len(fields) > 1 else (value,)
    return replace(choice, **dict(zip(fields, values, strict=True)))


def _judged(earlier: EventLog, later: EventLog, choice: WeaveChoice) -> Any:
    learnt = learn(earlier, choice)
    seeds = min(max(_STEPS_A_JUDGEMENT // len(later.case), _FEWEST_SEEDS), _MOST_SEEDS)
    found = [_one(learnt, earlier, later, seed) for seed in range(seeds)]
    return np.mean([(each.ngd, each.aed, each.ced, each.red, each.ctd) for each in found], axis=0)


def _one(learnt: Any, earlier: EventLog, later: EventLog, seed: int) -> Distance:
    return distance(as_log(*generate(learnt, case_starts(later), seed), earlier), later)
