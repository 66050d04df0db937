"""The entries that settlement makes, each summing to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["invoice", "withdrawal", "payment", "refund", "credit"]
Account = Literal["receivable", "revenue", "online", "cash"]
Way = Literal["online", "cash"]


@dataclass(frozen=True, slots=True)
class Entry:
    """``key`` says what happened: the same ``kind`` and ``key`` is posted once, however often it is told. ``lines`` are
    fen by account, positive what the institution has or is owed; they sum to 0."""

    kind: Kind
    key: str
    invoice: str
    lines: Mapping[Account, int]


def invoiced(invoice: str, fen: int) -> Entry:
    """The patient owes ``fen``."""
    return Entry("invoice", invoice, invoice, {"receivable": fen, "revenue": -fen})


def withdrawn(invoice: str, fen: int) -> Entry:
    """They do not: what they were to pay is made out anew."""
    return Entry("withdrawal", invoice, invoice, {"revenue": fen, "receivable": -fen})


def paid(order: str, invoice: str, way: Way, fen: int) -> Entry:
    """``fen`` came in."""
    return Entry("payment", order, invoice, {way: fen, "receivable": -fen})


def refunded(refund: str, invoice: str, way: Way, fen: int) -> Entry:
    """``fen`` went back."""
    return Entry("refund", refund, invoice, {"receivable": fen, way: -fen})


def credited(refund: str, invoice: str, fen: int) -> Entry:
    """What was charged is charged no longer, which is why it goes back."""
    return Entry("credit", refund, invoice, {"revenue": fen, "receivable": -fen})
