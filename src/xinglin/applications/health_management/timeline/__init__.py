"""One timeline that a patient and those who care for them share."""

from __future__ import annotations

from .reading import Timelines
from .routes import TIMELINE, router

__all__ = ["TIMELINE", "Timelines", "router"]
