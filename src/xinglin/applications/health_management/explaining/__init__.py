"""Results in plain words."""

from __future__ import annotations

from .model import Explained
from .wording import explained, names_of

__all__ = ["Explained", "explained", "names_of"]
