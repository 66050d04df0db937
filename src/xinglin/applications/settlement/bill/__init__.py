"""What a visit costs."""

from __future__ import annotations

from . import repository
from .model import Charge, Invoice
from .resource import number_of
from .service import CAUSE, Bill, Bills

__all__ = ["CAUSE", "Bill", "Bills", "Charge", "Invoice", "number_of", "repository"]
