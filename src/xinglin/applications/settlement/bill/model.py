"""A bill of a visit: its charges and its invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["draft", "issued", "balanced", "withdrawn"]
"""As Invoice.status says it, ``withdrawn`` being its ``cancelled``: only a draft changes."""

ChargeKind = Literal["visit", "laboratory", "imaging", "drug"]


class Charge(msgspec.Struct, frozen=True):
    """One line. ``source`` is the resource that it is for; ``quantity`` a decimal as text, empty where nobody wrote it;
    ``amount_fen`` is None where the price list or the prescription does not tell enough: the desk settles that."""

    source: str
    kind: ChargeKind
    code: str
    name_zh: str
    name_en: str
    quantity: str
    unit_zh: str
    unit_fen: int | None
    amount_fen: int | None


class Invoice(msgspec.Struct, frozen=True):
    """One invoice of a visit; ``place`` numbers those of one visit from 1."""

    id: str
    encounter: str
    patient: str
    place: int
    state: State
    lines: list[Charge]
    total_fen: int
    made_at: datetime
    paid_at: datetime | None = None


def total_of(lines: list[Charge]) -> int:
    """The sum of what has a price, in fen."""
    return sum(one.amount_fen or 0 for one in lines)
