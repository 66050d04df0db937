"""How urgent is it, where to go, and why: bounded rules with sources, before any probability."""

from __future__ import annotations

from .advice import Advice, Level, Reason, advise
from .lexicon import finding_names
from .questions import Question, next_question
from .understanding import LONGEST_TEXT_CHARACTERS, Finding, Understood, understand

__all__ = [
    "LONGEST_TEXT_CHARACTERS",
    "Advice",
    "Finding",
    "Level",
    "Question",
    "Reason",
    "Understood",
    "advise",
    "finding_names",
    "next_question",
    "understand",
]
