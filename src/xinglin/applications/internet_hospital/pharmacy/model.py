"""A prescription as the pharmacist sees it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ..online.model import Delivery
from ..safety import Finding

State = Literal["review", "ready", "dispensed"]
Step = Literal["approve", "return", "dispense", "take-back"]


class LineShown(BaseModel):
    """A drug as it is taken; what nobody wrote is null."""

    request: str
    name: str
    directions: str
    dose: float | None
    unit: str
    times_per_day: float | None
    days: float | None
    quantity: str
    state: str


class Override(BaseModel):
    """A finding that the doctor overrode, and why."""

    finding: str
    reason: str
    by: str


class Prescription(BaseModel):
    """One prescription in one state; ``diagnoses`` are those that the doctor wrote on it."""

    number: str
    state: State
    patient: str
    name: str
    sex: str | None
    birth_date: str | None
    prescriber: str
    issued_at: str
    diagnoses: list[str]
    lines: list[LineShown]


class PrescriptionShown(Prescription):
    """With what stands against it now, what the doctor said to it, and, of an online visit, where the drugs go."""

    allergies: list[str] | None
    findings: list[Finding]
    overrides: list[Override]
    delivery: Delivery | None


class StepAsked(BaseModel):
    """``reason`` is needed to return a prescription and to take drugs back."""

    reason: Annotated[str, Field(max_length=1000)] = ""
