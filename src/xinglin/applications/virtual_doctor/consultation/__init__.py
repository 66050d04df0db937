"""The consultation: a person's words and answers in, the next question and the advice out; kept when they agree."""

from __future__ import annotations

from .events import PRECONSULTATION_COMPLETED
from .keeping import Keeper
from .routes import KEEP, router

__all__ = ["KEEP", "PRECONSULTATION_COMPLETED", "Keeper", "router"]
