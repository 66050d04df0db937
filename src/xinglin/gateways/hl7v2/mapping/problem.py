"""AL1 and DG1: allergies of the patient and diagnoses of the visit."""

from __future__ import annotations

from typing import Any

from xinglin.foundation.ids import derived

from ..syntax import Segment
from . import codes, directory
from .datatype import code_by, coded_by, cwe, cwe_in, date_time
from .identify import subject_key
from .reading import Reading, Reference
from .table import Row, Table

_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def _categories(segment: Segment, number: int, reading: Reading) -> list[str]:
    found = codes.ALLERGEN_CATEGORY.get(segment.text(number))
    return [found] if found else []


def _type(segment: Segment, number: int, reading: Reading) -> str | None:
    return "allergy" if segment.text(number) in codes.ALLERGY_TYPE else None


def _reactions(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    marks = segment.delimiters
    texts = [marks.clean(one[0]) for one in segment.repetitions(number)]
    manifestations = [{"text": text} for text in texts if text]
    if not manifestations:
        return []
    reaction: dict[str, Any] = {"manifestation": manifestations}
    severity = codes.REACTION_SEVERITY.get(segment.text(4))
    if severity:
        reaction["severity"] = severity
    return [reaction]


AL1 = Table(
    "AL1[AllergyIntolerance]",
    (
        Row(2, "category", "category", _categories, many=True),
        Row(2, "type", "type", _type),
        Row(3, "code", "code", cwe),
        Row(4, "criticality", "criticality", code_by(codes.ALLERGY_CRITICALITY)),
        Row(5, "reaction.manifestation.text", "reaction", _reactions, many=True),
        Row(6, "onsetDateTime", "onsetDateTime", date_time),
    ),
    by_code=((4, "reaction.severity"),),
)


def _described(segment: Segment, number: int, reading: Reading) -> str | None:
    return segment.text(number) or None


DG1 = Table(
    "DG1[Condition]",
    (
        Row(3, "code[1]", "code", cwe),
        Row(4, "code[1].text", "described", _described),
        Row(5, "onsetDateTime", "onsetDateTime", date_time),
        Row(16, "asserter(Practitioner)", "asserter", directory.one_practitioner),
        Row(19, "recordedDate", "recordedDate", date_time),
    ),
    by_code=((21, "verificationStatus.coding.code"),),
)
DG1_VISIT = Table(
    "DG1[Encounter]",
    (Row(6, "diagnosis.use", "use", coded_by(codes.DIAGNOSIS_TYPE)),),
    by_code=((3, "diagnosis.condition(Condition.code)"), (15, "diagnosis.rank")),
)
TABLES = (AL1, DG1, DG1_VISIT)
_use_table = cwe_in("0052")


def references_of(reading: Reading, patient_id: str, visit_id: str | None) -> list[Reference]:
    """The allergies and diagnoses of a message, to see which of a late one are known already."""
    found = [("AllergyIntolerance", _allergy_id(one, patient_id)) for one in reading.message.all("AL1")]
    if visit_id:
        found += [("Condition", _condition_id(one, visit_id)) for one in reading.message.all("DG1")]
    return found


def hold_allergies(reading: Reading, patient_id: str, *, late: bool) -> None:
    """The allergies of AL1, one per patient's number and allergen, so that a message told again after a merge
    meets the same ones. A late message adds those that are not known."""
    own_id = reading.workspace.id_of(subject_key(reading.first("PID"), reading))
    for segment in reading.message.all("AL1"):
        if not segment.raw(3):
            continue
        id_ = _allergy_id(segment, own_id)
        known = reading.current("AllergyIntolerance", id_)
        if late and known is not None:
            continue
        reading.put(
            {
                "resourceType": "AllergyIntolerance",
                "id": id_,
                "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
                "patient": reading.subject_of(known, patient_id, "patient"),
                **_valued(AL1.apply(segment, reading)),
            }
        )


def diagnosed(reading: Reading, encounter: dict[str, Any], patient_id: str, *, late: bool) -> dict[str, Any]:
    """``encounter`` with the diagnoses of DG1, each a Condition of patient and visit."""
    diagnoses = list(encounter.get("diagnosis") or ())
    at = {one["condition"].get("reference"): place for place, one in enumerate(diagnoses)}
    for segment in reading.message.all("DG1"):
        if not segment.raw(3) and not segment.raw(4):
            continue
        id_ = _condition_id(segment, encounter["id"])
        if not (late and reading.current("Condition", id_) is not None):
            reading.put(_condition(reading, segment, id_, patient_id, encounter["id"]))
        diagnosis = _diagnosis(reading, segment, id_)
        place = at.get(f"Condition/{id_}")
        if place is None:
            at[f"Condition/{id_}"] = len(diagnoses)
            diagnoses.append(diagnosis)
        elif not late:
            diagnoses[place] = diagnosis
    return {**encounter, "diagnosis": diagnoses} if diagnoses else encounter


def _condition(reading: Reading, segment: Segment, id_: str, patient_id: str, visit_id: str) -> dict[str, Any]:
    said = _valued(DG1.apply(segment, reading))
    described = said.pop("described", None)
    if described:
        said["code"] = {**said.get("code", {}), "text": described}
    if segment.text(21) == "D":
        said["verificationStatus"] = {"coding": [{"system": _VERIFICATION, "code": "entered-in-error"}]}
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": reading.subject_of(reading.current("Condition", id_), patient_id),
        "encounter": {"reference": f"Encounter/{visit_id}"},
        **said,
    }


def _diagnosis(reading: Reading, segment: Segment, condition_id: str) -> dict[str, Any]:
    said: dict[str, Any] = {"condition": {"reference": f"Condition/{condition_id}"}}
    use = coded_by(codes.DIAGNOSIS_TYPE)(segment, 6, reading) if segment.text(6) == "A" else None
    use = use or _use_table(segment, 6, reading)
    if use:
        said["use"] = use
    rank = segment.text(15)
    if rank.isdigit() and int(rank) > 0:
        said["rank"] = int(rank)
    return said


def _allergy_id(segment: Segment, patient_id: str) -> str:
    substance = segment.component(3, 1) or segment.component(3, 2)
    return derived("AllergyIntolerance", patient_id, segment.component(3, 3), substance)


def _condition_id(segment: Segment, visit_id: str) -> str:
    name = segment.component(3, 1) or segment.component(3, 2) or segment.text(4)
    return derived("Condition", visit_id, segment.component(3, 3), name)


def _valued(said: dict[str, Any]) -> dict[str, Any]:
    return {element: value for element, value in said.items() if value is not None}
