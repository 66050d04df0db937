"""The virtual doctor: red flags first, then questions that tell most; how urgent it is, and where to go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .inquiry import Case, Report, Score, read_cases

__all__ = ["Case", "Report", "Score", "evaluate_files", "read_cases"]


def evaluate_files(train: Path, test: Path, max_questions: int, tell: Callable[[str], None]) -> Report:
    """Learns from one file of cases and interviews those of another; ``tell`` hears of the progress.

    INVALID or NOT_FOUND where a file cannot be used. Some seconds to two minutes of one core.
    """
    from .inquiry.evaluation import evaluate

    return evaluate(read_cases(train), read_cases(test), max_questions, tell)
