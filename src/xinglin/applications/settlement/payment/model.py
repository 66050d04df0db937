"""Payment orders and refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from ..ledger import Way

OrderState = Literal["created", "open", "paid", "cancelled"]
"""``created`` is noted here and perhaps not with the provider; ``open`` both know of."""

RefundState = Literal["asked", "done", "refused"]
LIVE: tuple[OrderState, ...] = ("created", "open")


class Order(msgspec.Struct, frozen=True):
    """One try to pay one invoice; ``id`` is what the provider knows it by, so that asking twice makes one payment."""

    id: str
    invoice: str
    encounter: str
    patient: str
    way: Way
    amount_fen: int
    state: OrderState
    pay_url: str
    provider_order: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    asked_times: int = 0
    ask_at: datetime | None = None


class Refund(msgspec.Struct, frozen=True):
    """Money to go back. ``credits`` tells that the charge falls with it, which it does not where a payment came in that
    nothing was owed for any longer. ``said`` is why the provider refused."""

    id: str
    order_id: str
    invoice: str
    amount_fen: int
    reason: str
    credits: bool
    state: RefundState
    said: str
    made_by: str
    made_at: datetime
    done_at: datetime | None = None
    asked_times: int = 0
    ask_at: datetime | None = None


class Notice(msgspec.Struct, frozen=True):
    """A call-back with a good signature, and what came of it."""

    id: str
    order_id: str
    outcome: str
    amount_fen: int
    currency: str
    heard_at: datetime
