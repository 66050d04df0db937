"""SMART scopes as a further limit on what a program does in somebody's name (SMART App Launch 2, scopes-and-launch-
context.html): they never open what the rules close."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xinglin.data_platform.fhir import resource_types

_SCOPE = re.compile(r"(patient|user|system)/(\*|[A-Za-z]+)\.(c?r?u?d?s?|read|write|\*)")
_OLD = {"read": "rs", "write": "cud", "*": "cruds"}
_LETTERS = {"see": "rs", "create": "c", "update": "u", "delete": "d"}


@dataclass(frozen=True, slots=True)
class Limit:
    """The types that scopes open for one action, and those that they open for the patient of the launch alone."""

    anybodys: frozenset[str]
    of_patient: frozenset[str]


def limit(scopes: Sequence[str] | None, action: str) -> Limit | None:
    """What ``scopes`` leave of ``action``; None where nothing is narrowed."""
    if scopes is None:
        return None
    anybodys: set[str] = set()
    of_patient: set[str] = set()
    for scope in scopes:
        match = _SCOPE.fullmatch(scope)
        if match is None or not match[3] or not set(_OLD.get(match[3], match[3])) & set(_LETTERS[action]):
            continue
        types = resource_types() if match[2] == "*" else {match[2]} & resource_types()
        (of_patient if match[1] == "patient" else anybodys).update(types)
    return Limit(frozenset(anybodys), frozenset(of_patient - anybodys))
