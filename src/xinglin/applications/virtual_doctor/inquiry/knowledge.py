"""What cases teach of diseases: how likely each answer is under each, as tables of logarithms.

Imported only where it works: it brings numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case import Answer, Case

Floats = NDArray[np.float64]
States = NDArray[np.int8]
Places = NDArray[np.int64]

ANSWERS = len(Answer)
_UNSAID = int(Answer.NOT_MENTIONED)


@dataclass(frozen=True, slots=True)
class Setting:
    """How tables are learnt and questions chosen; cross-validation decides it.

    ``pooled_share`` 1 counts a symptom told at first and one found by asking as the same, 0 keeps them apart; between,
    the tables are mixed geometrically. ``silence_weight`` is how much it tells that a symptom was *not* told at first.
    ``smoothing`` is added to each count. The last ``closing_questions`` are chosen by the expected share of right
    conclusions, those before by expected information. Asking ends when the leading disease has ``enough_confidence``.
    """

    pooled_share: float = 1.0
    silence_weight: float = 1.0
    smoothing: float = 0.5
    closing_questions: int = 1
    enough_confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Encoded:
    """Cases as numbers: ``first`` and ``asked`` (cases x symptoms) hold ``Answer``, ``label`` the disease or -1."""

    first: States
    asked: States
    label: Places

    def part(self, chosen: NDArray[np.bool_] | Places) -> Encoded:
        """Those cases alone."""
        return Encoded(self.first[chosen], self.asked[chosen], self.label[chosen])


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The symptoms and diseases of the training cases, in the order of the tables."""

    symptoms: tuple[str, ...]
    diseases: tuple[str, ...]

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Vocabulary:
        """Everything that the cases name."""
        symptoms = {symptom for case in cases for symptom in (*case.first, *case.asked)}
        return cls(tuple(sorted(symptoms)), tuple(sorted({case.label for case in cases})))

    def encode(self, cases: Sequence[Case]) -> Encoded:
        """The cases as numbers. Symptoms never seen in training are left out; such a disease becomes -1."""
        symptom = {name: place for place, name in enumerate(self.symptoms)}
        disease = {name: place for place, name in enumerate(self.diseases)}
        shape = (len(cases), len(self.symptoms))
        first, asked = (np.full(shape, _UNSAID, np.int8) for _ in range(2))
        for row, case in enumerate(cases):
            for table, told in ((first, case.first), (asked, case.asked)):
                for name, answer in told.items():
                    if name in symptom:
                        table[row, symptom[name]] = answer
        return Encoded(first, asked, np.array([disease.get(case.label, -1) for case in cases], np.int64))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Logarithms: ``prior`` (diseases), ``told`` and ``answer`` (symptoms x answers x diseases)."""

    prior: Floats
    told: Floats
    answer: Floats

    def start(self, first: States) -> Floats:
        """The logarithm, up to a constant, of each disease's weight after what was told first (cases x diseases)."""
        seen = np.broadcast_to(self.prior, (len(first), len(self.prior))).copy()
        for answer in range(ANSWERS):
            seen += (first == answer) @ self.told[:, answer, :]
        return seen


_TOLD_SHRINKAGE = 3.0  # cases' worth of belief that a symptom is told alike in all diseases
_ASKED_SHRINKAGE = 5.0


def learn(cases: Encoded, diseases: int, setting: Setting) -> Knowledge:
    """Tables from the cases, which have a known label each; every answer keeps some probability."""
    is_disease = np.eye(diseases)[cases.label]
    size = is_disease.sum(0)
    told = _shrunk(_counts(cases.first, is_disease), _TOLD_SHRINKAGE)
    met = np.where(cases.first != _UNSAID, cases.first, cases.asked)
    pooled = _counts(met, is_disease) + setting.smoothing
    pooled = np.log(pooled / pooled.sum(1, keepdims=True))
    unsaid = (cases.first == _UNSAID).astype(float)
    apart = _shrunk(_counts(cases.asked, is_disease, unsaid), _ASKED_SHRINKAGE)
    share = setting.pooled_share
    mixed = np.exp(share * pooled + (1 - share) * apart)
    answer = np.log(mixed / mixed.sum(1, keepdims=True))
    opening = share * pooled + (1 - share) * told
    opening[:, _UNSAID, :] = setting.silence_weight * told[:, _UNSAID, :]
    return Knowledge(np.log((size + 1) / (size.sum() + diseases)), opening, answer)


def _counts(states: States, is_disease: Floats, counted: Floats | float = 1.0) -> Floats:
    return np.stack([((states == answer) * counted).T @ is_disease for answer in range(ANSWERS)], 1)


def _shrunk(counts: Floats, strength: float) -> Floats:
    overall = counts.sum(2, keepdims=True) + 0.5
    overall /= overall.sum(1, keepdims=True)
    shrunk: Floats = np.log((counts + strength * overall) / (counts.sum(1, keepdims=True) + strength))
    return shrunk
