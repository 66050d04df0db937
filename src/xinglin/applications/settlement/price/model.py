"""A price, and its resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ..money import fen_of, fhir_money

PRICES = "https://xinglin.health/id/price"
Kind = Literal["visit", "order", "drug"]


class Price(BaseModel):
    """What one ``unit`` of something costs, in fen. ``code`` is the catalogue's: of the visit's class (AMB, EMER, VR),
    of the test that is ordered, of the drug."""

    kind: Kind
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,50}$")]
    name_zh: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Annotated[str, Field(max_length=200)] = ""
    unit_zh: Annotated[str, Field(max_length=20)] = "次"
    price_fen: Annotated[int, Field(ge=0, le=100_000_000)]


def price_id(kind: str, code: str) -> str:
    """The id of the ChargeItemDefinition: look-ups of a bill are one fetch by id."""
    return f"price-{kind}-{code}"


def definition(one: Price) -> dict[str, Any]:
    """As ChargeItemDefinition (hl7.org/fhir/R4/chargeitemdefinition.html)."""
    concept = {"coding": [{"system": PRICES, "code": f"{one.kind}/{one.code}"}], "text": one.name_zh}
    if one.name_en:
        concept["coding"][0]["display"] = one.name_en  # type: ignore[index]
    return {
        "resourceType": "ChargeItemDefinition",
        "id": price_id(one.kind, one.code),
        "url": f"{PRICES}/{one.kind}/{one.code}",
        "title": one.name_zh,
        "status": "active",
        "code": concept,
        "propertyGroup": [
            {"priceComponent": [{"type": "base", "code": {"text": one.unit_zh}, "amount": fhir_money(one.price_fen)}]}
        ],
    }


def price_of(resource: Mapping[str, Any]) -> Price | None:
    """The price that a ChargeItemDefinition of this node tells; None where it is retired or tells none."""
    try:
        coding = resource["code"]["coding"][0]
        component = resource["propertyGroup"][0]["priceComponent"][0]
        if resource["status"] != "active" or component["amount"]["currency"] != "CNY":
            return None
        kind, _, code = coding["code"].partition("/")
        return Price(
            kind=kind,
            code=code,
            name_zh=resource["code"]["text"],
            name_en=coding.get("display", ""),
            unit_zh=component["code"]["text"],
            price_fen=fen_of(str(component["amount"]["value"])),
        )
    except (KeyError, IndexError, ValueError, TypeError):
        return None
