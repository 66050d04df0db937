"""From R4 resources to the Board's rows. Pure: what it is given decides what it gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from xinglin.data_platform.fhir import english_name

Resource = dict[str, Any]
Resources = dict[tuple[str, str], Resource]

ACTIVE = ("arrived", "triaged", "in-progress", "onleave")
"""Encounter.status of people who are here."""

CRITICAL = frozenset({"HH", "LL", "AA"})
_ABNORMAL = ("AA", "HH", "LL", "HU", "LU", ">", "<", "H", "L", "A")
_FORMS = frozenset({"wa", "ro", "bd"})
_KINDS = {"ER": "emergency", "OF": "outpatient"}
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_INVALID = frozenset({"entered-in-error", "cancelled"})


class PlaceRow(NamedTuple):
    """A Location; ``form`` is ``wa``, ``ro``, ``bd`` or empty, ``kind`` says what a ``wa`` is."""

    location_id: str
    parent_id: str | None
    form: str
    kind: str
    code: str
    name: str
    name_en: str


class StayRow(NamedTuple):
    """An active Encounter, where it is now and whose it is."""

    encounter_id: str
    patient_id: str
    patient_name: str
    sex: str
    birth_date: str | None
    location_id: str | None
    status: str
    class_: str
    since: datetime
    admitted_at: datetime
    attending_id: str | None
    attending: str


class ResultRow(NamedTuple):
    """An abnormal Observation."""

    observation_id: str
    patient_id: str
    name: str
    name_en: str
    value: str
    unit: str
    interpretation: str
    critical: bool
    reference_range: str
    observed_at: datetime


def place(location: Resource) -> PlaceRow:
    """The row of a Location."""
    form = next((code for code in _codes(location.get("physicalType")) if code in _FORMS), "")
    types = [code for concept in location.get("type", ()) for code in _codes(concept)]
    kind = next((_KINDS[code] for code in types if code in _KINDS), "ward")
    identifiers = location.get("identifier") or [{}]
    name = location.get("name") or identifiers[0].get("value") or location["id"]
    return PlaceRow(
        location["id"],
        referred(location.get("partOf"), "Location"),
        form,
        kind,
        identifiers[0].get("value", ""),
        name,
        english_name(location) or name,
    )


def is_active(encounter: Resource) -> bool:
    return encounter.get("status") in ACTIVE and referred(encounter.get("subject"), "Patient") is not None


def stay(encounter: Resource, others: Resources, now: datetime) -> StayRow:
    """The row of an active Encounter; ``others`` has its Patient and Practitioner where they are known."""
    patient_id = referred(encounter.get("subject"), "Patient") or ""
    patient = others.get(("Patient", patient_id), {})
    here = _here(encounter)
    admitted_at = instant(encounter.get("period", {}).get("start")) or now
    attending_id, attending = _attending(encounter, others)
    return StayRow(
        encounter["id"],
        patient_id,
        person_name(patient) or encounter["subject"].get("display", ""),
        patient.get("gender", "unknown"),
        patient.get("birthDate"),
        referred(here.get("location"), "Location"),
        encounter["status"],
        encounter.get("class", {}).get("code", ""),
        instant(here.get("period", {}).get("start")) or admitted_at,
        admitted_at,
        attending_id,
        attending,
    )


def attending_of(encounter: Resource) -> str | None:
    """The id of the last Practitioner who attends."""
    return referred(_attender(encounter), "Practitioner")


def abnormal(observation: Resource, now: datetime) -> ResultRow | None:
    """The row of an Observation whose own or component's interpretation is abnormal, the worst of them."""
    patient_id = referred(observation.get("subject"), "Patient")
    if patient_id is None or observation.get("status") in _INVALID:
        return None
    measured = [observation, *observation.get("component", ())]
    flagged = [(flag, one) for one in measured if (flag := _flag(one)) is not None]
    if not flagged:
        return None
    flag, worst = min(flagged, key=lambda found: _ABNORMAL.index(found[0]))
    value, unit = _value(worst)
    return ResultRow(
        observation["id"],
        patient_id,
        *_names(worst.get("code")),
        value,
        unit,
        flag,
        flag in CRITICAL,
        _range(worst),
        _observed_at(observation) or now,
    )


def person_name(person: Resource) -> str:
    """A Patient's or Practitioner's name; in Chinese characters where there is one."""
    texts = [_name_text(name) for name in person.get("name", ())]
    return next((text for text in texts if text and not text.isascii()), next(iter(texts), ""))


def referred(reference: Any, type_: str) -> str | None:
    """The id in a literal reference to a resource of ``type_`` on this server."""
    kind, _, id_ = str((reference or {}).get("reference", "")).rpartition("/")
    return id_ if kind == type_ or kind.endswith(f"/{type_}") else None


def instant(text: str | None) -> datetime | None:
    """A FHIR dateTime as an instant; a date alone is its first moment in UTC."""
    if not text:
        return None
    padded = text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text
    try:
        found = datetime.fromisoformat(padded)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _here(encounter: Resource) -> Resource:
    """The place where the encounter is now: the last active one, else the last that has not ended."""
    places: list[Resource] = encounter.get("location", [])
    active = [one for one in places if one.get("status") == "active"]
    unended = [one for one in places if "status" not in one and "end" not in one.get("period", {})]
    return next(reversed(active or unended), {})


def _attender(encounter: Resource) -> Any:
    attenders = [
        participant.get("individual")
        for participant in encounter.get("participant", ())
        if any("ATND" in _codes(kind) for kind in participant.get("type", ()))
    ]
    return attenders[-1] if attenders else None


def _attending(encounter: Resource, others: Resources) -> tuple[str | None, str]:
    individual = _attender(encounter) or {}
    id_ = referred(individual, "Practitioner")
    known = others.get(("Practitioner", id_ or ""), {})
    return id_, person_name(known) or individual.get("display", "")


def _flag(measured: Resource) -> str | None:
    codes = {code for concept in measured.get("interpretation", ()) for code in _codes(concept)}
    return next((code for code in _ABNORMAL if code in codes), None)


def _value(measured: Resource) -> tuple[str, str]:
    quantity = measured.get("valueQuantity")
    if quantity:
        value = f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
        return value, quantity.get("unit") or quantity.get("code", "")
    for element in ("valueString", "valueInteger", "valueDateTime", "valueTime", "valueBoolean"):
        if element in measured:
            return str(measured[element]), ""
    return _text(measured.get("valueCodeableConcept")), ""


def _range(measured: Resource) -> str:
    for found in measured.get("referenceRange", ()):
        if found.get("text"):
            return str(found["text"])
        low, high = (found.get(end, {}).get("value") for end in ("low", "high"))
        if low is not None and high is not None:
            return f"{low}-{high}"
        if low is not None:
            return f">{low}"
        if high is not None:
            return f"<{high}"
    return ""


def _observed_at(observation: Resource) -> datetime | None:
    period = observation.get("effectivePeriod", {})
    times = (observation.get("effectiveDateTime"), observation.get("effectiveInstant"), period.get("start"))
    return instant(next((time for time in times if time), observation.get("issued")))


def _codes(concept: Any) -> list[str]:
    return [coding["code"] for coding in (concept or {}).get("coding", ()) if "code" in coding]


def _text(concept: Any) -> str:
    found = concept or {}
    displays = [coding.get("display") or coding.get("code", "") for coding in found.get("coding", ())]
    return str(found.get("text") or next(iter(displays), ""))


def _names(concept: Any) -> tuple[str, str]:
    """The concept's name in Chinese and without, each as far as it brought one; nothing is translated here."""
    usual = _text(concept)
    displays = [coding.get("display", "") for coding in (concept or {}).get("coding", ())]
    brought = [name for name in (usual, *displays) if name]
    chinese = next((name for name in brought if _HAN.search(name)), usual)
    return chinese, next((name for name in brought if not _HAN.search(name)), usual)


def _name_text(name: Resource) -> str:
    given = "".join(name.get("given", ()))
    family = name.get("family", "")
    spelled = f"{given} {family}".strip() if (given + family).isascii() else family + given
    return str(name.get("text") or spelled)
