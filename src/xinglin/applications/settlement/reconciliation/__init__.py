"""Both books side by side."""

from __future__ import annotations

from .comparing import Compared, Finding
from .service import Reconciled, Reconciling

__all__ = ["Compared", "Finding", "Reconciled", "Reconciling"]
