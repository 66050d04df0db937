"""A drug as MedicationKnowledge (hl7.org/fhir/R4/medicationknowledge.html), and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Drug

DRUGS = "https://xinglin.health/id/drug"
ATC = "http://www.whocc.no/atc"
_FACTS = "https://xinglin.health/id/drug-fact"
_GROUPS = "https://xinglin.health/id/drug-group"
_UCUM = "http://unitsofmeasure.org"
_NUMBERS = ("dose", "times_per_day", "max_single", "max_daily", "egfr_avoid_below", "egfr_reduce_below")
_WORDS = ("name_zh", "name_en", "form_zh", "form_en", "route", "pregnancy", "source")


def medication_knowledge(drug: Drug) -> dict[str, Any]:
    """``drug`` as a resource whose id is its code. What R4 has no element for stands in ``drugCharacteristic``."""
    facts: list[dict[str, Any]] = [
        {"type": _type(name), "valueQuantity": _amount(value, drug.unit if "max" in name or name == "dose" else None)}
        for name in _NUMBERS
        if (value := getattr(drug, name)) is not None
    ]
    facts += [{"type": _type(name), "valueString": getattr(drug, name)} for name in _WORDS if getattr(drug, name)]
    classes = [{"type": {"text": "ATC"}, "classification": [{"coding": [{"system": ATC, "code": drug.atc}]}]}]
    if drug.groups:
        coded = [{"coding": [{"system": _GROUPS, "code": group}]} for group in drug.groups]
        classes.append({"type": {"text": "group"}, "classification": coded})
    made: dict[str, Any] = {
        "resourceType": "MedicationKnowledge",
        "id": drug.code,
        "status": "active",
        "code": {
            "coding": [{"system": DRUGS, "code": drug.code}, {"system": ATC, "code": drug.atc}],
            "text": drug.name_zh,
        },
        "amount": _amount(drug.strength, drug.unit),
        "ingredient": [{"itemCodeableConcept": {"text": one}} for one in drug.ingredients],
        "medicineClassification": classes,
        "drugCharacteristic": facts,
    }
    if drug.name_en:
        made["synonym"] = [drug.name_en]
    if drug.form_zh:
        made["doseForm"] = {"text": drug.form_zh}
    return made


def drug_of(resource: Mapping[str, Any]) -> Drug:
    """The drug that a MedicationKnowledge of this node tells of. Raises ValueError for one that others wrote and that
    lacks what a check rests on."""
    facts: dict[str, Any] = {}
    for one in resource.get("drugCharacteristic", ()):
        name = one["type"]["coding"][0]["code"]
        facts[name] = float(one["valueQuantity"]["value"]) if "valueQuantity" in one else one.get("valueString")
    groups, atc = [], ""
    for one in resource.get("medicineClassification", ()):
        codings = [coding for each in one.get("classification", ()) for coding in each.get("coding", ())]
        groups += [coding["code"] for coding in codings if coding["system"] == _GROUPS]
        atc = next((coding["code"] for coding in codings if coding["system"] == ATC), atc)
    amount = resource.get("amount") or {}
    return Drug.model_validate(
        {
            "code": resource["id"],
            "atc": atc,
            "ingredients": [one["itemCodeableConcept"]["text"] for one in resource.get("ingredient", ())],
            "groups": groups,
            "strength": float(amount.get("value", 0)),
            "unit": amount.get("code", ""),
            **{name: facts.get(name) for name in _NUMBERS},
            **{name: facts.get(name) or ("unknown" if name == "pregnancy" else "") for name in _WORDS},
        }
    )


def _type(name: str) -> dict[str, Any]:
    return {"coding": [{"system": _FACTS, "code": name}]}


def _amount(value: float, unit: str | None) -> dict[str, Any]:
    shown = int(value) if float(value).is_integer() else value
    return {"value": shown} if unit is None else {"value": shown, "unit": unit, "system": _UCUM, "code": unit}
