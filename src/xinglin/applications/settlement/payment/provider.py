"""What this room asks of a payment provider, whoever it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Protocol

import msgspec


class OrderAsked(msgspec.Struct, frozen=True):
    """``order`` is our number; the same again is the same order. ``title`` is shown to the payer and tells nothing
    clinical. Call-backs go to ``notify_url``, the payer's browser to ``return_url``."""

    order: str
    amount_fen: int
    currency: str
    title: str
    expires_at: datetime
    notify_url: str
    return_url: str


class OrderTold(msgspec.Struct, frozen=True):
    """How an order stands with the provider; ``unknown`` where it never heard of it."""

    order: str
    state: Literal["open", "paid", "closed", "unknown"]
    amount_fen: int = 0
    currency: str = ""
    provider_order: str = ""
    pay_url: str = ""
    paid_at: datetime | None = None


class RefundTold(msgspec.Struct, frozen=True):
    """How a refund stands; ``said`` is why it was refused."""

    refund: str
    state: Literal["done", "pending", "refused"]
    said: str = ""


class StatementLine(msgspec.Struct, frozen=True):
    """A line of a day's statement; ``number`` is ours: of the order, or of the refund."""

    kind: Literal["payment", "refund"]
    number: str
    provider_number: str
    amount_fen: int
    currency: str
    at: datetime


class PaymentProvider(Protocol):
    """Every method may be called again with the same numbers and does the thing once. Each raises UNAVAILABLE where
    the provider cannot be reached or is not understood, and UNPROCESSABLE with its words where it does not want to."""

    async def create(self, asked: OrderAsked) -> OrderTold:
        """Make the order, or find it; ``pay_url`` is where the payer goes."""
        ...

    async def query(self, order: str) -> OrderTold:
        """How it stands now."""
        ...

    async def close(self, order: str) -> OrderTold:
        """Have it paid no longer; it may turn out to be paid already."""
        ...

    async def refund(self, refund: str, order: str, amount_fen: int, reason: str) -> RefundTold:
        """Send money back."""
        ...

    async def statement(self, day: date) -> list[StatementLine]:
        """What the provider moved on that day of its calendar, complete once the day is over."""
        ...
