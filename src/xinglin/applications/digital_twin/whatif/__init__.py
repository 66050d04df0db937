"""What if: a plan nobody has tried, played from the live state or for a day of the week. Importing it is light."""

from __future__ import annotations

from .asking import Trier
from .model import Answer, Change, Estimate, Figures, Prices, Question, Refused, Session, Tried
from .service import WhatIf
from .showing import Asked, PlanShown, TriedShown

__all__ = [
    "Answer",
    "Asked",
    "Change",
    "Estimate",
    "Figures",
    "PlanShown",
    "Prices",
    "Question",
    "Refused",
    "Session",
    "Tried",
    "TriedShown",
    "Trier",
    "WhatIf",
]
