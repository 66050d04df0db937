"""Which message does what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..failure import Unmappable
from . import appointment, document, order, person, problem, request, result, visit
from .identify import subject_key, visit_key
from .reading import Key, Reading, Reference, Workspace

TABLES = (
    *person.TABLES,
    *visit.TABLES,
    *problem.TABLES,
    *result.TABLES,
    *request.TABLES,
    *document.TABLES,
    *appointment.TABLES,
)


def _adt(reading: Reading) -> None:
    patient_id = person.hold_patient(reading)
    late = f"Patient/{patient_id}" not in reading.told
    visit.hold_visit(reading, patient_id, _trigger(reading))
    problem.hold_allergies(reading, patient_id, late=late)


def _merge(reading: Reading) -> None:
    person.hold_patient(reading)
    person.merge_patients(reading)


def _result(reading: Reading) -> None:
    patient_id = person.hold_patient(reading)
    result.hold_results(reading, patient_id, visit.hold_visit(reading, patient_id))


def _document(reading: Reading) -> None:
    patient_id = person.hold_patient(reading)
    document.hold_document(reading, patient_id, visit.hold_visit(reading, patient_id))


def _order(reading: Reading) -> None:
    patient_id = person.hold_patient(reading)
    order.hold_orders(reading, patient_id, visit.hold_visit(reading, patient_id))


def _appointment(reading: Reading) -> None:
    patient_id = person.hold_patient(reading)
    visit.hold_visit(reading, patient_id)
    appointment.hold_appointment(reading, patient_id)


SUPPORTED: dict[str, Callable[[Reading], None]] = {
    **{f"ADT^{event}": _adt for event in ("A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13")},
    **{f"ADT^{event}": _merge for event in ("A34", "A40")},
    "ORU^R01": _result,
    **{f"MDM^T{number:02}": _document for number in range(1, 12)},
    **dict.fromkeys(("ORM^O01", "OMG^O19", "OML^O21"), _order),
    **{f"SIU^{event}": _appointment for event in ("S12", "S13", "S14", "S15", "S17", "S26")},
}
_MERGING = ("Patient", "Encounter", "DiagnosticReport", "DocumentReference", "Appointment")
_ONLY_TRIGGER = {"ORU": "R01", "ORM": "O01", "OMG": "O19", "OML": "O21"}


def understand(reading: Reading) -> None:
    """Map the message into ``reading``'s drafts. Raises ``Unmappable`` with a reason for people."""
    kind = f"{reading.message.header.code}^{_trigger(reading)}"
    handler = SUPPORTED.get(kind)
    if handler is None:
        raise Unmappable(f"messages of type {kind} are not supported", f"不支持 {kind} 类型的消息")
    handler(reading)


def references_of(reading: Reading, keys: set[Key]) -> set[Reference]:
    """The resources that the message may lay itself over, by their ids."""
    workspace = reading.workspace
    found = {(key[0], workspace.id_of(key)) for key in keys if key[0] in _MERGING and _may_be_there(key, workspace)}
    code = reading.message.header.code
    if code == "ORU":
        for group in result.orders_of(reading):
            asked = (*result.report_keys(group, reading), *_first_or_known(group.request_keys, workspace))
            found.update(
                (key[0], workspace.id_of(key)) for key in asked if key not in keys or _may_be_there(key, workspace)
            )
    elif code in ("ORM", "OMG", "OML"):
        found.update(_orders(reading))
    if any(segment.name in ("AL1", "DG1") for segment in reading.message.segments):
        pid, pv1 = reading.first("PID"), reading.message.first("PV1")
        patient = subject_key(pid, reading)
        visit_number = visit_key(pv1, patient, reading) if pv1 else None
        visit_id = workspace.id_of(visit_number) if visit_number else None
        found.update(problem.references_of(reading, workspace.id_of(patient), visit_id))
    return found


def _may_be_there(key: Key, workspace: Workspace) -> bool:
    """Whether a key that was looked up may have a resource: it was found, or is ours alone and no identifier."""
    return key in workspace.known or "#" in key[1]


def _orders(reading: Reading) -> set[Reference]:
    found: set[Reference] = set()
    orc = None
    for segment in reading.message.segments:
        if segment.name == "ORC":
            orc = segment
        if segment.name in ("ORC", "OBR"):
            obr = segment if segment.name == "OBR" else None
            keys = request.request_keys(orc, obr, reading)
            found.update((key[0], reading.workspace.id_of(key)) for key in _first_or_known(keys, reading.workspace))
    return found


def _first_or_known(keys: tuple[request.Pair, ...], workspace: Workspace) -> Iterator[Key]:
    """What an order may be known by: its first number, any other only where the store has it."""
    for place, pair in enumerate(keys):
        if place == 0 or pair[0] in workspace.known:
            yield from pair


def _trigger(reading: Reading) -> str:
    header = reading.message.header
    if header.trigger:
        return header.trigger
    event = reading.message.first("EVN")
    return _ONLY_TRIGGER.get(header.code) or (event.text(1) if event else "")
