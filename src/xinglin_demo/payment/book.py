"""What the sandbox remembers: orders and refunds, and what its day statement says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import msgspec


class SandboxRefund(msgspec.Struct):
    """Money that went back."""

    refund: str
    amount_fen: int
    at: datetime


class SandboxOrder(msgspec.Struct):
    """An order as a merchant asked for it, and what became of it: open, paid or closed."""

    order: str
    amount_fen: int
    currency: str
    title: str
    notify_url: str
    return_url: str
    expires_at: datetime
    state: str = "open"
    paid_at: datetime | None = None
    refunds: list[SandboxRefund] = []

    @property
    def number(self) -> str:
        """The sandbox's own number of it."""
        return f"SB{self.order.replace('-', '')[-16:].upper()}"


@dataclass
class Book:
    """All orders by the merchant's number; kept in ``file``, where one is named, after every change."""

    zone: tzinfo
    file: Path | None = None
    orders: dict[str, SandboxOrder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            self.orders = msgspec.json.decode(self.file.read_bytes(), type=dict[str, SandboxOrder])

    def keep(self) -> None:
        """Write the file, whole or not at all."""
        if self.file is not None:
            fresh = self.file.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self.orders))
            fresh.replace(self.file)

    def statement(self, day: date) -> list[dict[str, Any]]:
        """What moved on ``day`` in the sandbox's zone."""
        lines = []
        for one in self.orders.values():
            if one.paid_at is not None and one.paid_at.astimezone(self.zone).date() == day:
                lines.append(_line("payment", one.order, one.number, one.amount_fen, one.currency, one.paid_at))
            lines += [
                _line("refund", back.refund, f"{one.number}R", back.amount_fen, one.currency, back.at)
                for back in one.refunds
                if back.at.astimezone(self.zone).date() == day
            ]
        return lines


def _line(kind: str, number: str, own: str, fen: int, currency: str, at: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "number": number,
        "provider_number": own,
        "amount_fen": fen,
        "currency": currency,
        "at": at.isoformat(),
    }
