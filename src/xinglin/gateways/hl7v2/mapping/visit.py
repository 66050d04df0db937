"""PV1, PV2 and the ADT events of a visit: admission, transfer, discharge and their cancellations."""

from __future__ import annotations

from typing import Any

from ..failure import Unmappable
from ..syntax import Segment, fhir_date_time
from . import codes, directory, problem, timeline
from .datatype import (
    coded_by,
    cwe_in,
    cwes,
    date_time,
    identifiers,
    typed_identifier,
)
from .identify import subject_key, visit_key
from .person import merged
from .reading import Key, Reading
from .table import Row, Table

_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ADMISSIONS = ("A01", "A04")


def _participant(code: str, display: str) -> Any:
    kind = [{"coding": [{"system": _PARTICIPATION, "code": code, "display": display}]}]

    def convert(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
        found = directory.practitioners(segment, number, reading)
        return [{"type": kind, "individual": one} for one in found]

    return convert


def _class(segment: Segment, number: int, reading: Reading) -> dict[str, Any]:
    code, display, system = codes.ENCOUNTER_CLASS.get(segment.text(number).upper(), codes.ENCOUNTER_CLASS["U"])
    return {"system": system, "code": code, "display": display}


def _types(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = coded_by(codes.ADMISSION_TYPE)(segment, number, reading)
    return [found] if found else []


def _visit_numbers(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    return [typed_identifier(one, "VN") for one in identifiers("visit")(segment, number, reading)]


def _preadmission(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    found = identifiers("preadmission")(segment, number, reading)
    return found[0] if found else None


PV1 = Table(
    "PV1[Encounter]",
    (
        Row(2, "class", "class", _class),
        Row(4, "type", "type", _types, many=True),
        Row(5, "hospitalization.preAdmissionIdentifier", "hospitalization.preAdmissionIdentifier", _preadmission),
        Row(7, "participant[1].individual(Practitioner)", "participant", _participant("ATND", "attender"), many=True),
        Row(8, "participant[2].individual(Practitioner)", "participant", _participant("REF", "referrer"), many=True),
        Row(9, "participant[3].individual(Practitioner)", "participant", _participant("CON", "consultant"), many=True),
        Row(10, "serviceType", "serviceType", cwe_in("0069")),
        Row(13, "hospitalization.reAdmission", "hospitalization.reAdmission", cwe_in("0092")),
        Row(14, "hospitalization.admitSource", "hospitalization.admitSource", cwe_in("0023")),
        Row(15, "hospitalization.specialArrangement", "hospitalization.specialArrangement", cwes, many=True),
        Row(17, "participant[4].individual(Practitioner)", "participant", _participant("ADM", "admitter"), many=True),
        Row(19, "identifier[1]", "identifier", _visit_numbers, many=True),
        Row(36, "hospitalization.dischargeDisposition", "hospitalization.dischargeDisposition", cwe_in("0112")),
        Row(38, "hospitalization.dietPreference", "hospitalization.dietPreference", cwes, many=True),
        Row(50, "identifier[2]", "identifier", identifiers("visit"), many=True),
        Row(44, "period.start", "period.start", date_time),
    ),
    by_code=((2, "status"), (3, "location[1].location(Location)"), (3, "location[1].status"), (45, "period.end")),
)
PV2 = Table(
    "PV2[Encounter]",
    (
        Row(3, "reasonCode[1]", "reasonCode", cwes, many=True),
        Row(25, "priority", "priority", coded_by(codes.ENCOUNTER_PRIORITY)),
    ),
)
TABLES = (PV1, PV2)


def hold_visit(reading: Reading, patient_id: str, event: str = "") -> str | None:
    """Bring the visit of the message up to date and return its id, or ``None`` where PV1 names no visit.

    ``event`` is the ADT trigger, empty for messages that only mention a visit. Raises ``Unmappable`` for an
    event of a visit without number and admission time, and for a cancelled transfer that never was.
    """
    pv1 = reading.message.first("PV1")
    if pv1 is None:
        if event and event != "A08":
            reading.first("PV1")
        return None
    key = _key(reading, pv1, event)
    if key is None:
        return None
    id_ = reading.workspace.id_of(key)
    late = reading.is_late(f"Encounter/{id_}")
    encounter = _held(reading, pv1, id_, patient_id, late=late)
    place = _place(reading, pv1)
    encounter = _happen(reading, encounter, event, pv1, place)
    if place is not None and event not in ("A12",):
        encounter = timeline.with_provisional_place(encounter, place)
    encounter = problem.diagnosed(reading, encounter, patient_id, late=late)
    reading.put(encounter)
    if event in _ADMISSIONS:
        reading.tell("encounter.arrived", f"Patient/{patient_id}", f"Encounter/{id_}")
    elif event == "A03":
        reading.tell("encounter.finished", f"Patient/{patient_id}", f"Encounter/{id_}")
    return id_


def _key(reading: Reading, pv1: Segment, event: str) -> Key | None:
    patient = subject_key(reading.first("PID"), reading)
    key = visit_key(pv1, patient, reading)
    if key is None and event in _ADMISSIONS:
        return ("Encounter", f"{patient[1]}#admitted", f"{patient[2]}@{reading.event_text}")
    if key is None and event and event != "A08":
        raise Unmappable(
            f"{event} names no visit: PV1-19 and PV1-44 are empty",
            f"{event} 消息没有就诊号（PV1-19）和入院时间（PV1-44），无法确定就诊",
        )
    return key


def _held(reading: Reading, pv1: Segment, id_: str, patient_id: str, *, late: bool) -> dict[str, Any]:
    said = PV1.apply(pv1, reading)
    more = reading.message.first("PV2")
    if more is not None:
        said.update(PV2.apply(more, reading))
    known = reading.current("Encounter", id_)
    if known is None:
        admitted = fhir_date_time(pv1.text(44), reading.zone) if pv1.text(44) else None
        status = codes.ENCOUNTER_STATUS.get(pv1.text(2).upper(), "unknown")
        known = {"resourceType": "Encounter", "id": id_, "status": status}
        if not said.get("class"):
            known["class"] = _class(pv1, 2, reading)
        if admitted:
            known["period"] = {"start": admitted}
        late = False
    subject = reading.subject_of(known, patient_id)
    if said.get("class", "") is None:
        del said["class"]
    nested = {element: said.pop(element, None) for element in ("hospitalization", "period", "participant")}
    encounter = merged({**known, "subject": subject} if not late else known, said, only_fill=late)
    for element in ("hospitalization", "period"):
        inner = nested[element]
        if inner:
            encounter[element] = merged(known.get(element) or {}, inner, only_fill=late)
    if nested["participant"]:
        encounter["participant"] = _participants(known.get("participant") or [], nested["participant"], late=late)
    return encounter


def _participants(known: list[dict[str, Any]], said: list[dict[str, Any]], *, late: bool) -> list[dict[str, Any]]:
    stronger, weaker = (known, said) if late else (said, known)
    kinds = [one.get("type") for one in stronger]
    kept = [one for one in weaker if one.get("type") not in kinds]
    return [*kept, *stronger] if not late else [*stronger, *kept]


def _place(reading: Reading, pv1: Segment) -> dict[str, Any] | None:
    components = pv1.components(3)
    named = directory.location(pv1.delimiters, components, reading) if components else None
    return directory.reference(named, reading) if named else None


def _happen(
    reading: Reading, encounter: dict[str, Any], event: str, pv1: Segment, place: dict[str, Any] | None
) -> dict[str, Any]:
    zone = reading.zone
    at = fhir_date_time(reading.event_text, zone) if reading.event_text else None
    if at is None:
        at = f"{reading.event_at:%Y-%m-%dT%H:%M:%S}+00:00"
    discharged = fhir_date_time(pv1.text(45), zone) if pv1.text(45) else None
    if event in _ADMISSIONS:
        admitted = (fhir_date_time(pv1.text(44), zone) if pv1.text(44) else None) or at
        status = codes.ENCOUNTER_STATUS.get(pv1.text(2).upper(), "unknown")
        encounter = timeline.with_status(encounter, status, admitted, unless_so=True)
        if place is not None:
            encounter = timeline.with_place(encounter, place, admitted, admission=True)
    elif event == "A02":
        if place is None:
            raise Unmappable("A02 without a place in PV1-3", "A02 转科消息的 PV1-3 没有位置")
        encounter = timeline.with_place(encounter, place, at)
    elif event == "A03":
        return timeline.with_status(encounter, "finished", discharged or at)
    elif event == "A11":
        return timeline.with_status(encounter, "cancelled", at)
    elif event == "A12":
        back = timeline.without_transfer(encounter, place, at)
        if back is None:
            raise Unmappable("A12, but there is no transfer to cancel", "A12：没有可取消的转科")
        encounter = back
    elif event == "A13":
        return timeline.with_status(encounter, "in-progress", at)
    if discharged and event != "A13":
        encounter = timeline.with_status(encounter, "finished", discharged, unless_so=True)
    return encounter
