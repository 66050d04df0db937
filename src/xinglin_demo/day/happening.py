"""What happens in the hospital, to whom and where: how a day is told before it is put on a wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..hospital import Department, Doctor, Place, Problem
from ..population import Person
from .laboratory import Panel


class Kind(StrEnum):
    """Happenings; those spoken as ADT carry their trigger event (HL7 v2.5.1, chapter 3)."""

    ADMITTED = "A01"
    TRANSFERRED = "A02"
    DISCHARGED = "A03"
    ARRIVED = "A04"
    PERSON_CHANGED = "A08"
    ADMISSION_CANCELLED = "A11"
    TRANSFER_CANCELLED = "A12"
    DISCHARGE_CANCELLED = "A13"
    ORDERED = "ordered"
    RESULTED = "resulted"
    DOCUMENTED = "documented"
    BOOKED = "booked"
    CHECKED_IN = "checked in"
    FULFILLED = "fulfilled"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit as it is at one moment; a change makes a new one. Times are the hospital's simulated ones.

    ``letter`` is the patient class of PV1-2 (table 0004): ``I`` inpatient, ``E`` emergency, ``O`` outpatient.
    """

    visit: str
    letter: str
    person: Person
    department: Department
    doctor: Doctor
    problem: Problem
    severity: float
    began_at: datetime
    place: Place
    triage: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A panel ordered for a stay; ``number`` counts the stay's orders.

    A ``remeasured`` order gives a second result, ``corrected``, that replaces the first.
    """

    number: int
    panel: Panel
    ordered_at: datetime
    resulted_at: datetime
    remeasured: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that systems tell one another. ``final`` says that the stay has nothing more to tell."""

    at: datetime
    kind: Kind
    stay: Stay
    order: Order | None = None
    previous: Place | None = None
    slot_at: datetime | None = None
    final: bool = False
