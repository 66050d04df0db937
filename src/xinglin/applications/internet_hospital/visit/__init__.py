"""The consulting room: a draft that several tabs share, live checks, and signing in one transaction."""

from __future__ import annotations

from .events import ORDER_PLACED, PRESCRIPTION_ISSUED, VISIT_SIGNED
from .routes import CONSULT, router
from .service import Rooms
from .signing import Signatures
from .written import PRESCRIPTION, review_of

__all__ = [
    "CONSULT",
    "ORDER_PLACED",
    "PRESCRIPTION",
    "PRESCRIPTION_ISSUED",
    "VISIT_SIGNED",
    "Rooms",
    "Signatures",
    "review_of",
    "router",
]
