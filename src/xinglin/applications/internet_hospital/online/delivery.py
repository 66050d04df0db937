"""How the drugs of an online visit come to the patient: collected at the pharmacy, or sent to an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinglin.foundation.ids import derived

from .member import Member
from .model import Delivery, Resource
from .written import moment

_SYSTEM = "https://xinglin.health/id/drug-delivery"
_WORDS = {"collect": "到药房自取 Collected at the pharmacy", "send": "配送到家 Sent to the address"}


def delivery_of(encounter: str) -> str:
    """The id of the SupplyRequest of a visit."""
    return derived("online-delivery", encounter)


def supply_request(member: Member, asked: Delivery, at: datetime) -> Resource:
    """What the patient wants, as SupplyRequest (hl7.org/fhir/R4/supplyrequest.html); the newest holds."""
    to: Resource = {"reference": f"Patient/{member.patient}"}
    if asked.how == "send":
        to["display"] = f"{asked.address}\n{asked.phone}"
    return {
        "resourceType": "SupplyRequest",
        "id": delivery_of(member.encounter),
        "identifier": [{"system": _SYSTEM, "value": member.encounter}],
        "status": "active",
        "category": {"coding": [{"system": _SYSTEM, "code": asked.how}], "text": _WORDS[asked.how]},
        "itemCodeableConcept": {"text": "本次就诊的处方药 Drugs prescribed in this visit"},
        "quantity": {"value": 1},
        "authoredOn": moment(at),
        "requester": {"reference": f"Patient/{member.patient}", "display": member.name},
        "deliverTo": to,
    }


def read(found: Mapping[str, Any] | None) -> Delivery | None:
    """What a SupplyRequest of ours says; None where there is none."""
    if found is None:
        return None
    address, _, phone = str((found.get("deliverTo") or {}).get("display", "")).partition("\n")
    return Delivery(how=found["category"]["coding"][0]["code"], address=address, phone=phone)
