"""What an evaluation found."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Score(BaseModel):
    """Shares of ``n`` cases whose disease was named first, or among the first three, and questions a case."""

    n: int
    top1: float
    top3: float
    mean_questions: float
    top1_ci95: tuple[float, float]


class Report(Score):
    """The score, and how it came about.

    ``top1`` and the rest let the patient tell "I cannot say" (the case has the symptom as unsure) from "that was never
    spoken of", as the data sets' own simulator does; ``unsure_as_unmentioned`` is the same with both answered alike.
    """

    max_questions: int
    trained_on: int
    setting: dict[str, Any]
    unsure_as_unmentioned: Score | None
    seconds: float
