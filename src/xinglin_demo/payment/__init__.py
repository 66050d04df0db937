"""A payment provider of the demo: speaks as a real one would, and moves no money."""

from __future__ import annotations

from .book import Book, SandboxOrder
from .sandbox import Calls, delivering, sandbox

__all__ = ["Book", "Calls", "SandboxOrder", "delivering", "sandbox"]
