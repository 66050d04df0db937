"""What patients answer, and what the pages of follow-ups show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
Stage = Literal["planned", "reminded", "due", "unanswered", "answered", "closed"]
What = Literal["visit", "questionnaire", "test"]
Feeling = Literal["better", "same", "worse"]
Taking = Literal["all", "some", "none", "not_prescribed"]
Why = Literal["red_flag", "worse", "side_effects", "not_taking"]
Step = Literal["called", "come", "online", "close"]


class Answer(BaseModel):
    """``key`` is the same when the same answer is sent again."""

    model_config = ConfigDict(extra="forbid")

    feeling: Feeling
    taking: Taking
    side_effects: bool
    words: Annotated[str, Field(max_length=1000)] = ""
    key: Annotated[str, Field(min_length=8, max_length=80)]


class Advice(BaseModel):
    """What the patient is told at once, one sentence a line; ``is_emergency`` is for calling 120 now."""

    is_emergency: bool
    zh: list[str]
    en: list[str]


class AnswerShown(BaseModel):
    feeling: Feeling
    taking: Taking
    side_effects: bool
    words: str
    at: datetime
    advice: Advice


class OwnFollowUp(BaseModel):
    """A follow-up as the patient sees it. ``can_answer`` tells whether an answer is awaited; ``test`` is what is to be
    repeated."""

    id: str
    patient: str
    stage: Stage
    what: What
    test: str | None
    doctor: str
    due_at: datetime
    can_answer: bool
    answer: AnswerShown | None


class FollowUpRow(BaseModel):
    """A line of the clinicians' list. ``why`` says what is wrong with the answer, the worst first; a row without it
    waits for the patient. ``phone`` is what the record has, empty where it has none."""

    id: str
    patient: str
    name: str
    gender: str
    birth_date: str | None
    phone: str
    stage: Stage
    why: list[Why]
    what: What | None
    test: str | None
    doctor: str
    is_mine: bool
    due_at: datetime
    encounter: str | None
    answer: AnswerShown | None


class StepAsked(BaseModel):
    """``reason`` says why a follow-up is closed; it is needed for that alone."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=200)] = ""


class StepDone(BaseModel):
    id: str
    stage: Stage
