"""Every choice of the inquiry, made by cross-validation inside the training cases. Imported only where it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .asking import Asker
from .knowledge import ANSWERS, Encoded, Places, Setting, learn

Tell = Callable[[str], None]

_FOLDS = 5
_FEWEST_CASES = 20  # below, folds say nothing and the defaults stand
_MOST_WORK = 1.5e10  # products in one trial over all folds: some seconds of one core
_INDIFFERENT = 0.001  # a tenth of a point of accuracy is not worth more questions
_SEED = 17


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting and what folds said of it: accuracy over all cases and mean number of questions."""

    setting: Setting
    accuracy: float
    questions: float


def choose_setting(cases: Encoded, diseases: int, max_questions: int, tell: Tell) -> Setting:
    """The setting that is right most often on cases held out; of two alike, the one that asks less."""
    if len(cases.label) < _FEWEST_CASES or diseases < 2:
        tell(f"{len(cases.label)} training cases are too few to choose by; defaults stand")
        return Setting()
    splits = _splits(cases, max_questions, diseases)

    def tried(setting: Setting) -> Trial:
        trial = _trial(cases, diseases, splits, setting, max_questions)
        tell(f"{trial.accuracy:.4f} with {trial.questions:.2f} questions: {setting}")
        return trial

    tables = [
        Setting(share, weight, smoothing, enough_confidence=0.99)
        for share in (0.0, 0.5, 1.0)
        for weight in (0.5, 1.0)
        for smoothing in (0.2, 0.5)
        if smoothing == Setting().smoothing or share > 0
    ]
    best = max(map(tried, tables), key=lambda trial: trial.accuracy)
    closings = [replace(best.setting, closing_questions=count) for count in (0, 2)]
    best = max([best, *map(tried, closings)], key=lambda trial: trial.accuracy)
    stops = [tried(replace(best.setting, enough_confidence=stop)) for stop in (0.85, 0.9, 0.95)]
    good = max(trial.accuracy for trial in (best, *stops)) - _INDIFFERENT
    return min((trial for trial in (*stops, best) if trial.accuracy >= good), key=lambda trial: trial.questions).setting


def _trial(cases: Encoded, diseases: int, splits: list[Places], setting: Setting, max_questions: int) -> Trial:
    right, questions, held = 0, 0, 0
    for fold in splits:
        for part in range(_FOLDS):
            rest, out = cases.part((fold != part) & (fold >= 0)), cases.part(fold == part)
            if not len(out.label):
                continue
            belief, count = Asker(learn(rest, diseases, setting), setting).interview(out, max_questions)
            right += int((belief.argmax(1) == out.label).sum())
            questions += int(count.sum())
            held += len(out.label)
    return Trial(setting, right / held, questions / held)


def _splits(cases: Encoded, max_questions: int, diseases: int) -> list[Places]:
    """Which fold each case is in, some splits long; of a huge file only part takes part (the others have -1)."""
    work = cases.first.size * ANSWERS * diseases * max(max_questions, 1)
    share = min(1.0, _MOST_WORK / work)
    repeats = int(min(4, max(1, _MOST_WORK / 8 // work)))
    rng = np.random.default_rng(_SEED)
    out = []
    for fold in folds(cases, _FOLDS, repeats):
        out.append(np.where(rng.random(len(fold)) < share, fold, -1) if share < 1 else fold)
    return out


def folds(cases: Encoded, count: int, repeats: int = 1) -> Iterator[Places]:
    """Splits into ``count`` folds, each disease spread evenly; cases that are copies of one another stay together."""
    rows = np.concatenate([cases.first, cases.asked], 1)
    _, copy = np.unique(rows, axis=0, return_inverse=True)
    copy = copy.reshape(-1)
    for repeat in range(repeats):
        rng = np.random.default_rng((_SEED, repeat))
        lead = np.full(copy.max() + 1, -1)
        for disease in range(int(cases.label.max()) + 1):
            of_disease = np.unique(copy[cases.label == disease])
            rng.shuffle(of_disease)
            fresh = of_disease[lead[of_disease] < 0]
            lead[fresh] = (np.arange(len(fresh)) + rng.integers(count)) % count
        yield lead[copy]
