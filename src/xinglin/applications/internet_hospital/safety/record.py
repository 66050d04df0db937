"""The facts of a check, read from the patient's resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from xinglin.data_platform.search import canonical, date_span

from .kidney import egfr_ckd_epi_2021
from .model import Allergy, Facts, Kidney, Line, Pregnant

Resource = Mapping[str, Any]

_NONE_KNOWN = frozenset({"716186003", "409137002", "428607008", "429625007"})
_OVER = frozenset({"inactive", "resolved"})
_EGFR = frozenset({"33914-3", "48642-3", "48643-1", "50044-7", "62238-1", "69405-9", "77147-7", "88293-6", "98979-8"})
_CREATININE = frozenset({"2160-0", "14682-9", "38483-4", "59826-8", "77140-2"})
_WEIGHT = frozenset({"29463-7", "3141-9", "27113-0"})
_PREGNANCY_STATUS = "82810-3"
_PREGNANT = frozenset({"77386006", "LA15173-0"})
_NOT_PREGNANT = frozenset({"60001007", "LA26683-5"})
_FERTILE_YEARS = range(12, 56)
_ADULT_YEARS = 18
_KIDNEY_LASTS = timedelta(days=365)
_PREGNANCY_LASTS = timedelta(days=280)
_SUPPLY_AFTERGLOW = timedelta(days=30)
_FINAL = frozenset({"final", "amended", "corrected"})


def facts_of(patient: Resource, record: Sequence[Resource], current: Sequence[Line], now: datetime) -> Facts:
    """What ``record`` tells at ``now``; ``current`` are the drugs that its active MedicationRequests name."""
    age = _age(patient, now)
    pregnant, reference = _pregnant(patient, record, age, now)
    return Facts(
        allergies=_allergies(_of(record, "AllergyIntolerance")),
        current=tuple(current),
        pregnant=pregnant,
        pregnancy_reference=reference,
        kidney=_kidney(patient, record, age, now),
        age_years=age,
        weight_kg=_weight(record),
    )


def is_current(request: Resource, now: datetime) -> bool:
    """Whether a MedicationRequest tells of what is taken now: active or waiting for its review, and the supply has not
    ended more than a month ago."""
    if request.get("status") not in ("active", "on-hold", "completed") or request.get("intent") in ("proposal", "plan"):
        return False
    dispense = request.get("dispenseRequest") or {}
    duration, authored = dispense.get("expectedSupplyDuration") or {}, request.get("authoredOn")
    if duration.get("code") == "d" and authored:
        end = date_span(authored)[0] + timedelta(days=float(duration.get("value", 0)))
        return bool(now <= (end if request["status"] == "completed" else end + _SUPPLY_AFTERGLOW))
    return bool(request["status"] != "completed")


def _of(record: Iterable[Resource], type_: str) -> list[Resource]:
    return [one for one in record if one["resourceType"] == type_]


def _codes(concept: Any) -> frozenset[str]:
    return frozenset(one["code"] for one in (concept or {}).get("coding", ()) if "code" in one)


def _text(concept: Any) -> str:
    named = [one["display"] for one in (concept or {}).get("coding", ()) if one.get("display")]
    return str((concept or {}).get("text") or (named[0] if named else next(iter(sorted(_codes(concept))), "?")))


def _allergies(found: Sequence[Resource]) -> tuple[Allergy, ...] | None:
    valid = [one for one in found if "entered-in-error" not in _codes(one.get("verificationStatus"))]
    if not valid:
        return None
    return tuple(
        Allergy(
            f"AllergyIntolerance/{one['id']}",
            _text(one.get("code")),
            _codes(one.get("code")),
            is_drug=not one.get("category") or "medication" in one["category"],
        )
        for one in valid
        if not _codes(one.get("code")) & _NONE_KNOWN
        and not _codes(one.get("clinicalStatus")) & _OVER
        and "refuted" not in _codes(one.get("verificationStatus"))
    )


def _age(patient: Resource, now: datetime) -> int | None:
    if len(str(patient.get("birthDate", ""))) < 4:
        return None
    born, today = date_span(str(patient["birthDate"]))[0].date(), now.date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if 0 <= years <= 150 else None


def _pregnant(patient: Resource, record: Sequence[Resource], age: int | None, now: datetime) -> tuple[Pregnant, str]:
    if patient.get("gender") == "male" or (age is not None and age not in _FERTILE_YEARS):
        return "impossible", ""
    for one in _of(record, "Condition"):
        codes = _codes(one.get("code"))
        if _codes(one.get("clinicalStatus")) & _OVER or "entered-in-error" in _codes(one.get("verificationStatus")):
            continue
        begun = _moment(one, "onsetDateTime", "recordedDate")
        tells = (
            any(code.startswith(("O1", "O2", "O30", "O99", "Z33", "Z34", "Z35")) for code in codes)
            or "77386006" in codes
        )
        if tells and (begun is None or begun >= now - _PREGNANCY_LASTS):
            return "yes", f"Condition/{one['id']}"
    for one in _latest(record, frozenset({_PREGNANCY_STATUS}), ("妊娠状态",)):
        when, value = _moment(one, "effectiveDateTime", "issued"), _codes(one.get("valueCodeableConcept"))
        if when is None or when < now - _PREGNANCY_LASTS:
            continue
        if value & _PREGNANT:
            return "yes", f"Observation/{one['id']}"
        if value & _NOT_PREGNANT and when >= now - timedelta(days=14):
            return "no", f"Observation/{one['id']}"
    return "unknown", ""


def _kidney(patient: Resource, record: Sequence[Resource], age: int | None, now: datetime) -> Kidney | None:
    known = []
    for one in _latest(record, _EGFR, ("egfr", "肾小球滤过率")):
        when, value = _moment(one, "effectiveDateTime", "issued"), (one.get("valueQuantity") or {}).get("value")
        if when and value is not None:
            known.append((when, Kidney(float(value), f"Observation/{one['id']}")))
    if age is not None and age >= _ADULT_YEARS and patient.get("gender") in ("male", "female"):
        for one in _latest(record, _CREATININE, ("肌酐", "creatinine")):
            when, micromoles = _moment(one, "effectiveDateTime", "issued"), _micromoles(one)
            if when and micromoles:
                egfr = egfr_ckd_epi_2021(micromoles, age, patient["gender"] == "female")
                known.append((when, Kidney(egfr, f"Observation/{one['id']}")))
    recent = [pair for pair in known if pair[0] >= now - _KIDNEY_LASTS]
    return max(recent, key=lambda pair: pair[0])[1] if recent else None


def _micromoles(observation: Resource) -> float | None:
    """Creatinine in µmol/L, from a quantity in moles or in mass a volume; None for urine and for what is neither."""
    quantity = observation.get("valueQuantity") or {}
    value, unit = (
        quantity.get("value"),
        str(quantity.get("code") or quantity.get("unit") or "").replace("μ", "u").replace("µ", "u"),
    )
    if value is None or "尿" in _text(observation.get("code")) or float(value) <= 0:
        return None
    for target, factor in (("umol/L", 1.0), ("mg/dL", 88.42)):
        here, there = canonical(unit), canonical(target)
        if here and there and here.unit == there.unit and there.factor:
            return here.of(float(value)) / there.factor * factor
    return None


def _weight(record: Sequence[Resource]) -> float | None:
    for one in _latest(record, _WEIGHT, ("体重",)):
        quantity = one.get("valueQuantity") or {}
        if quantity.get("value") is not None and (quantity.get("code") or quantity.get("unit")) == "kg":
            return float(quantity["value"])
    return None


def _latest(record: Sequence[Resource], codes: frozenset[str], names: tuple[str, ...]) -> list[Resource]:
    """The valid observations of that, the newest first."""
    meant = [
        one
        for one in _of(record, "Observation")
        if one.get("status") in _FINAL
        and (codes & _codes(one.get("code")) or any(name in _text(one.get("code")).lower() for name in names))
    ]
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(meant, key=lambda one: _moment(one, "effectiveDateTime", "issued") or earliest, reverse=True)


def _moment(resource: Resource, *names: str) -> datetime | None:
    written = next((resource[name] for name in names if resource.get(name)), None)
    return None if written is None else date_span(str(written))[0]
