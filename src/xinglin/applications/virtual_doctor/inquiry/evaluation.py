"""How well an inquiry learnt from some cases finds the diseases of others. Imported only where it works (numpy)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from .asking import Asker
from .case import Answer, Case
from .knowledge import Encoded, Floats, Places, Vocabulary, learn
from .report import Report, Score
from .selection import Tell, choose_setting, folds

_RESAMPLES = 2000
_SEED = 5


def evaluate(train: Sequence[Case], test: Sequence[Case], max_questions: int, tell: Tell) -> Report:
    """Learns from ``train``, choosing everything inside it, then interviews each case of ``test`` once.

    ``test`` is looked at only to answer the questions and to count. Both have at least one case.
    """
    begun = time.monotonic()
    vocabulary = Vocabulary.of(train)
    known, asked = vocabulary.encode(train), vocabulary.encode(test)
    diseases = len(vocabulary.diseases)
    setting = choose_setting(known, diseases, max_questions, tell)
    score = _score(*Asker(learn(known, diseases, setting), setting).interview(asked, max_questions), asked.label)
    strict = None
    if (known.asked == Answer.UNSURE).any() or (asked.asked == Answer.UNSURE).any():
        tell("once more, with “unsure” answered like what was never mentioned")
        known, asked = _hiding(known), _hiding(asked)
        other = choose_setting(known, diseases, max_questions, tell)
        strict = _score(*Asker(learn(known, diseases, other), other).interview(asked, max_questions), asked.label)
    return Report(
        **score.model_dump(),
        max_questions=max_questions,
        trained_on=len(train),
        setting=asdict(setting),
        unsure_as_unmentioned=strict,
        seconds=round(time.monotonic() - begun, 2),
    )


def cross_validate(cases: Sequence[Case], max_questions: int, tell: Tell, parts: int = 5) -> list[Report]:
    """One report a fold of ``cases``, everything chosen anew inside the others: what to expect of cases unseen."""
    vocabulary = Vocabulary.of(cases)
    fold = next(folds(vocabulary.encode(cases), parts))
    reports = []
    for part in range(parts):
        out = [case for case, place in zip(cases, fold, strict=True) if place == part]
        rest = [case for case, place in zip(cases, fold, strict=True) if place != part]
        if out and rest:
            reports.append(evaluate(rest, out, max_questions, tell))
    return reports


def _hiding(cases: Encoded) -> Encoded:
    return replace(
        cases, asked=np.where(cases.asked == Answer.UNSURE, np.int8(Answer.NOT_MENTIONED), cases.asked).astype(np.int8)
    )


def _score(belief: Floats, count: Places, label: Places) -> Score:
    order = np.argsort(-belief, 1, kind="stable")
    first = order[:, 0] == label
    among = (order[:, :3] == label[:, None]).any(1)
    drawn = np.random.default_rng(_SEED).integers(0, len(first), (_RESAMPLES, len(first)))
    low, high = np.percentile(first[drawn].mean(1), (2.5, 97.5))
    return Score(
        n=len(first),
        top1=round(float(first.mean()), 4),
        top3=round(float(among.mean()), 4),
        mean_questions=round(float(count.mean()), 3),
        top1_ci95=(round(float(low), 4), round(float(high), 4)),
    )
