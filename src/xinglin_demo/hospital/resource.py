"""The hospital as FHIR R4: Organization, Location, Practitioner, PractitionerRole, HealthcareService."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from .. import identity
from .department import DEPARTMENTS, EMERGENCY, EMERGENCY_ROOMS, EMERGENCY_UNIT, Department
from .place import Place, clinics, emergency_beds, ward_beds, wards
from .staff import Doctor, doctors

CODE = "XLH"
NAME = "杏林示范医院"
NAME_EN = "Xinglin Demonstration Hospital"
_HEAD = {"coding": [{"system": "https://xinglin.health/id/department-role", "code": "head"}], "text": "科主任"}
_FORM = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_ORGANIZATION_TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"


def structure(seed: int) -> Iterator[dict[str, Any]]:
    """Hospital, departments, services and every ward, room and bed; parents come before children."""
    yield _organization(seed, CODE, "prov", NAME, NAME_EN, None)
    for department in DEPARTMENTS:
        yield _organization(seed, department.code, "dept", department.name, department.name_en, CODE)
    yield _location(seed, CODE, "bu", NAME, NAME_EN, None, CODE)
    for department in wards():
        name, name_en = f"{department.name}病区", f"{department.name_en} ward"
        yield _location(seed, department.ward, "wa", name, name_en, CODE, department.code)
        yield from _rooms(seed, department, ward_beds(department))
    yield from _emergency(seed)
    for department in clinics():
        yield from _clinic(seed, department)


def staff(seed: int) -> Iterator[dict[str, Any]]:
    """Practitioner and PractitionerRole of every doctor."""
    for doctor in doctors(seed):
        yield _practitioner(seed, doctor)
        yield _practitioner_role(seed, doctor)


@cache
def _heads(seed: int) -> frozenset[Doctor]:
    """The first of each department is its chief."""
    return frozenset({one.department.code: one for one in reversed(doctors(seed))}.values())


def _rooms(seed: int, department: Department, beds: list[Place]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for bed in beds:
        room = Place(bed.unit, bed.room)
        if room.code not in seen:
            seen.add(room.code)
            name, name_en = f"{int(bed.room)}病室", f"Room {int(bed.room)}"
            yield _location(seed, room.code, "ro", name, name_en, bed.unit, department.code)
        yield _bed(seed, bed, department)


def _bed(seed: int, bed: Place, department: Department) -> dict[str, Any]:
    parent = Place(bed.unit, bed.room).code
    name, name_en = f"{int(bed.room)}-{bed.bed}床", f"Bed {int(bed.room)}-{bed.bed}"
    return _location(seed, bed.code, "bd", name, name_en, parent, department.code)


def _emergency(seed: int) -> Iterator[dict[str, Any]]:
    name, name_en = "急诊", "Emergency department"
    yield _location(seed, EMERGENCY_UNIT, "wa", name, name_en, CODE, EMERGENCY.code, role="ER")
    for number, room, room_en, _ in EMERGENCY_ROOMS:
        code = Place(EMERGENCY_UNIT, number).code
        yield _location(seed, code, "ro", room, room_en, EMERGENCY_UNIT, EMERGENCY.code)
        for bed in emergency_beds(number):
            yield _bed(seed, bed, EMERGENCY)


def _clinic(seed: int, department: Department) -> Iterator[dict[str, Any]]:
    name, name_en = f"{department.name}门诊", f"{department.name_en} clinic"
    yield _location(seed, department.clinic, "wa", name, name_en, CODE, department.code, role="OF")
    for number in range(1, department.consulting_rooms + 1):
        code = Place(department.clinic, f"{number:02d}").code
        room, room_en = f"{number}诊室", f"Consulting room {number}"
        yield _location(seed, code, "ro", room, room_en, department.clinic, department.code)
    yield {
        "resourceType": "HealthcareService",
        "id": identity.resource_id(seed, "HealthcareService", department.clinic),
        "identifier": [identity.identifier(identity.ORGANIZATION, department.clinic)],
        "active": True,
        "providedBy": identity.reference(seed, "Organization", department.code, department.name),
        "location": [identity.reference(seed, "Location", department.clinic, name)],
        "name": name,
        "_name": identity.in_english(name_en),
        "appointmentRequired": True,
    }


def _organization(seed: int, code: str, kind: str, name: str, name_en: str, parent: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Organization",
        "id": identity.resource_id(seed, "Organization", code),
        "identifier": [identity.identifier(identity.ORGANIZATION, code)],
        "active": True,
        "type": [{"coding": [{"system": _ORGANIZATION_TYPE, "code": kind}]}],
        "name": name,
        "_name": identity.in_english(name_en),
        "alias": [name_en],
    }
    if parent is not None:
        found["partOf"] = identity.reference(seed, "Organization", parent)
    return found


def _location(
    seed: int,
    code: str,
    form: str,
    name: str,
    name_en: str,
    parent: str | None,
    organization: str,
    *,
    role: str | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Location",
        "id": identity.resource_id(seed, "Location", code),
        "identifier": [identity.identifier(identity.LOCATION, code)],
        "status": "active",
        "mode": "instance",
        "name": name,
        "_name": identity.in_english(name_en),
        "alias": [name_en],
        "physicalType": {"coding": [{"system": _FORM, "code": form}]},
        "managingOrganization": identity.reference(seed, "Organization", organization),
    }
    if role is not None:
        found["type"] = [{"coding": [{"system": _ROLE, "code": role}]}]
    if parent is not None:
        found["partOf"] = identity.reference(seed, "Location", parent)
    return found


def _practitioner(seed: int, doctor: Doctor) -> dict[str, Any]:
    name = doctor.name
    return {
        "resourceType": "Practitioner",
        "id": identity.resource_id(seed, "Practitioner", doctor.code),
        "identifier": [identity.identifier(identity.PRACTITIONER, doctor.code, "EI")],
        "active": True,
        "name": [
            {"use": "official", "text": name.text, "family": name.family, "given": [name.given]},
            {"text": name.text_pinyin, "family": name.family_pinyin, "given": [name.given_pinyin]},
        ],
        "gender": "male" if doctor.male else "female",
    }


def _practitioner_role(seed: int, doctor: Doctor) -> dict[str, Any]:
    department = doctor.department
    found: dict[str, Any] = {
        "resourceType": "PractitionerRole",
        "id": identity.resource_id(seed, "PractitionerRole", doctor.code),
        "active": True,
        "practitioner": identity.reference(seed, "Practitioner", doctor.code, doctor.name.text),
        "organization": identity.reference(seed, "Organization", department.code, department.name),
        "code": [{"text": doctor.title}, *([_HEAD] if doctor in _heads(seed) else [])],
        "specialty": [{"text": department.name}],
    }
    if department.consulting_rooms:
        found["healthcareService"] = [identity.reference(seed, "HealthcareService", department.clinic)]
    return found
