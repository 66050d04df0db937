"""What the record tells that decides whether tests make sense before the doctor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from xinglin.data_platform.search import date_span
from xinglin.data_platform.terminology import ORDERABLE

from ..protocol import Person, Pregnancy

Resource = Mapping[str, Any]

_FERTILE_YEARS = range(12, 56)
_PREGNANCY = timedelta(days=280)
_PREGNANCY_CODES = ("O1", "O2", "O30", "O99", "Z33", "Z34", "Z35")
_PREGNANCY_SNOMED = "77386006"
_PREGNANCY_STATUS = "82810-3"
_PREGNANT = frozenset({"77386006", "LA15173-0"})
_OVER = frozenset({"inactive", "resolved", "remission"})
_NOT_DONE = frozenset({"draft", "revoked", "entered-in-error"})


def person_of(patient: Resource, record: Sequence[Resource], now: datetime) -> Person:
    """The facts at ``now``; what the record does not tell is unknown. Of ``record`` Condition, Observation and
    ServiceRequest are read."""
    age = _age(patient, now)
    illnesses = [one for one in record if one["resourceType"] == "Condition" and _is_present(one)]
    return Person(
        age_years=age,
        pregnancy=_pregnancy(patient, age, illnesses, record, now),
        illnesses=frozenset(code for one in illnesses for code in _codes(one.get("code"))),
        tested_days_ago=_tested(record, now),
    )


def _age(patient: Resource, now: datetime) -> int | None:
    if len(str(patient.get("birthDate", ""))) < len("2000"):
        return None
    born, today = date_span(str(patient["birthDate"]))[0].date(), now.date()
    return max(0, today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def _pregnancy(
    patient: Resource, age: int | None, illnesses: Sequence[Resource], record: Sequence[Resource], now: datetime
) -> Pregnancy:
    if patient.get("gender") == "male" or (age is not None and age not in _FERTILE_YEARS):
        return "impossible"
    for one in illnesses:
        codes = _codes(one.get("code"))
        begun = _moment(one, "onsetDateTime", "recordedDate")
        tells = _PREGNANCY_SNOMED in codes or any(code.startswith(_PREGNANCY_CODES) for code in codes)
        if tells and (begun is None or begun > now - _PREGNANCY):
            return "yes"
    for one in record:
        if one["resourceType"] == "Observation" and _PREGNANCY_STATUS in _codes(one.get("code")):
            when = _moment(one, "effectiveDateTime", "issued")
            if when and when > now - _PREGNANCY and _codes(one.get("valueCodeableConcept")) & _PREGNANT:
                return "yes"
    return "unknown"


def _tested(record: Sequence[Resource], now: datetime) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in record:
        if one["resourceType"] != "ServiceRequest" or one.get("status") in _NOT_DONE:
            continue
        when = _moment(one, "authoredOn")
        codings = (one.get("code") or {}).get("coding", ())
        for code in (each.get("code") for each in codings if each.get("system") == ORDERABLE):
            if when is not None and code:
                days = (now - when) / timedelta(days=1)
                found[code] = min(days, found.get(code, days))
    return found


def _is_present(condition: Resource) -> bool:
    return not _codes(condition.get("clinicalStatus")) & _OVER and not (
        _codes(condition.get("verificationStatus")) & {"entered-in-error", "refuted"}
    )


def _codes(concept: Any) -> set[str]:
    return {str(one["code"]) for one in (concept or {}).get("coding", ()) if one.get("code")}


def _moment(one: Resource, *names: str) -> datetime | None:
    written = next((one[name] for name in names if one.get(name)), None)
    return None if written is None else date_span(str(written))[0]
