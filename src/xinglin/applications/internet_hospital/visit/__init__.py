"""The consulting room: a draft that several tabs share, live checks, and signing in one transaction."""

from __future__ import annotations

from .events import ORDER_PLACED, PRESCRIPTION_ISSUED, VISIT_SIGNED
from .refusing import practitioner_of
from .routes import CONSULT, router
from .service import Prove, Rooms
from .signing import Act, Signatures, verification
from .written import PRESCRIPTION, review_of

__all__ = [
    "CONSULT",
    "ORDER_PLACED",
    "PRESCRIPTION",
    "PRESCRIPTION_ISSUED",
    "VISIT_SIGNED",
    "Act",
    "Prove",
    "Rooms",
    "Signatures",
    "practitioner_of",
    "review_of",
    "router",
    "verification",
]
