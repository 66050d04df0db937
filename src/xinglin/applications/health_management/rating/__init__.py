"""How satisfied a patient was with a visit: one press, once."""

from __future__ import annotations

from .routes import router
from .service import VISIT_RATED, Ratings

__all__ = ["VISIT_RATED", "Ratings", "router"]
