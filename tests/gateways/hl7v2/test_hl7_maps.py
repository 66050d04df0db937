"""Our mapping tables beside HL7's own v2-to-FHIR maps."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from xinglin.gateways.hl7v2.mapping import TABLES, codes
from xinglin.gateways.hl7v2.mapping.table import Table


@pytest.fixture(scope="module")
def maps(shared_data: Path) -> Path:
    return shared_data / "v2-to-fhir" / "mappings"


def _rows(folder: Path, start: str) -> list[list[str]]:
    found = [path for path in folder.glob("*.csv") if path.name.startswith(f"{start} - ")]
    assert len(found) == 1, f"HL7 has no map {start}"
    with found[0].open(encoding="utf-8-sig", newline="") as file:
        return [[cell.strip() for cell in row] for row in csv.reader(file)][2:]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_target_of_a_segment_stands_in_hl7s_map(maps: Path, table: Table) -> None:
    rows = _rows(maps / "segments", f"HL7 Segment - FHIR R4_ {table.name}")
    theirs = {(row[1], row[9].replace(" ", "")) for row in rows if len(row) > 9 and row[9]}
    segment = table.name.split("[")[0]
    ours = {(f"{segment}-{row.field}", row.target) for row in table.rows}
    ours |= {(f"{segment}-{field}", target) for field, target in table.by_code}
    assert not ours - theirs
    print(f"{table.name}: {len({field for field, _ in ours})} of {len({field for field, _ in theirs})} fields")


CODES: list[tuple[str, Any]] = [
    ("AdministrativeSex", codes.ADMINISTRATIVE_SEX),
    ("MaritalStatus", codes.MARITAL_STATUS),
    ("AddressType[Type]", codes.ADDRESS_TYPE),
    ("AddressType[Use]", codes.ADDRESS_USE),
    ("NameType", codes.NAME_TYPE),
    ("TelecommunicationUseCode", codes.TELECOMMUNICATION_USE),
    ("TelecommunicationEquipmentType", codes.TELECOMMUNICATION_EQUIPMENT),
    ("PatientClass[EncounterClass]", codes.ENCOUNTER_CLASS),
    ("PatientClass[EncounterStatus]", codes.ENCOUNTER_STATUS),
    ("AdmissionType", codes.ADMISSION_TYPE),
    ("EncounterPriority", codes.ENCOUNTER_PRIORITY),
    ("InterpretationCodes", codes.INTERPRETATION),
    ("ObservationResultStatusCodesInterpretation", codes.OBSERVATION_STATUS),
    ("ResultStatus[Non-Queries]", codes.REPORT_STATUS),
    ("OrderControlCode[ServiceRequest.status]", codes.ORDER_CONTROL),
    ("OrderStatus", codes.ORDER_STATUS),
    ("ExtendedPriorityCodes", codes.PRIORITY),
    ("FillerStatusCodes[Appointment]", codes.APPOINTMENT_STATUS),
    ("AllergenType[AllergyIntoleranceCategory]", codes.ALLERGEN_CATEGORY),
    ("AllergySeverity[AllergyIntolerance.criticality]", codes.ALLERGY_CRITICALITY),
    ("AllergySeverity[AllergyIntolerance.reaction.severity]", codes.REACTION_SEVERITY),
    ("DiagnosisType", codes.DIAGNOSIS_TYPE),
    ("DocumentConfidentialityStatus", codes.CONFIDENTIALITY),
    ("Relationship", codes.RELATIONSHIP),
    ("ContactRole", codes.CONTACT_ROLE),
]


@pytest.mark.parametrize(("name", "ours"), CODES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_code_table_equals_hl7s(maps: Path, name: str, ours: dict[str, Any]) -> None:
    rows = _rows(maps / "codesystems", f"HL7 Concept Map_ {name}")
    theirs = {
        row[0].replace("\xa0", ""): (row[6], next((cell for cell in row[7:] if cell.startswith("http")), ""))
        for row in rows
        if len(row) > 6 and row[0] and row[6]
    }
    flat = {code: value[0] if isinstance(value, tuple) else value for code, value in ours.items()}
    assert flat == {code: target for code, (target, _) in theirs.items()}
    for code, value in ours.items():
        if isinstance(value, tuple):
            assert value[2] == theirs[code][1]


def test_what_we_add_beside_the_map_contradicts_nothing_in_it() -> None:
    for name, added in codes.OWN.items():
        assert not set(added) & set(getattr(codes, name))


def test_coverage_is_counted(maps: Path) -> None:
    mapped = total = 0
    for table in TABLES:
        rows = _rows(maps / "segments", f"HL7 Segment - FHIR R4_ {table.name}")
        theirs = {row[1] for row in rows if len(row) > 9 and row[9] and "-" in row[1]}
        segment = table.name.split("[")[0]
        ours = {f"{segment}-{row.field}" for row in table.rows} | {f"{segment}-{at}" for at, _ in table.by_code}
        mapped, total = mapped + len(ours & theirs), total + len(theirs)
    print(f"fields with a FHIR target in HL7's maps of these segments: {total}; mapped here: {mapped}")
    assert mapped >= 100
