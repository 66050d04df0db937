"""SIU: appointments with their patient, staff and place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..failure import Unmappable
from ..syntax import Segment, fhir_date_time
from ..syntax.message import part
from . import codes, directory
from .datatype import code_by, cwe, cwes, identifier
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .table import Row, Table
from .timeline import moment
from .value import narrative

_ALWAYS = {"S15": "cancelled", "S17": "entered-in-error", "S26": "noshow"}
_KINDS = (("appointment-placer", 1, "PLAC"), ("appointment-filler", 2, "FILL"))
_MINUTES = {"": 1, "MIN": 1, "M": 1, "MINUTE": 1, "MINUTES": 1, "HR": 60, "H": 60, "HOUR": 60, "HOURS": 60, "分钟": 1}
_STATUSES = codes.APPOINTMENT_STATUS | codes.OWN["APPOINTMENT_STATUS"]


def _reasons(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    return [] if segment.component(7, 3) == "HL70277" else cwes(segment, number, reading)


SCH = Table(
    "SCH[Appointment]",
    (
        Row(7, "reasonCode[1]", "reasonCode", _reasons, many=True),
        Row(8, "appointmentType[1]", "appointmentType", cwe),
        Row(25, "status", "status", code_by(_STATUSES)),
    ),
    by_code=((1, "identifier[1]"), (2, "identifier[2]"), (9, "minutesDuration[1]"), (11, "$this"),
             (16, "participant[2].actor(Practitioner)")),
)  # fmt: skip
AIS = Table("AIS[Appointment]", (Row(3, "serviceType", "serviceType", cwes, many=True),), by_code=((10, "status"),))
AIL = Table("AIL[Appointment]", (), by_code=((3, "participant.actor[1]"),))
AIP = Table("AIP[Appointment]", (), by_code=((3, "participant.actor[1]"), (4, "participant.type[1]")))
AIG = Table("AIG[Appointment]", (), by_code=((4, "participant.type"),))
TABLES = (SCH, AIS, AIL, AIP, AIG)


def appointment_key(reading: Reading) -> Key | None:
    """The appointment by its filler or placer number, whichever the store knows, the filler's first."""
    sch = reading.message.first("SCH")
    if sch is None:
        return None
    found = [order_key(sch, number, "Appointment", kind, reading) for kind, number, _ in reversed(_KINDS)]
    keys = [key for key in found if key]
    for key in keys:
        known = reading.workspace
        if key in known.known or ("Appointment", known.id_of(key)) in known.current:
            return key
    return keys[0] if keys else None


def hold_appointment(reading: Reading, patient_id: str) -> None:
    """Write the appointment of the message. Raises ``Unmappable`` without a number (SCH-1, SCH-2)."""
    sch = reading.first("SCH")
    key = appointment_key(reading)
    if key is None:
        raise Unmappable("SCH-1 and SCH-2 (appointment number) are empty", "SCH-1 和 SCH-2（预约号）均为空")
    id_ = reading.workspace.id_of(key)
    known = reading.current("Appointment", id_)
    late = reading.is_late(f"Appointment/{id_}")
    said = SCH.apply(sch, reading)
    service = reading.message.first("AIS")
    if service is not None:
        said.update({name: value for name, value in AIS.apply(service, reading).items() if value})
    said["status"] = _status(sch, service, reading.message.header.trigger)
    said["identifier"] = _identifiers(sch, reading)
    said |= _time(sch, service, reading)
    said["participant"] = _participants(sch, reading, patient_id)
    notes = [narrative(segment, 3) for segment in reading.message.all("NTE")]
    said["comment"] = "\n".join(note for note in notes if note)
    start = known or {"resourceType": "Appointment", "id": id_}
    booked = merged(start, {name: value for name, value in said.items() if value}, only_fill=late)
    if "start" not in booked and booked["status"] not in ("cancelled", "waitlist", "proposed"):
        raise Unmappable("the appointment has no time (SCH-11 or AIS-4)", "预约没有时间（SCH-11 或 AIS-4）")
    reading.put(booked)
    name = "appointment.cancelled" if booked["status"] in _ALWAYS.values() else "appointment.booked"
    if known is None or known["status"] != booked["status"]:
        reading.tell(name, f"Patient/{patient_id}", f"Appointment/{id_}")


def _status(sch: Segment, service: Segment | None, trigger: str) -> str:
    if trigger in _ALWAYS:
        return _ALWAYS[trigger]
    said = _STATUSES.get(sch.text(25)) or (_STATUSES.get(service.text(10)) if service else None)
    return said or "booked"


def _identifiers(sch: Segment, reading: Reading) -> list[dict[str, Any]]:
    found = []
    for kind, number, _ in _KINDS:
        components = sch.components(number)
        one = identifier(sch.delimiters, components, reading, kind, authority_at=2, type_at=0)
        if one:
            found.append(one)
    return found


def _time(sch: Segment, service: Segment | None, reading: Reading) -> dict[str, Any]:
    timing = sch.components(11)
    marks = sch.delimiters
    begins, ends = part(marks, timing, 4), part(marks, timing, 5)
    tq1 = reading.message.first("TQ1")
    if tq1 is not None:
        begins, ends = begins or tq1.text(7), ends or tq1.text(8)
    if service is not None:
        begins = begins or service.text(4)
    start = fhir_date_time(begins, reading.zone) if begins else None
    end = fhir_date_time(ends, reading.zone) if ends else None
    minutes = _minutes(sch.text(9), sch.text(10))
    if minutes is None and service is not None:
        minutes = _minutes(service.text(7), service.text(8))
    if not start or "T" not in start:
        return {}
    said: dict[str, Any] = {"start": start}
    if end is None:
        end = (moment(start) + timedelta(minutes=minutes or 0)).isoformat()
    said["end"] = end
    if minutes:
        said["minutesDuration"] = minutes
    return said


def _minutes(duration: str, unit: str) -> int | None:
    factor = _MINUTES.get(unit.upper())
    return int(duration) * factor if duration.isdigit() and factor else None


def _participants(sch: Segment, reading: Reading, patient_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"actor": {"reference": f"Patient/{patient_id}"}, "status": "accepted"}]
    for segment in reading.message.segments:
        if segment.name == "AIP":
            for actor in directory.practitioners(segment, 3, reading):
                kind = cwe(segment, 4, reading)
                said: dict[str, Any] = {"actor": actor, "status": "accepted"}
                found.append({"type": [kind], **said} if kind else said)
        elif segment.name == "AIL":
            place = directory.location(segment.delimiters, segment.components(3), reading)
            if place:
                found.append({"actor": directory.reference(place, reading), "status": "accepted"})
        elif segment.name == "AIG":
            shown = segment.component(3, 2) or segment.component(3, 1)
            if shown:
                kind = cwe(segment, 4, reading)
                said = {"actor": {"display": shown}, "status": "accepted"}
                found.append({"type": [kind], **said} if kind else said)
    if len(found) == 1:
        for actor in directory.practitioners(sch, 16, reading):
            found.append({"actor": actor, "status": "accepted"})
    return found
