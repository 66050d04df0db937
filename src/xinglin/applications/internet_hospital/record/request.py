"""The dose in a MedicationRequest (hl7.org/fhir/R4/dosage.html), written and read the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xinglin.data_platform.terminology import ATC, DRUGS, Drug

from ..safety import Line

LINE_NUMBER = "https://xinglin.health/id/prescription-line"
_UCUM = "http://unitsofmeasure.org"
_DAYS_OF = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0}


def dosage(dose: float | None, unit: str, times_per_day: float | None, text: str) -> dict[str, Any]:
    """How it is taken; what nobody wrote is left out."""
    made: dict[str, Any] = {"text": text}
    if times_per_day:
        made["timing"] = {"repeat": _repeat(times_per_day)}
    if dose is not None:
        quantity: dict[str, Any] = {"value": dose, "unit": unit}
        if unit.isascii():
            quantity |= {"system": _UCUM, "code": unit}
        made["doseAndRate"] = [{"doseQuantity": quantity}]
    return made


def line_of(request: Mapping[str, Any], drug: Drug | None) -> Line:
    """The line that ``request`` tells of, whose drug is ``drug``."""
    written = (request.get("dosageInstruction") or [{}])[0]
    quantity = (written.get("doseAndRate") or [{}])[0].get("doseQuantity") or {}
    repeat = (written.get("timing") or {}).get("repeat") or {}
    value = quantity.get("value")
    return Line(
        name=name_of(request),
        drug=drug,
        dose=None if value is None else float(value),
        unit=str(quantity.get("code") or quantity.get("unit") or ""),
        times_per_day=_times(repeat),
        reference=f"{request['resourceType']}/{request['id']}",
    )


def name_of(request: Mapping[str, Any]) -> str:
    """What the drug is called as it was written."""
    concept = request.get("medicationCodeableConcept") or {}
    displays = [one.get("display") for one in concept.get("coding", ())]
    named = [concept.get("text"), *displays, (request.get("medicationReference") or {}).get("display")]
    return str(next((one for one in named if one), "?"))


def codes_of(request: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The code of this node's catalogue and the ATC code, where there are."""
    codings = (request.get("medicationCodeableConcept") or {}).get("coding", ())
    return tuple(  # type: ignore[return-value]
        next((one.get("code") for one in codings if one.get("system") == system), None) for system in (DRUGS, ATC)
    )


def _repeat(times_per_day: float) -> dict[str, Any]:
    if times_per_day >= 1:
        whole = int(times_per_day) if float(times_per_day).is_integer() else times_per_day
        return {"frequency": whole, "period": 1, "periodUnit": "d"}
    return {"frequency": 1, "period": round(1 / times_per_day, 2), "periodUnit": "d"}


def _times(repeat: Mapping[str, Any]) -> float | None:
    if not repeat.get("frequency") or repeat.get("periodUnit") not in _DAYS_OF:
        return None
    days = float(repeat.get("period", 1)) * _DAYS_OF[repeat["periodUnit"]]
    return float(repeat["frequency"]) / days if days > 0 else None
