"""Prescriptions that a pharmacist returned, as lines that can be mended and sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xinglin.data_platform.terminology import DRUGS

from ..record import line_of
from .model import Returned, WrittenDrug
from .written import PRESCRIPTION

_MOST_DAYS = 90


def returned_prescriptions(requests: Sequence[Mapping[str, Any]]) -> list[Returned]:
    """Those of ``requests`` that came back and that nothing replaces, the newest first."""
    drugs = [one for one in requests if one["resourceType"] == "MedicationRequest"]
    replaced = {(one.get("priorPrescription") or {}).get("reference") for one in drugs}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in drugs:
        if one.get("status") == "cancelled" and f"MedicationRequest/{one['id']}" not in replaced:
            groups.setdefault(_number(one), []).append(one)
    groups.pop("", None)
    found = [_returned(number, lines) for number, lines in groups.items()]
    return sorted(found, key=lambda one: one.issued_at, reverse=True)


def _returned(number: str, lines: Sequence[Mapping[str, Any]]) -> Returned:
    first = lines[0]
    return Returned(
        prescription=number,
        encounter=str((first.get("encounter") or {}).get("reference", "")).rpartition("/")[2],
        patient=str(first["subject"]["reference"]).rpartition("/")[2],
        reason=str((first.get("statusReason") or {}).get("text", "")),
        issued_at=str(first.get("authoredOn", "")),
        lines=[_written(one) for one in sorted(lines, key=_place)],
    )


def _written(one: Mapping[str, Any]) -> WrittenDrug:
    """The line as the doctor wrote it; it replaces what came back."""
    concept, taken = one.get("medicationCodeableConcept") or {}, line_of(one, None)
    days = ((one.get("dispenseRequest") or {}).get("expectedSupplyDuration") or {}).get("value", 7)
    return WrittenDrug(
        id=f"again-{one['id']}"[:64],
        drug=next((c["code"] for c in concept.get("coding", ()) if c.get("system") == DRUGS), None),
        name=taken.name,
        dose=taken.dose,
        unit=taken.unit,
        times_per_day=taken.times_per_day,
        days=min(_MOST_DAYS, max(1, int(days))),
        route=str(((one.get("dosageInstruction") or [{}])[0].get("route") or {}).get("text", "oral")),
        replaces=str(one["id"]),
    )


def _number(one: Mapping[str, Any]) -> str:
    group = one.get("groupIdentifier") or {}
    return str(group.get("value", "")) if group.get("system") == PRESCRIPTION else ""


def _place(one: Mapping[str, Any]) -> str:
    return next((str(each["value"]).zfill(80) for each in one.get("identifier", ())), "")
