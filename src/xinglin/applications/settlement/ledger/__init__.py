"""The ledger: double entry, append-only; that every entry sums to nothing is the database's own rule."""

from __future__ import annotations

from .model import Entry, Way, credited, invoiced, paid, refunded, withdrawn
from .repository import balances, post, turnover

__all__ = [
    "Entry",
    "Way",
    "balances",
    "credited",
    "invoiced",
    "paid",
    "post",
    "refunded",
    "turnover",
    "withdrawn",
]
