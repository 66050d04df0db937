"""A bill as R4: Invoice (hl7.org/fhir/R4/invoice.html) and one ChargeItem a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from xinglin.foundation.ids import derived

from ..money import fhir_money
from ..price import price_id
from .model import Charge, Invoice

INVOICE_NUMBER = "https://xinglin.health/id/invoice"
_CHARGE = "https://xinglin.health/id/charge"
_STATES = {"draft": "draft", "issued": "issued", "balanced": "balanced", "withdrawn": "cancelled"}
_PRICED = {"visit": "visit", "laboratory": "order", "imaging": "order", "drug": "drug"}


def resources(one: Invoice, dropped: Sequence[Charge] = ()) -> list[dict[str, Any]]:
    """The Invoice and its ChargeItems; those of ``dropped`` are charged no longer."""
    billed = one.state in ("issued", "balanced")
    items = [_item(one, line, "billed" if billed else "billable") for line in one.lines]
    return [*items, *(_item(one, line, "aborted") for line in dropped), _invoice(one)]


def number_of(one: Invoice) -> str:
    """What the invoice is called on paper: the end of its visit's id, and its place there."""
    return f"{one.encounter[-12:].upper()}-{one.place}"


def _invoice(one: Invoice) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Invoice",
        "id": one.id,
        "identifier": [{"system": INVOICE_NUMBER, "value": number_of(one)}],
        "status": _STATES[one.state],
        "subject": {"reference": f"Patient/{one.patient}"},
        "recipient": {"reference": f"Patient/{one.patient}"},
        "date": _moment(one.paid_at or one.made_at),
        "totalNet": fhir_money(one.total_fen),
        "totalGross": fhir_money(one.total_fen),
    }
    if one.lines:
        made["lineItem"] = [_line(place, line) for place, line in enumerate(one.lines, 1)]
    return made


def _line(place: int, line: Charge) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sequence": place,
        "chargeItemReference": {"reference": f"ChargeItem/{_item_id(line)}", "display": line.name_zh},
    }
    if line.amount_fen is not None:
        made["priceComponent"] = [{"type": "base", "amount": fhir_money(line.amount_fen)}]
    return made


def _item(one: Invoice, line: Charge, status: str) -> dict[str, Any]:
    coding = {"system": _CHARGE, "code": f"{line.kind}/{line.code}" if line.code else line.kind}
    made: dict[str, Any] = {
        "resourceType": "ChargeItem",
        "id": _item_id(line),
        "status": status,
        "code": {"coding": [{**coding, "display": line.name_en}], "text": line.name_zh},
        "subject": {"reference": f"Patient/{one.patient}"},
        "context": {"reference": f"Encounter/{one.encounter}"},
        "supportingInformation": [{"reference": line.source}],
    }
    if line.quantity:
        made["quantity"] = {"value": Decimal(line.quantity), **({"unit": line.unit_zh} if line.unit_zh else {})}
    if line.unit_fen is not None:
        made["definitionCanonical"] = [f"https://xinglin.health/id/price/{_PRICED[line.kind]}/{line.code}"]
        made["note"] = [{"text": f"ChargeItemDefinition/{price_id(_PRICED[line.kind], line.code)}"}]
    return made


def _item_id(line: Charge) -> str:
    return derived("charge", line.source)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
