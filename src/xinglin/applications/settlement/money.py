"""Money: fen, a whole number, everywhere; yuan only where people or FHIR read it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CURRENCY = "CNY"
_YUAN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def fen_of(yuan: str) -> int:
    """``yuan`` as written (``12``, ``12.5``, ``12.50``) in fen. Raises ValueError for anything else: a third decimal, a
    sign, a comma."""
    if not _YUAN.fullmatch(yuan):
        raise ValueError(f"{yuan!r} is no amount in yuan")
    return int(Decimal(yuan) * 100)


def yuan(fen: int) -> str:
    """``1250`` as ``12.50``."""
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def fhir_money(fen: int) -> dict[str, Any]:
    """As R4's Money (hl7.org/fhir/R4/datatypes.html#Money), exact to the fen."""
    return {"value": Decimal(yuan(fen)), "currency": CURRENCY}


def times(unit_fen: int, quantity: Decimal) -> int:
    """So many at that price, rounded half up to the fen."""
    return int((unit_fen * quantity).quantize(Decimal(1), ROUND_HALF_UP))
