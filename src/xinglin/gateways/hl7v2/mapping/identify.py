"""The business identifiers that a message rests on, so that a batch can look all of them up at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..failure import Unmappable
from ..syntax import Segment
from ..syntax.message import part
from . import directory
from .directory import Named
from .reading import Key, Reading

_OWN_NUMBERS = ("MR", "MRN", "PI")
_PRACTITIONERS = {
    "PV1": (7, 8, 9, 17),
    "PD1": (4,),
    "ORC": (12,),
    "OBR": (16,),
    "OBX": (16,),
    "TXA": (9, 10),
    "DG1": (16,),
    "AIP": (3,),
    "SCH": (12, 16),
}
_LOCATIONS = {"PV1": (3, 6, 11), "AIL": (3,)}
_ORGANIZATIONS = {"PD1": (3,)}
_MENTIONING = {
    name: tuple(number for table in (_PRACTITIONERS, _LOCATIONS, _ORGANIZATIONS) for number in table.get(name, ()))
    for name in {*_PRACTITIONERS, *_LOCATIONS, *_ORGANIZATIONS}
}
_MENTIONED: dict[tuple[Any, ...], tuple[Key, ...]] = {}
_MENTIONED_MAX = 20_000


def patient_key(segment: Segment, number: int, reading: Reading) -> Key | None:
    """The identifier by which the hospital knows the patient: the first medical record number of a CX
    field, or its first repetition where none is called so."""
    repetitions = segment.repetitions(number)
    if not repetitions:
        return None
    marks = segment.delimiters
    chosen = repetitions[0]
    for one in repetitions:
        if part(marks, one, 5).upper() in _OWN_NUMBERS:
            chosen = one
            break
    value = part(marks, chosen, 1)
    if not value:
        return None
    authority = chosen[3] if len(chosen) > 3 else ""
    return ("Patient", reading.system_of(authority, "patient"), value)


def subject_key(pid: Segment, reading: Reading) -> Key:
    """The patient of a PID: PID-3, or PID-2 or PID-4 of older messages. Raises ``Unmappable``."""
    known = reading.subjects.get(id(pid))
    if known:
        return known
    for number in (3, 2, 4):
        key = patient_key(pid, number, reading)
        if key:
            reading.subjects[id(pid)] = key
            return key
    raise Unmappable("PID-3 holds no patient identifier", "PID-3 没有患者标识")


def visit_key(pv1: Segment, patient: Key, reading: Reading) -> Key | None:
    """The visit of a PV1: its number (PV1-19), or patient and time of admission (PV1-44) where it has none;
    ``None`` when neither is there, since such a visit could not be met again."""
    components = pv1.components(19)
    value = part(pv1.delimiters, components, 1)
    if value:
        authority = components[3] if len(components) > 3 else ""
        return ("Encounter", reading.system_of(authority, "visit"), value)
    admitted = pv1.text(44)
    return ("Encounter", f"{patient[1]}#admitted", f"{patient[2]}@{admitted}") if admitted else None


def order_key(segment: Segment, number: int, type_: str, kind: str, reading: Reading) -> Key | None:
    """An order number (EI) of ORC or OBR, or a document or appointment number, as an identifier."""
    components = segment.components(number)
    value = part(segment.delimiters, components, 1)
    if not value:
        return None
    authority = components[1] if len(components) > 1 else ""
    return (type_, reading.system_of(authority, kind), value)


def keys_of(reading: Reading) -> set[Key]:
    """Every identifier of the message that a resource may be known by."""
    found: set[Key] = set()
    patient: Key | None = None
    for segment in reading.message.segments:
        name = segment.name
        if name == "PID":
            patient = subject_key(segment, reading)
            found.add(patient)
        elif name == "MRG":
            found.update(_some(patient_key(segment, 1, reading)))
        elif name == "PV1" and patient:
            found.update(_some(visit_key(segment, patient, reading)))
        elif name in ("ORC", "OBR"):
            filled = order_key(segment, 3, "DiagnosticReport", "order-filler", reading)
            found.update(_some(filled))
            found.update(_some(filled and ("ServiceRequest", *filled[1:])))
            found.update(_some(order_key(segment, 2, "ServiceRequest", "order-placer", reading)))
        elif name == "SCH":
            found.update(_some(order_key(segment, 1, "Appointment", "appointment-placer", reading)))
            found.update(_some(order_key(segment, 2, "Appointment", "appointment-filler", reading)))
        elif name == "TXA":
            found.update(_some(order_key(segment, 12, "DocumentReference", "document", reading)))
        if name in _MENTIONING:
            found.update(_mentioned(segment, reading))
    return found


def _some(key: Key | None) -> tuple[Key, ...]:
    return (key,) if key else ()


def _mentioned(segment: Segment, reading: Reading) -> tuple[Key, ...]:
    """The keys of staff, places and organisations that a segment names; the same few come again and again."""
    raw = [segment.raw(number) for number in _MENTIONING[segment.name]]
    if not any(raw):
        return ()
    header, marks = reading.message.header, segment.delimiters
    sender = (header.sending_application, header.sending_facility)
    at = (reading.workspace.dialect, *sender, marks.all, marks.codec, segment.name, *raw)
    found = _MENTIONED.get(at)
    if found is None:
        if len(_MENTIONED) >= _MENTIONED_MAX:
            _MENTIONED.clear()
        found = _MENTIONED[at] = tuple({named.key for named in _named_in(segment, reading)})
    return found


def _named_in(segment: Segment, reading: Reading) -> Iterator[Named]:
    marks = segment.delimiters
    for number in _PRACTITIONERS.get(segment.name, ()):
        for one in segment.repetitions(number):
            named = directory.practitioner(marks, one, reading)
            if named:
                yield named
    for number in _LOCATIONS.get(segment.name, ()):
        place = directory.location(marks, segment.components(number), reading)
        while place:
            yield place
            place = place.within
    for number in _ORGANIZATIONS.get(segment.name, ()):
        for one in segment.repetitions(number):
            named = directory.organization(marks, one, reading)
            if named:
                yield named
