"""Protocols: which tests make sense before a consultation, for whom not, and who says so."""

from __future__ import annotations

from .matching import Person, Pregnancy, Proposed, asks_pregnancy, proposed
from .model import Protocol, protocols, read_protocols

__all__ = [
    "Person",
    "Pregnancy",
    "Proposed",
    "Protocol",
    "asks_pregnancy",
    "proposed",
    "protocols",
    "read_protocols",
]
