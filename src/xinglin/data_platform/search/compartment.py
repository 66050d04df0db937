"""Whose resource it is, by the official definition of the Patient compartment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from ..fhir import patient_compartment
from .condition import reference_tokens
from .parameter import parameters
from .query import Query
from .statement import Statement

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


def in_compartment(patient_id: str, limit: int, but: Collection[str] = ()) -> Statement:
    """Key, type, id and content of up to ``limit`` resources in the patient's compartment, but for some types."""
    target = [f"{_PREFIX}{patient_id}"]
    tokens = [
        token
        for type_, names in patient_compartment().items()
        if type_ not in but
        for name in names
        if name in parameters(type_)
        for token in reference_tokens(parameters(type_)[name], target)
    ]
    query = Query()
    query.where(query.has_any(tokens))
    query.where("r.content IS NOT NULL")
    found = query.select("r.key, r.type, r.id, r.content")
    return Statement(f"{found} ORDER BY r.key LIMIT {query.bind(limit, 'int')}", query.arguments)


@cache
def _paths(type_: str) -> frozenset[int]:
    names = patient_compartment().get(type_, ())
    known = parameters(type_)
    return frozenset(path.number for name in names if name in known for path in known[name].paths)
