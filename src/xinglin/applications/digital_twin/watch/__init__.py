"""The watch: foresight of the running house every minute, alarms, and how true what was foreseen came."""

from __future__ import annotations

from .present import Hours, Present
from .service import LEARN_EVERY, Look, Watch
from .showing import ENOUGH_VISITS, AlarmShown, Showing, TwinShown, WaitsShown

__all__ = [
    "ENOUGH_VISITS",
    "LEARN_EVERY",
    "AlarmShown",
    "Hours",
    "Look",
    "Present",
    "Showing",
    "TwinShown",
    "WaitsShown",
    "Watch",
]
