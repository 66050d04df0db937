"""ORU^R01: each OBR is a DiagnosticReport, each OBX under it an Observation that the report lists."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xinglin.foundation.ids import derived

from ..failure import Unmappable
from ..syntax import Segment, fhir_date_time
from . import codes, directory
from .datatype import coded_by, cwe, cwe_in, date_time
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .request import Order, hold_reported, is_of, order_numbers, request_keys
from .table import Row, Table
from .value import narrative, observed, reference_range, unit_of

_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_R5_NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"
_SECTIONS = {
    "imaging": ("RAD", "RX", "CT", "CUS", "NMR", "NMS", "OUS", "RUS", "VUS", "MRI", "XRC"),
    "procedure": ("CTH", "EC", "EN", "PF"),
    "therapy": ("OT", "PT", "RC", "RT"),
    "vital-signs": ("ICU", "NRS"),
}
"""Observation categories by diagnostic service section (OBR-24, HL7 table 0074); results of others are laboratory."""
_VITAL_SIGNS = frozenset(
    ("85353-1", "9279-1", "8867-4", "2708-6", "59408-5", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5",
     "85354-9", "8480-6", "8462-4", "8478-0")
)  # fmt: skip
"""LOINC codes that R4 asks to be called vital signs wherever they come from (observation-vitalsigns.html)."""


def _categories() -> dict[str, list[dict[str, Any]]]:
    named = {code: [{"coding": [{"system": _CATEGORY, "code": code}]}] for code in (*_SECTIONS, "laboratory")}
    return {**named, **{section: named[code] for code, sections in _SECTIONS.items() for section in sections}}


_CATEGORIES = _categories()
_RANGES: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
_RANGES_MAX = 20_000
_NAMES: dict[tuple[str, str, str], tuple[str, str]] = {}
_INTERPRETATIONS: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
_CODES_MAX = 20_000


def _instant(segment: Segment, number: int, reading: Reading) -> str | None:
    found = date_time(segment, number, reading)
    return found if found and "T" in found else None


def _interpretations(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    at = (segment.raw(number), segment.delimiters.all, segment.delimiters.codec, reading.fallback)
    found = _INTERPRETATIONS.get(at)
    if found is None:
        if len(_INTERPRETATIONS) >= _CODES_MAX:
            _INTERPRETATIONS.clear()
        found = _INTERPRETATIONS[at] = _interpreted(segment, number, reading)
    return found


def _interpreted(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = []
    for one in segment.repetitions(number):
        code, display, system = codes.INTERPRETATION.get(segment.delimiters.clean(one[0]), ("", "", ""))
        if code:
            found.append({"coding": [{"system": system, "code": code, "display": display}]})
        else:
            said = coded_by({})(segment, number, reading)
            found += [said] if said else []
    return found


def _method(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    return cwe(segment, number, reading)


def _sections(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = cwe_in("0074")(segment, number, reading)
    return [found] if found else []


OBR = Table(
    "OBR[DiagnosticReport]",
    (
        Row(4, "code", "code", cwe),
        Row(22, "issued", "issued", _instant),
        Row(24, "category", "category", _sections, many=True),
    ),
    by_code=(
        (2, "identifier[1]"),
        (3, "identifier[2]"),
        (7, "effectiveDateTime"),
        (7, "effectivePeriod.start"),
        (8, "effectivePeriod.end"),
        (25, "status"),
    ),
)
OBX = Table(
    "OBX[Observation]",
    (
        Row(3, "code", "code", cwe),
        Row(8, "interpretation", "interpretation", _interpretations, many=True),
        Row(14, "effectiveDateTime", "effectiveDateTime", date_time),
        Row(
            16,
            "performer[1](PractitionerRole.practitioner(Practitioner))",
            "performer",
            directory.practitioners,
            many=True,
        ),
        Row(17, "method", "method", _method),
        Row(20, "bodySite", "bodySite", cwe),
    ),
    by_code=(
        (5, "valueQuantity.value"),
        (5, "valueString"),
        (5, "valueCodeableConcept"),
        (5, "valuePeriod"),
        (5, "valueDateTime"),
        (5, "valueRange"),
        (5, "valueTime"),
        (5, "valueRatio[1]"),
        (5, "extension[1].valueAttachment"),
        (6, "valueQuantity[1]"),
        (7, "referenceRange.text"),
        (11, "status"),
        (11, "dataAbsentReason.coding[2].code"),
    ),
)
TABLES = (OBR, OBX)


def orders_of(reading: Reading) -> list[Order]:
    """The order groups of the message. Raises ``Unmappable`` for an OBX before any OBR."""
    if not reading.orders:
        reading.orders = _grouped(reading)
    return reading.orders


def _grouped(reading: Reading) -> list[Order]:
    found: list[Order] = []
    orc: Segment | None = None
    for segment in reading.message.segments:
        name = segment.name
        if name == "ORC":
            orc = segment
        elif name == "OBR":
            found.append(Order(segment, orc))
            orc = None
        elif name == "OBX":
            if not found:
                raise Unmappable("an OBX stands before any OBR", "OBX 段之前没有 OBR 段")
            found[-1].results.append((segment, []))
        elif name == "NTE" and found:
            text = narrative(segment, 3)
            if text:
                (found[-1].results[-1][1] if found[-1].results else found[-1].notes).append(text)
    if not found:
        reading.first("OBR")
    for order in found:
        order.request_keys = request_keys(order.orc, order.obr, reading)
    if len(found) > 1:
        numbers = Counter(plain for order in found for plain, _ in order.request_keys)
        for order in found:
            order.shared = frozenset(plain for plain, _ in order.request_keys if numbers[plain] > 1)
    return found


def hold_results(reading: Reading, patient_id: str, visit_id: str | None) -> None:
    """Write the reports and observations of the message; a message older than the newest one about a
    report only adds what the report does not have."""
    for order in orders_of(reading):
        _hold_report(reading, order, patient_id, visit_id)


def report_keys(order: Order, reading: Reading) -> tuple[Key, Key]:
    """The key of an order's report by its number, and one told apart by its service code."""
    if order.report_keys is None:
        order.report_keys = _report_keys(order, reading)
    return order.report_keys


def _report_keys(order: Order, reading: Reading) -> tuple[Key, Key]:
    key = (
        _number(order, 3, "order-filler", reading)
        or _number(order, 2, "order-placer", reading)
        or _unnumbered(order, reading)
    )
    service = f"{order.obr.component(4, 3)}|{order.obr.component(4, 1) or order.obr.component(4, 2)}"
    return key, (key[0], f"{key[1]}#service", f"{key[2]}|{service}")


def _number(order: Order, number: int, kind: str, reading: Reading) -> Key | None:
    key = order_key(order.obr, number, "DiagnosticReport", kind, reading)
    if key is None and order.orc is not None:
        key = order_key(order.orc, number, "DiagnosticReport", kind, reading)
    return key


def _unnumbered(order: Order, reading: Reading) -> Key:
    header = reading.message.header
    return ("DiagnosticReport", f"{header.sender}#message", f"{header.control_id}#{order.obr.text(1)}")


def _hold_report(reading: Reading, order: Order, patient_id: str, visit_id: str | None) -> None:
    said = OBR.apply(order.obr, reading)
    id_ = _report_id(reading, order, said)
    known = reading.current("DiagnosticReport", id_)
    late = reading.is_late(f"DiagnosticReport/{id_}")
    subject = reading.subject_of(known, patient_id)
    visit = {"encounter": {"reference": f"Encounter/{visit_id}"}} if visit_id else {}
    status = _status(order)
    numbers = order_numbers(order.obr, order.orc, reading)
    request_id = hold_reported(reading, order, numbers, patient_id, visit_id, status)
    shared: dict[str, Any] = {"subject": subject, **visit}
    if request_id:
        shared["basedOn"] = [{"reference": f"ServiceRequest/{request_id}"}]
    told = {**shared, **_told_by(order.obr, reading)}
    listed = {one["reference"]: None for one in (known or {}).get("result", ())}
    seen: dict[tuple[str, str], int] = {}
    for obx, notes in order.results:
        observation = _observation(reading, obx, id_, seen, told)
        if notes:
            observation["note"] = [{"text": text} for text in notes]
        reference = f"Observation/{observation['id']}"
        if not (late and reference in listed):
            reading.put(observation)
        listed[reference] = None
    said |= {**shared, **_effective(order.obr, reading), "status": status, "identifier": numbers}
    if order.notes:
        said["extension"] = [{"url": _R5_NOTE, "valueAnnotation": {"text": "\n".join(order.notes)}}]
    if not said.get("code"):
        said["code"] = {"text": "report"}
    report = merged(
        known or {"resourceType": "DiagnosticReport", "id": id_},
        {element: value for element, value in said.items() if value},
        only_fill=late,
    )
    if listed:
        report["result"] = [{"reference": reference} for reference in listed]
    reading.put(report)
    reading.tell("result.received", f"Patient/{patient_id}", f"DiagnosticReport/{id_}")


def _report_id(reading: Reading, order: Order, said: dict[str, Any]) -> str:
    plain, by_service = report_keys(order, reading)
    id_ = reading.workspace.id_of(plain)
    known = reading.current("DiagnosticReport", id_)
    if known is None or is_of(known, said.get("code")):
        return id_
    return reading.workspace.id_of(by_service)


def _status(order: Order) -> str:
    code = order.obr.text(25)
    said = codes.REPORT_STATUS.get(code) or codes.OWN["REPORT_STATUS"].get(code)
    if said:
        return str(said)
    statuses = {_observation_status(obx) for obx, _ in order.results}
    return "final" if statuses == {"final"} else "preliminary" if "preliminary" in statuses else "unknown"


def _observation_status(obx: Segment) -> str:
    code = obx.text(11)
    found = codes.OBSERVATION_STATUS.get(code) or codes.OWN["OBSERVATION_STATUS"].get(code)
    return found or ("unknown" if code else "final")


def _effective(obr: Segment, reading: Reading) -> dict[str, Any]:
    begun, ended = (fhir_date_time(obr.text(at), reading.zone) if obr.text(at) else None for at in (7, 8))
    if begun and ended:
        return {"effectivePeriod": {"start": begun, "end": ended}}
    return {"effectiveDateTime": begun} if begun else {}


def _told_by(obr: Segment, reading: Reading) -> dict[str, Any]:
    """What an OBR says of all observations under it."""
    said: dict[str, Any] = {"category": _CATEGORIES.get(obr.text(24), _CATEGORIES["laboratory"])}
    said |= _effective(obr, reading)
    issued = _instant(obr, 22, reading) if obr.raw(22) else None
    if issued:
        said["issued"] = issued
    return said


def _observation(
    reading: Reading, obx: Segment, report_id: str, seen: dict[tuple[str, str], int], told: dict[str, Any]
) -> dict[str, Any]:
    """The observation of an OBX, with what is ``told`` of all under its report."""
    at = (obx.raw(3), obx.raw(4))
    occurrence = seen[at] = seen.get(at, 0) + 1
    system, name = _named(obx)
    parts = (report_id, system, name, obx.raw(4))
    id_ = derived("Observation", *parts, *([str(occurrence)] if occurrence > 1 else []))
    said = {element: value for element, value in OBX.apply(obx, reading).items() if value is not None}
    status = _observation_status(obx)
    value = observed(obx, reading)
    if not value and status not in ("registered", "entered-in-error"):
        reason = "not-asked" if obx.text(11) == "N" else "unknown"
        value = {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": reason}]}}
    ranges = _ranges(obx, reading) if obx.raw(7) else []
    if ranges:
        said["referenceRange"] = ranges
    if name in _VITAL_SIGNS and system in ("LN", "LOINC"):
        said["category"] = _CATEGORIES["vital-signs"]
    said.setdefault("code", {"text": "observation"})
    whole = {"resourceType": "Observation", "id": id_, "status": status, **told, **said, **value}
    if "effectivePeriod" in whole and "effectiveDateTime" in whole:
        del whole["effectivePeriod"]  # an OBX knows its own time better than its OBR
    return whole


def _named(obx: Segment) -> tuple[str, str]:
    """System and code of OBX-3, or its text where it has no code."""
    at = (obx.raw(3), obx.delimiters.all, obx.delimiters.codec)
    found = _NAMES.get(at)
    if found is None:
        if len(_NAMES) >= _CODES_MAX:
            _NAMES.clear()
        found = _NAMES[at] = (obx.component(3, 3), obx.component(3, 1) or obx.component(3, 2))
    return found


def _ranges(obx: Segment, reading: Reading) -> list[dict[str, Any]]:
    at = (obx.raw(6), obx.raw(7), obx.delimiters.all)
    found = _RANGES.get(at)
    if found is None:
        if len(_RANGES) >= _RANGES_MAX:
            _RANGES.clear()
        found = _RANGES[at] = reference_range(narrative(obx, 7), unit_of(obx, reading))
    return found
