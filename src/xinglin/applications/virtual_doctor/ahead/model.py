"""What is shown of tests before a consultation, and what is asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
Reason = Annotated[str, Field(max_length=1000)]
MineState = Literal["proposed", "released", "done", "refused"]


class BothWords(BaseModel):
    zh: str
    en: str


class TestsProposed(BaseModel):
    """Tests that one protocol proposes: for a doctor to decide upon, no order yet."""

    task: str
    protocol: BothWords
    reason: BothWords
    tests: list[BothWords]


class TestsWaiting(TestsProposed):
    """With all that whoever releases looks at. ``version`` goes into If-Match; ``seen`` was checked by rule,
    ``asked_of_doctor`` was not. ``allergies`` is null where nobody ever asked."""

    version: int
    patient: str
    name: str
    sex: str | None
    birth_date: str | None
    department: str
    words: str
    seen: list[BothWords]
    asked_of_doctor: list[BothWords]
    sources: list[str]
    allergies: list[str] | None
    proposed_at: datetime


class TestsDecided(BaseModel):
    """What became of a proposal, by whom and when."""

    task: str
    version: int
    state: Literal["released", "refused"]
    by: str
    at: datetime
    reason: str
    references: list[str]


class MyTests(BaseModel):
    """Tests that a patient does before the doctor; ``be_there_at`` is for results to be ready at the visit's time."""

    task: str
    patient: str
    state: MineState
    tests: list[BothWords]
    reason: str
    place: str
    be_there_at: datetime | None
    proposed_at: datetime


class RefuseAsked(BaseModel):
    """``reason`` is what the patient reads."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


class DepartmentShown(BaseModel):
    id: str
    name: str
    name_en: str
    may_switch: bool


class SwitchShown(BaseModel):
    """One protocol in one department: who switched it and when; never switched is off, with version 0."""

    department: str
    is_on: bool
    by: str
    on: date | None
    place: str
    version: int


class ProtocolShown(BaseModel):
    id: str
    version: str
    name: BothWords
    tests: list[BothWords]
    age_least: int
    excluded: list[BothWords]
    sources: list[str]
    switches: list[SwitchShown]


class ProtocolsShown(BaseModel):
    """All protocols, with the departments of the caller and how they stand in each."""

    departments: list[DepartmentShown]
    protocols: list[ProtocolShown]


class SwitchAsked(BaseModel):
    """``place`` is where patients go for the tests; ``version`` the one that was seen."""

    is_on: bool
    place: Annotated[str, Field(max_length=200)] = ""
    version: Annotated[int, Field(ge=0)]
