"""The next question: the one whose answer is expected to tell most. Imported only where it works (numpy)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .knowledge import ANSWERS, Encoded, Floats, Knowledge, Places, Setting

_UNSAID = ANSWERS - 1
_BATCH_CASES = 512
_SHORT_LIST = 24  # questions whose expected share of right conclusions is worked out
_TIE_BREAK = 0.02  # weight of the information, so that among equally useful questions the one that tells more is asked


class Asker:
    """Chooses questions for many patients at once; keeps nothing of them."""

    def __init__(self, knowledge: Knowledge, setting: Setting) -> None:
        self._knowledge = knowledge
        self._setting = setting
        chance = np.exp(knowledge.answer)
        self._symptoms, _, self._diseases = chance.shape
        self._flat = chance.reshape(-1, self._diseases)
        self._chance = chance
        self._spread = (chance * knowledge.answer).sum(1)

    def information(self, belief: Floats) -> Floats:
        """Expected information of each question in nats (cases x symptoms), the answers' probabilities being known.

        Mutual information of disease and answer: H(answer) - H(answer | disease); Cover and Thomas, Elements of
        Information Theory, 2.4.
        """
        chance = (belief @ self._flat.T).reshape(len(belief), self._symptoms, ANSWERS)
        told: Floats = belief @ self._spread.T - (chance * np.log(chance)).sum(2)
        return told

    def choose(self, belief: Floats, open_: NDArray[np.bool_], left: int) -> Places:
        """The symptom to ask each patient of, ``left`` questions being left; ``open_`` has one for every patient."""
        value = np.where(open_, self.information(belief), -np.inf)
        if left > self._setting.closing_questions:
            best: Places = value.argmax(1)
            return best
        listed = np.argsort(-value, 1, kind="stable")[:, :_SHORT_LIST]
        rows = np.arange(len(belief))[:, None]
        right = (belief[:, None, None, :] * self._chance[listed]).max(3).sum(2)
        useful = np.where(open_[rows, listed], right + _TIE_BREAK * value[rows, listed], -np.inf)
        chosen: Places = listed[rows[:, 0], useful.argmax(1)]
        return chosen

    def interview(self, cases: Encoded, max_questions: int) -> tuple[Floats, Places]:
        """Each case's belief at the end (cases x diseases) and how many questions it took."""
        beliefs, counts = [], []
        for begin in range(0, len(cases.label), _BATCH_CASES):
            belief, count = self._interview(
                cases.part(np.arange(begin, min(begin + _BATCH_CASES, len(cases.label)))), max_questions
            )
            beliefs.append(belief)
            counts.append(count)
        return np.concatenate(beliefs), np.concatenate(counts)

    def _interview(self, cases: Encoded, max_questions: int) -> tuple[Floats, Places]:
        weight = self._knowledge.start(cases.first)
        open_ = cases.first == _UNSAID
        count = np.zeros(len(weight), np.int64)
        for asked in range(max_questions):
            belief = softmax(weight)
            going = np.flatnonzero((belief.max(1) < self._setting.enough_confidence) & open_.any(1))
            if not len(going):
                break
            symptom = self.choose(belief[going], open_[going], max_questions - asked)
            weight[going] += self._knowledge.answer[symptom, cases.asked[going, symptom]]
            open_[going, symptom] = False
            count[going] += 1
        return softmax(weight), count


def softmax(weight: Floats) -> Floats:
    """Probabilities (rows sum to 1) from logarithms of weights."""
    raised = np.exp(weight - weight.max(1, keepdims=True))
    belief: Floats = raised / raised.sum(1, keepdims=True)
    return belief
