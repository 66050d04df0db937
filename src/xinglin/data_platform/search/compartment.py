"""Whose resource it is, by the official definition of the Patient compartment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..fhir import patient_compartment
from .parameter import parameters

_PREFIX = "Patient/"


def patient_of(type_: str, id_: str, references: Sequence[tuple[int, str]]) -> str | None:
    """``Patient/<id>`` whose compartment the resource is in; the first where it is in several, None for none.

    ``references`` are those that ``index`` found in it.
    """
    if type_ == "Patient":
        return _PREFIX + id_
    linking = _paths(type_)
    for number, reference in references:
        if number in linking and reference.startswith(_PREFIX):
            return reference
    return None


@cache
def _paths(type_: str) -> frozenset[int]:
    names = patient_compartment().get(type_, ())
    known = parameters(type_)
    return frozenset(path.number for name in names if name in known for path in known[name].paths)
