"""What the Board shows, as pages get it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

UnitKind = Literal["ward", "emergency", "outpatient"]
Sex = Literal["male", "female", "other", "unknown"]


class Unit(BaseModel):
    """A ward, the emergency department or a clinic; ``abnormal`` and ``critical`` count people, not results.

    ``occupied`` counts everybody in the unit, ``beds_free`` the beds where nobody lies, ``waiting`` those who are in
    a unit that has beds and have none of their own.
    """

    id: str
    name: str
    name_en: str
    kind: UnitKind
    beds_total: int
    occupied: int
    beds_free: int
    waiting: int
    abnormal: int
    critical: int


class Board(BaseModel):
    as_of: datetime
    units: list[Unit]


class AbnormalResult(BaseModel):
    """A result of the last 24 hours outside its range; ``interpretation`` is a code of HL7 table 0078.

    ``name_en`` is the name without Chinese where the result brought one, else the same as ``name``.
    """

    observation_id: str
    name: str
    name_en: str
    value: str
    unit: str
    interpretation: str
    reference_range: str
    at: datetime


class Stay(BaseModel):
    """A person in the unit. ``bed`` names the bed or room, null where only the unit is known; ``bed_en`` as
    ``name_en`` of a unit."""

    encounter_id: str
    patient_id: str
    patient_name: str
    sex: Sex
    birth_date: str | None
    bed: str | None
    bed_en: str | None
    status: str
    class_: str = Field(alias="class")
    since: datetime
    admitted_at: datetime
    attending: str
    abnormal: list[AbnormalResult]


class Bed(BaseModel):
    """A bed by its name; ``name_en`` is the same where there is none in English."""

    name: str
    name_en: str


class UnitBoard(BaseModel):
    """One unit with everybody in it, and the beds where nobody lies."""

    as_of: datetime
    unit: Unit
    stays: list[Stay]
    empty_beds: list[Bed]
