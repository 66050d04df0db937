"""Follow-ups: asking patients at the planned time how they are, and bringing who is worse before a doctor at once."""

from __future__ import annotations

from .answering import Answering, HowUrgent
from .events import FOLLOWUP_ANSWERED, FOLLOWUP_CLOSED, FOLLOWUP_DUE, FOLLOWUP_UNANSWERED
from .followed import Followed
from .keeping import Resources
from .routes import FOLLOW_UP, own_router, work_router
from .sweeping import Sweep

__all__ = [
    "FOLLOWUP_ANSWERED",
    "FOLLOWUP_CLOSED",
    "FOLLOWUP_DUE",
    "FOLLOWUP_UNANSWERED",
    "FOLLOW_UP",
    "Answering",
    "Followed",
    "HowUrgent",
    "Resources",
    "Sweep",
    "own_router",
    "work_router",
]
