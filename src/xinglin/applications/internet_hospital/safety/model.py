"""What a check is told and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from xinglin.data_platform.terminology import Drug

Kind = Literal["allergy", "interaction", "dose", "duplicate", "pregnancy", "renal", "unknown_drug", "missing"]
Severity = Literal["stop", "caution", "unknown"]
Pregnant = Literal["yes", "no", "unknown", "impossible"]


@dataclass(frozen=True, slots=True)
class Line:
    """A drug that is or will be taken. ``drug`` is None where the catalogue does not know it; ``reference`` is the
    resource it stands in, empty for a line that is being written. ``dose`` is of one time, in ``unit`` (UCUM, or
    ``{piece}`` for tablets and the like)."""

    name: str
    drug: Drug | None
    dose: float | None = None
    unit: str = ""
    times_per_day: float | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Allergy:
    """What somebody does not bear: how it is written, codes, and whether the record calls it a food or the like."""

    reference: str
    text: str
    codes: frozenset[str] = frozenset()
    is_drug: bool = True


@dataclass(frozen=True, slots=True)
class Kidney:
    """An estimated filtration rate in mL/min/1.73 m², and the Observation it rests on."""

    egfr: float
    reference: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the record tells that a check rests on. ``allergies`` is None where nobody ever asked, an empty tuple where
    there are none; ``kidney`` is None without a value of the last twelve months."""

    allergies: tuple[Allergy, ...] | None
    current: tuple[Line, ...]
    pregnant: Pregnant
    pregnancy_reference: str
    kidney: Kidney | None
    age_years: int | None
    weight_kg: float | None


class Finding(BaseModel):
    """One thing to know before signing. ``stop`` and a drug that is unknown need a reason to go on (``needs_reason``);
    ``unknown`` is something that could not be checked. ``key`` is the same for the same matter whenever it is checked,
    ``drugs`` are names as written, ``rests_on`` references into the record, ``source`` who says so."""

    key: str
    kind: Kind
    severity: Severity
    needs_reason: bool
    drugs: tuple[str, ...]
    zh: str
    en: str
    rests_on: tuple[str, ...] = ()
    source: str = ""
