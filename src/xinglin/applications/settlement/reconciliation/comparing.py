"""A day's statement against what is booked here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ..money import CURRENCY
from ..payment import Order, Refund, StatementLine

Finding = Literal["matched", "missing-here", "missing-there", "amount-differs", "unknown-here"]
LineKind = Literal["payment", "refund"]


class Compared(msgspec.Struct, frozen=True):
    """One payment or refund in both books; None where a book does not have it. ``number`` is ours."""

    kind: LineKind
    number: str
    finding: Finding
    here_fen: int | None
    there_fen: int | None
    provider_number: str = ""
    invoice: str = ""


class Booked(msgspec.Struct, frozen=True):
    """What is booked here, or noted and not booked (``fen`` None)."""

    fen: int | None
    invoice: str


def booked(orders: Sequence[Order], refunds: Sequence[Refund]) -> dict[tuple[LineKind, str], Booked]:
    """By kind and number; cash is in nobody else's book."""
    found: dict[tuple[LineKind, str], Booked] = {
        ("payment", one.id): Booked(one.amount_fen if one.state == "paid" else None, one.invoice)
        for one in orders
        if one.way == "online"
    }
    return found | {
        ("refund", one.id): Booked(one.amount_fen if one.state == "done" else None, one.invoice) for one in refunds
    }


def compared(
    statement: Sequence[StatementLine],
    of_day: Mapping[tuple[LineKind, str], Booked],
    named: Mapping[tuple[LineKind, str], Booked],
) -> list[Compared]:
    """Every line of either book. ``of_day`` is what was booked here that day, ``named`` what is known of the numbers in
    the statement, whenever it was booked: a payment just before midnight is no difference."""
    found: list[Compared] = []
    seen: set[tuple[LineKind, str]] = set()
    for line in statement:
        key = (line.kind, line.number)
        seen.add(key)
        here = named.get(key)
        found.append(
            Compared(
                line.kind,
                line.number,
                _finding(line, here),
                None if here is None else here.fen,
                line.amount_fen,
                line.provider_number,
                "" if here is None else here.invoice,
            )
        )
    for (kind, number), here in of_day.items():
        if (kind, number) not in seen and here.fen is not None:
            found.append(Compared(kind, number, "missing-there", here.fen, None, "", here.invoice))
    return sorted(found, key=lambda one: (one.finding == "matched", one.kind, one.number))


def _finding(line: StatementLine, here: Booked | None) -> Finding:
    if here is None:
        return "unknown-here"
    if here.fen is None:
        return "missing-here"
    if here.fen != line.amount_fen or line.currency != CURRENCY:
        return "amount-differs"
    return "matched"
