"""Which question to ask next, and what the answers make likely: learnt from cases, chosen by cross-validation."""

from __future__ import annotations

from .case import Answer, Case, read_cases
from .report import Report, Score

__all__ = ["Answer", "Case", "Report", "Score", "read_cases"]
