"""What is asked of a consultation, and what it answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ..ahead import TestsProposed
from ..triage import Advice, Question, Understood

MOST_WORDS_CHARACTERS = 200_000
MOST_ANSWERS = 64

Reply = Literal["yes", "no", "unsure"]


class Consultation(BaseModel):
    """All that a person has said so far. The node keeps nothing of it: the whole comes with every request.

    ``answers`` are by finding, as the questions named them.
    """

    words: str = Field(max_length=MOST_WORDS_CHARACTERS)
    answers: dict[str, Reply] = Field(default_factory=dict, max_length=MOST_ANSWERS)


class Turn(BaseModel):
    """Where a consultation stands: what was understood, the next question if one is worth asking, the advice so far.
    ``asks_pregnancy`` tells that tests before the visit may depend on it, for whoever can be pregnant."""

    understood: Understood
    question: Question | None
    advice: Advice
    asks_pregnancy: bool


class Keeping(Consultation):
    """A consultation that the signed-in patient wants their hospital to have.

    ``key`` is made by the caller, once a consultation: sent again, nothing is written twice. ``agreed`` must be true.
    ``wants_person`` asks that somebody calls back.
    """

    patient: str = Field(min_length=1, max_length=64)
    key: str = Field(min_length=8, max_length=64)
    agreed: bool
    wants_person: bool = False


class Kept(BaseModel):
    """The id of the QuestionnaireResponse, whether this request wrote it, and the tests that are put before a doctor of
    the department to be done before the visit."""

    questionnaire_response: str
    written_now: bool
    tests: list[TestsProposed]
