"""Paying and paying back."""

from __future__ import annotations

from . import repository
from .following import Following
from .message import LONGEST_BYTES
from .model import LIVE, Notice, Order, Refund
from .online import OnlineProvider
from .paying import Payments
from .provider import OrderTold, PaymentProvider, StatementLine
from .refunding import Refunds
from .taking import Taking

__all__ = [
    "LIVE",
    "LONGEST_BYTES",
    "Following",
    "Notice",
    "OnlineProvider",
    "Order",
    "OrderTold",
    "PaymentProvider",
    "Payments",
    "Refund",
    "Refunds",
    "StatementLine",
    "Taking",
    "repository",
]
