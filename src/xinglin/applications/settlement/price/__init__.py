"""What things cost."""

from __future__ import annotations

from .loading import Loaded
from .model import Price, price_id
from .service import Prices

__all__ = ["Loaded", "Price", "Prices", "price_id"]
