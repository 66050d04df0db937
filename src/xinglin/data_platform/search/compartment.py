"""Which resources belong to a patient, an encounter, a device, a practitioner or a related person, by the
official CompartmentDefinitions (hl7.org/fhir/R4/compartmentdefinition.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ..fhir import compartments
from .hashing import reference_number
from .parameter import Path, parameters

_PREFIX = "Patient/"


def patient_of(type_: str, id_: str, references: Sequence[tuple[int, str]]) -> str | None:
    """``Patient/<id>`` whose compartment the resource is in; the first where it is in several, None for none.

    ``references`` are those that ``index`` found in it.
    """
    if type_ == "Patient":
        return _PREFIX + id_
    linking = _numbers(type_)
    for number, reference in references:
        if number in linking and reference.startswith(_PREFIX):
            return reference
    return None


@dataclass(frozen=True, slots=True)
class Within:
    """A compartment as a search sees it: a resource in it has one of ``tokens``, or is the focus itself."""

    focus: str
    id: str
    tokens: tuple[int, ...]


def within(focus: str, id_: str, types: Iterable[str], own_base: str) -> Within:
    """The compartment of ``focus/id_`` as far as resources of ``types`` are in it; ``own_base`` is this server's
    FHIR URL, with which references may be written."""
    forms = (f"{focus}/{id_}", f"{own_base}/{focus}/{id_}")
    tokens = {
        reference_number(path.number, form) for type_ in types for path in linking(focus, type_) for form in forms
    }
    return Within(focus, id_, tuple(sorted(tokens)))


@cache
def linking(focus: str, type_: str) -> tuple[Path, ...]:
    """The references by which a ``type_`` is in the compartment of a ``focus``."""
    names = compartments().get(focus, {}).get(type_, ())
    known = parameters(type_)
    return tuple(path for name in names if name in known for path in known[name].paths)


@cache
def _numbers(type_: str) -> frozenset[int]:
    return frozenset(path.number for path in linking("Patient", type_))
