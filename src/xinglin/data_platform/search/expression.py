"""The part of FHIRPath that the R4 search parameters use, read once into steps.

Raises ``ValueError`` for anything else, so that a parameter is never half understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """An element by name; ``first`` for ``name[0]``."""

    name: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class As:
    """Only values of this type of a choice element: ``as(Quantity)``."""

    type: str


@dataclass(frozen=True, slots=True)
class Where:
    """Only elements whose field has this value: ``where(system='phone')``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class WhereType:
    """Only references to this type: ``where(resolve() is Patient)``."""

    type: str


@dataclass(frozen=True, slots=True)
class IsTrue:
    """Whether the element is there and is not false: ``x.exists() and x != false``."""


Step = Field | As | Where | WhereType | IsTrue
Steps = tuple[Step, ...]

_STEP = re.compile(
    r"where\(resolve\(\) is (?P<target>\w+)\)"
    r"|where\((?P<field>\w+)='(?P<value>[^']*)'\)"
    r"|as\((?P<type>\w+)\)"
    r"|(?P<name>\w+)(?P<first>\[0\])?"
)
_CAST = re.compile(r"\((?P<path>[^()]+) as (?P<type>\w+)\)(?:\.(?P<rest>.+))?")
_IS_TRUE = re.compile(r"(?P<path>[\w.]+)\.exists\(\) and (?P=path) != false")


def parse(expression: str) -> list[Steps]:
    """The alternatives of ``expression``, each as its steps from the resource type (or %resource) on."""
    return [_alternative(part.strip()) for part in expression.split(" | ")]


def _alternative(text: str) -> Steps:
    if match := _IS_TRUE.fullmatch(text):
        return (*_chain(match["path"]), IsTrue())
    if match := _CAST.fullmatch(text):
        rest = _chain(match["rest"]) if match["rest"] else ()
        return (*_chain(match["path"]), As(match["type"]), *rest)
    return _chain(text.removeprefix("%"))


def _chain(text: str) -> Steps:
    steps: list[Step] = []
    place = 0
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            raise ValueError(f"cannot read the search expression {text!r} at {place}")
        steps.append(_step(match))
        place = match.end()
        if place < len(text):
            if text[place] != ".":
                raise ValueError(f"cannot read the search expression {text!r} at {place}")
            place += 1
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if match["target"]:
        return WhereType(match["target"])
    if match["field"]:
        return Where(match["field"], match["value"])
    if match["type"]:
        return As(match["type"])
    return Field(match["name"], bool(match["first"]))
