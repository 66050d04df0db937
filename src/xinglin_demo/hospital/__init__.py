"""The demo hospital itself: departments, places, doctors, and how FHIR says them."""

from .department import (
    BED_COUNT,
    CRITICAL,
    DEPARTMENTS,
    EMERGENCY,
    EMERGENCY_UNIT,
    Department,
)
from .place import Place, clinics, emergency_beds, ward_beds, wards
from .problem import Problem
from .resource import CODE, NAME, NAME_EN, staff, structure
from .staff import Doctor, doctors

__all__ = [
    "BED_COUNT",
    "CODE",
    "CRITICAL",
    "DEPARTMENTS",
    "EMERGENCY",
    "EMERGENCY_UNIT",
    "NAME",
    "NAME_EN",
    "Department",
    "Doctor",
    "Place",
    "Problem",
    "clinics",
    "doctors",
    "emergency_beds",
    "staff",
    "structure",
    "ward_beds",
    "wards",
]
