"""The outcome benchmark: what the levers do to waits and stays of a reference hospital, judged on days not tuned on.

Importing it loads numba.
"""

from __future__ import annotations

from .assumption import Assumption, assumptions, check_settings, read_setting
from .benchmark import Settings, measure
from .telling import table

__all__ = ["Assumption", "Settings", "assumptions", "check_settings", "measure", "read_setting", "table"]
