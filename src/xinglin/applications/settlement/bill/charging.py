"""From a visit's resources to what they cost. Pure: what it is given decides what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xinglin.data_platform.terminology import DRUGS, ORDERABLE

from ..money import times
from ..price import Price
from .model import Charge, ChargeKind

_VISITS = {"AMB": ("门诊诊查费", "Consultation"), "EMER": ("急诊诊查费", "Emergency"), "VR": ("互联网诊查费", "Online")}
_BEGUN = frozenset({"in-progress", "onleave", "finished"})
_ORDERED = frozenset({"active", "completed"})
_KINDS: dict[str, ChargeKind] = {"LAB": "laboratory", "RAD": "imaging"}

Asked = tuple[str, str]
Resource = Mapping[str, Any]


def asked(encounter: Resource, requests: Sequence[Resource]) -> set[Asked]:
    """The (kind, code) of every price that the visit may need."""
    return {(kind, code) for kind, code in map(_asked, (encounter, *requests)) if code}


def charges(encounter: Resource, requests: Sequence[Resource], prices: Mapping[Asked, Price]) -> list[Charge]:
    """One charge for the consultation once it began, for each test that stands, and for each drug that a pharmacist
    has approved and that was not taken back; by kind, in the order in which they were asked for."""
    found = [*_visit(encounter, prices)]
    in_order = sorted(requests, key=lambda one: (one.get("authoredOn", ""), one["id"]))
    for one in in_order:
        if one["resourceType"] == "ServiceRequest":
            found += _test(one, prices)
    for one in in_order:
        if one["resourceType"] == "MedicationRequest":
            found += _drug(one, prices)
    return found


def _asked(one: Resource) -> Asked:
    if one["resourceType"] == "Encounter":
        return "visit", (one.get("class") or {}).get("code", "")
    if one["resourceType"] == "ServiceRequest":
        return "order", _code(one.get("code"), ORDERABLE)
    return "drug", _code(one.get("medicationCodeableConcept"), DRUGS)


def _visit(encounter: Resource, prices: Mapping[Asked, Price]) -> Iterator[Charge]:
    kind, code = _asked(encounter)
    if encounter.get("status") not in _BEGUN or code not in _VISITS:
        return
    yield _charge(encounter, "visit", prices.get((kind, code)), code, _VISITS[code], Decimal(1))


def _test(request: Resource, prices: Mapping[Asked, Price]) -> Iterator[Charge]:
    categories = {each.get("code") for one in request.get("category", ()) for each in one.get("coding", ())}
    kind = next((_KINDS[code] for code in categories if code in _KINDS), None)
    if request.get("status") not in _ORDERED or request.get("intent") != "order" or kind is None:
        return
    _, code = _asked(request)
    yield _charge(request, kind, prices.get(("order", code)), code, _names(request.get("code")), Decimal(1))


def _drug(request: Resource, prices: Mapping[Asked, Price]) -> Iterator[Charge]:
    if request.get("status") not in _ORDERED or request.get("intent") != "order":
        return
    _, code = _asked(request)
    value = ((request.get("dispenseRequest") or {}).get("quantity") or {}).get("value")
    quantity = None if value is None else Decimal(str(value))
    names = _names(request.get("medicationCodeableConcept"))
    yield _charge(request, "drug", prices.get(("drug", code)), code, names, quantity)


def _charge(
    of: Resource, kind: ChargeKind, price: Price | None, code: str, names: tuple[str, str], quantity: Decimal | None
) -> Charge:
    known = price is not None and quantity is not None and quantity > 0
    return Charge(
        source=f"{of['resourceType']}/{of['id']}",
        kind=kind,
        code=code,
        name_zh=price.name_zh if price else names[0],
        name_en=(price.name_en if price else "") or names[1],
        quantity="" if quantity is None else format(quantity.normalize(), "f"),
        unit_zh=price.unit_zh if price else "",
        unit_fen=price.price_fen if price else None,
        amount_fen=times(price.price_fen, quantity) if known and price and quantity else None,
    )


def _code(concept: Resource | None, system: str) -> str:
    codings = (concept or {}).get("coding", ())
    return next((str(one["code"]) for one in codings if one.get("system") == system and one.get("code")), "")


def _names(concept: Resource | None) -> tuple[str, str]:
    displays = [one["display"] for one in (concept or {}).get("coding", ()) if one.get("display")]
    text = str((concept or {}).get("text") or (displays or ["?"])[0])
    return text, str((displays or [text])[0])
