"""Whose record a resource is part of, and how carefully it is to be shown: what rules of access ask of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .compartment import linking
from .parameter import Path, parameters

NOBODY = ""
"""In place of a patient: the resource is in no patient's compartment."""
UNTOLD = "?"
"""In place of a patient: it is in several compartments, or in one that its references do not name."""

SENSITIVE, GUARDED = 1, 2
"""Marks: of a category that is masked by default; of a person whose whole record is (staff, well-known people)."""

_PREFIX = "Patient/"
_NOT_IN_COMPARTMENT = dict.fromkeys(("Task", "Device", "GuidanceResponse", "Contract"), ("patient",))
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SENSITIVE_ACTS = frozenset(
    {"BH", "COGN", "DVD", "EMOTDIS", "ETH", "GDIS", "HIV", "MH", "OPIOIDUD", "PSY", "PSYTHPN", "SCA", "SDV", "SEX"}
    | {"SICKLE", "SPI", "STD", "SUD", "TBOO"}
)
_GUARDED_ACTS = frozenset({"CEL", "VIP", "EMP", "EMPL"})
_RESTRICTED = frozenset({"R", "V"})


def patient_named(type_: str, id_: str, references: Sequence[tuple[int, str]]) -> str:
    """The id of the Patient in whose record the resource is, ``NOBODY`` or ``UNTOLD``.

    ``references`` are those that ``index`` found in it. A link that names no patient of this server (another server's
    URL, an identifier alone) may be anybody's, and so tells nothing.
    """
    if type_ == "Patient":
        return id_
    numbers = _numbers(type_)
    found = NOBODY
    for number, reference in references:
        if number not in numbers:
            continue
        if reference.startswith(_PREFIX):
            patient = reference[len(_PREFIX) :]
        elif _is_local(reference):
            continue
        else:
            return UNTOLD
        if found not in (NOBODY, patient):
            return UNTOLD
        found = patient
    return found


def marks_of(resource: Mapping[str, Any]) -> int:
    """The marks that the security labels of ``resource`` give (v3-ActCode, v3-Confidentiality)."""
    labels = (resource.get("meta") or {}).get("security")
    if not labels:
        return 0
    marks = 0
    for label in labels:
        system, code = label.get("system"), label.get("code")
        if (system == _ACT_CODE and code in _SENSITIVE_ACTS) or (system == _CONFIDENTIALITY and code in _RESTRICTED):
            marks |= SENSITIVE
        elif system == _ACT_CODE and code in _GUARDED_ACTS:
            marks |= GUARDED
    return marks


def _is_local(reference: str) -> bool:
    type_, slash, _ = reference.partition("/")
    return bool(slash) and type_[:1].isupper() and type_.isalpha()


@cache
def links_to_patient(type_: str) -> tuple[Path, ...]:
    """The references by which a ``type_`` is in a patient's record: those of the official compartment, and where that
    leaves out a type that tells of patients, its own parameter for them."""
    further = [path for name in _NOT_IN_COMPARTMENT.get(type_, ()) for path in parameters(type_)[name].paths]
    return (*linking("Patient", type_), *further)


@cache
def _numbers(type_: str) -> frozenset[int]:
    return frozenset(path.number for path in links_to_patient(type_))
