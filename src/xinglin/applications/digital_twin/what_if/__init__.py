"""What if: a clinic played on from its state now, as it is and with other doctors, hours or demand.

Importing it loads nothing heavy.
"""

from __future__ import annotations

from .asking import WhatIf
from .model import ChangeAsked, ComparisonShown

__all__ = ["ChangeAsked", "ComparisonShown", "WhatIf"]
