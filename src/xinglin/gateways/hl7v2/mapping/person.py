"""PID, PD1, NK1 and MRG: the patient, told again and again by every message and merged with care."""

from __future__ import annotations

import re
from typing import Any

from ..failure import Unmappable
from ..syntax import Segment, fhir_date_time
from . import codes, datatype, directory
from .datatype import (
    addresses,
    code_by,
    coded_by,
    cwe_in,
    date,
    date_time,
    extension,
    identifiers,
    name,
    names,
    one_address,
    telecom,
    typed_identifier,
)
from .identify import patient_key, subject_key
from .reading import Reading
from .table import Row, Table

_FHIR = "http://hl7.org/fhir/StructureDefinition"
_PIDS: dict[tuple[Any, ...], dict[str, Any]] = {}
_PIDS_MAX = 4_000
_RESIDENT_ID = re.compile(r"\d{17}[\dXx]$")
_SETS = {"identifier": ("system", "value"), "extension": ("url",), "link": ("type", "other")}


def _birth_time(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    text = segment.text(number)
    if len(text) <= 8 or not text[8:14].strip("0"):  # midnight is how systems fill in a time they lack
        return None
    return {"extension": [{"url": f"{_FHIR}/patient-birthTime", "valueDateTime": fhir_date_time(text, reading.zone)}]}


def _mothers_name(segment: Segment, number: int, reading: Reading) -> str | None:
    found = name(segment, number, reading)
    return found.get("family") or found["text"] if found else None


def _national(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    value = segment.text(number)
    if not value:
        return []
    known = reading.workspace.settings.authorities.get("CNRID", "")
    system = known if known and _RESIDENT_ID.match(value) else reading.system_of("", "national-id")
    return [typed_identifier({"system": system, "value": value.upper()}, "SB")]


def _language(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    said = datatype.cwe(segment, number, reading)
    return [{"language": said}] if said else []


def _birth_place(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    text = segment.text(number)
    return {"text": text} if text else None


def _citizenship(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    said = datatype.cwe(segment, number, reading)
    url = f"{_FHIR}/patient-citizenship" if number == 26 else f"{_FHIR}/patient-nationality"
    return [{"url": url, "extension": [{"url": "code", "valueCodeableConcept": said}]}] if said else []


def _number(segment: Segment, number: int, reading: Reading) -> int | None:
    text = segment.text(number)
    return int(text) if text.isdigit() and int(text) > 0 else None


def _practices(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = (directory.organization(segment.delimiters, one, reading) for one in segment.repetitions(number))
    return [directory.reference(one, reading) for one in found if one]


PID = Table(
    "PID[Patient]",
    (
        Row(3, "identifier[2]", "identifier", identifiers("patient"), many=True),
        Row(2, "identifier[1]", "identifier", identifiers("patient"), many=True),
        Row(4, "identifier[3]", "identifier", identifiers("patient"), many=True),
        Row(5, "name[1]", "name", names, many=True),
        Row(
            6,
            "extension[1].valueString",
            "extension",
            extension(f"{_FHIR}/patient-mothersMaidenName", "valueString", _mothers_name),
            many=True,
        ),
        Row(7, "birthDate", "birthDate", date),
        Row(7, "birthDate.extension[1].valueDateTime", "_birthDate", _birth_time),
        Row(8, "gender", "gender", code_by(codes.ADMINISTRATIVE_SEX)),
        Row(9, "name[2]", "name", names, many=True),
        Row(11, "address[1]", "address", addresses, many=True),
        Row(13, "telecom[1]", "telecom", telecom("home"), many=True),
        Row(14, "telecom[2]", "telecom", telecom("work"), many=True),
        Row(40, "telecom[3]", "telecom", telecom(""), many=True),
        Row(15, "communication.language", "communication", _language, many=True),
        Row(16, "maritalStatus", "maritalStatus", coded_by(codes.MARITAL_STATUS)),
        Row(
            17,
            "extension[2].valueCodeableConcept",
            "extension",
            extension(f"{_FHIR}/patient-religion", "valueCodeableConcept", cwe_in("0006")),
            many=True,
        ),
        Row(19, "identifier[4].value", "identifier", _national, many=True),
        Row(
            23,
            "extension[3].valueAddress.text",
            "extension",
            extension(f"{_FHIR}/patient-birthPlace", "valueAddress", _birth_place),
            many=True,
        ),
        Row(25, "multipleBirthInteger", "multipleBirthInteger", _number),
        Row(24, "multipleBirthBoolean", "multipleBirthBoolean", code_by(codes.YES_NO)),
        Row(26, "extension[4].extension[1].valueCodeableConcept", "extension", _citizenship, many=True),
        Row(28, "extension[5].extension[1].valueCodeableConcept", "extension", _citizenship, many=True),
        Row(29, "deceasedDateTime", "deceasedDateTime", date_time),
        Row(30, "deceasedBoolean", "deceasedBoolean", code_by(codes.YES_NO)),
    ),
)

PD1 = Table(
    "PD1[Patient]",
    (
        Row(3, "generalPractitioner[1](Organization)", "generalPractitioner", _practices, many=True),
        Row(4, "generalPractitioner[2](Practitioner)", "generalPractitioner", directory.practitioners, many=True),
    ),
)

NK1 = Table(
    "NK1[Patient]",
    (
        Row(
            3,
            "contact.relationship[1]",
            "relationship",
            lambda s, n, r: [one for one in [coded_by(codes.RELATIONSHIP)(s, n, r)] if one],
            many=True,
        ),
        Row(
            7,
            "contact.relationship[2]",
            "relationship",
            lambda s, n, r: [one for one in [coded_by(codes.CONTACT_ROLE)(s, n, r)] if one],
            many=True,
        ),
        Row(2, "contact.name", "name", name),
        Row(5, "contact.telecom[1]", "telecom", telecom(""), many=True),
        Row(6, "contact.telecom[2]", "telecom", telecom("work"), many=True),
        Row(40, "contact.telecom[3]", "telecom", telecom(""), many=True),
        Row(4, "contact.address", "address", one_address),
        Row(15, "contact.gender", "gender", code_by(codes.ADMINISTRATIVE_SEX)),
        Row(8, "contact.period.start", "period.start", date_time),
        Row(9, "contact.period.end", "period.end", date_time),
    ),
)
TABLES = (PID, PD1, NK1)


def hold_patient(reading: Reading) -> str:
    """Bring the patient of the message up to date and return the id that its effects belong to.

    What the message does not carry stays; identifiers and extensions are added to, other elements replaced.
    A message that is older than the newest one about the patient only fills what is empty, and so does one
    that still uses the number of a patient that was merged away.
    """
    pid = reading.first("PID")
    key = subject_key(pid, reading)
    own_id = reading.workspace.id_of(key)
    id_ = reading.workspace.survivor(own_id)
    known = reading.current("Patient", id_)
    said = _said(reading, pid)
    reading.patient_shown = key[2]
    late = reading.is_late(f"Patient/{id_}")
    if id_ != own_id:
        said.pop("identifier", None)
        late = True
    if known is None:
        reading.put({"resourceType": "Patient", "id": id_, "active": True, **_valued(said)})
        reading.tell("patient.registered", f"Patient/{id_}", f"Patient/{id_}")
    else:
        reading.put(merged(known, said, only_fill=late))
    return id_


def merged(known: dict[str, Any], said: dict[str, Any], *, only_fill: bool) -> dict[str, Any]:
    """``known`` with what a message said laid over it; ``None`` takes an element away. With ``only_fill``
    nothing that is there changes."""
    result = dict(known)
    for element, value in said.items():
        if value is None:
            if not only_fill:
                result.pop(element, None)
        elif element in _SETS:
            result[element] = _union(known.get(element) or [], value, _SETS[element], replace=not only_fill)
        elif not only_fill or element not in known:
            result[element] = value
    if "deceasedDateTime" in result:
        result.pop("deceasedBoolean", None)
    if "multipleBirthInteger" in result:
        result.pop("multipleBirthBoolean", None)
    return result


def merge_patients(reading: Reading) -> None:
    """A34 and A40: each MRG names a patient that the PID before it replaces; both carry the link."""
    pid: Segment | None = None
    merges = 0
    for segment in reading.message.segments:
        if segment.name == "PID":
            pid = segment
        elif segment.name == "MRG" and pid is not None:
            _merge(reading, pid, segment)
            merges += 1
    if not merges:
        reading.first("MRG")


def _merge(reading: Reading, pid: Segment, mrg: Segment) -> None:
    source_key = patient_key(mrg, 1, reading)
    if source_key is None:
        raise Unmappable("MRG-1 holds no patient identifier", "MRG-1 没有患者标识")
    survivor = reading.workspace.survivor(reading.workspace.id_of(subject_key(pid, reading)))
    source = reading.workspace.id_of(source_key)
    if source == survivor:
        return
    marks = mrg.delimiters
    numbers = [datatype.identifier(marks, one, reading, "patient") for one in mrg.repetitions(1)]
    known = reading.current("Patient", source) or {
        "resourceType": "Patient",
        "id": source,
        "identifier": [one for one in numbers if one],
    }
    replaced = {"type": "replaced-by", "other": {"reference": f"Patient/{survivor}"}}
    reading.put(merged({**known, "active": False}, {"link": [replaced]}, only_fill=False))
    kept = reading.current("Patient", survivor)
    assert kept is not None
    replaces = {"type": "replaces", "other": {"reference": f"Patient/{source}"}}
    reading.put(merged(kept, {"link": [replaces]}, only_fill=False))
    reading.tell("identity.linked", f"Patient/{survivor}", f"Patient/{source}")


def _said(reading: Reading, pid: Segment) -> dict[str, Any]:
    said = dict(_of_pid(reading, pid))
    practice = reading.message.first("PD1")
    if practice is not None:
        said.update(PD1.apply(practice, reading))
    contacts = [NK1.apply(segment, reading) for segment in reading.message.all("NK1")]
    contacts = [one for one in (_valued(contact) for contact in contacts) if one]
    if contacts:
        said["contact"] = contacts
    return said


def _of_pid(reading: Reading, pid: Segment) -> dict[str, Any]:
    """What a PID says; every message of a stay repeats the same one."""
    header, marks = reading.message.header, pid.delimiters
    sender = (header.sending_application, header.sending_facility)
    at = (reading.workspace.dialect, *sender, marks.all, marks.codec, *pid.fields)
    found = _PIDS.get(at)
    if found is None:
        if len(_PIDS) >= _PIDS_MAX:
            _PIDS.clear()
        found = _PIDS[at] = _read_pid(reading, pid)
    return found


def _read_pid(reading: Reading, pid: Segment) -> dict[str, Any]:
    said = PID.apply(pid, reading)
    if "identifier" in said:
        said["identifier"] = _union([], said["identifier"] or [], _SETS["identifier"], replace=True)
    if "deceasedDateTime" in said:
        said.pop("deceasedBoolean", None)
    if "multipleBirthInteger" in said:
        said.pop("multipleBirthBoolean", None)
    return said


def _union(
    known: list[dict[str, Any]], said: list[dict[str, Any]], by: tuple[str, ...], *, replace: bool
) -> list[dict[str, Any]]:
    result = {str([one.get(element) for element in by]): one for one in known}
    for one in said:
        at = str([one.get(element) for element in by])
        if at not in result or (replace and len(one) >= len(result[at])):
            result[at] = one
    return list(result.values())


def _valued(said: dict[str, Any]) -> dict[str, Any]:
    return {element: value for element, value in said.items() if value is not None and value != []}
