"""What a doctor writes in the room, and what the room shows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..safety import Finding

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
Words = Annotated[str, Field(max_length=4000)]
Short = Annotated[str, Field(max_length=200)]
_MOST = 30


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Note(_Written):
    """The note by its sections."""

    template: Short = "general"
    complaint: Words = ""
    history: Words = ""
    examination: Words = ""
    plan: Words = ""


class WrittenDiagnosis(_Written):
    id: Id
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name_zh: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Short = ""


class WrittenOrder(_Written):
    """A test to be done; ``kind`` tells who does it."""

    id: Id
    kind: Literal["laboratory", "imaging"]
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name_zh: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Short = ""
    urgent: bool = False


class WrittenDrug(_Written):
    """A line of the prescription. ``drug`` is the catalogue's code, None for one that it does not know. ``unit`` is
    UCUM, or ``{piece}`` for tablets and the like. ``replaces`` is the MedicationRequest that came back and that this
    stands for."""

    id: Id
    drug: Annotated[str, Field(max_length=64)] | None
    name: Annotated[str, Field(min_length=1, max_length=200)]
    dose: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    unit: Annotated[str, Field(max_length=20)] = ""
    times_per_day: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)] | None = None
    days: Annotated[int, Field(ge=1, le=90)] = 7
    route: Annotated[str, Field(max_length=40)] = "oral"
    replaces: Id | None = None


class Referral(_Written):
    to: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Words = ""


class SickNote(_Written):
    first_day: date
    days: Annotated[int, Field(ge=1, le=90)]
    advice: Words = ""


class RecheckedTest(_Written):
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name_zh: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Short = ""


class FollowUp(_Written):
    """When the patient is asked how they are, and what they are to do then; ``test`` is which one is repeated."""

    in_days: Literal[3, 7, 14, 30, 90]
    what: Literal["visit", "questionnaire", "test"] = "questionnaire"
    test: RecheckedTest | None = None


class Content(_Written):
    """All that is written and not signed. ``reasons`` are those for which a finding is overridden, by its key."""

    note: Note = Note()
    diagnoses: Annotated[list[WrittenDiagnosis], Field(max_length=_MOST)] = []
    orders: Annotated[list[WrittenOrder], Field(max_length=_MOST)] = []
    drugs: Annotated[list[WrittenDrug], Field(max_length=_MOST)] = []
    referral: Referral | None = None
    sick_note: SickNote | None = None
    follow_up: FollowUp | None = None
    reasons: Annotated[dict[str, Words], Field(max_length=200)] = {}

    def is_empty(self) -> bool:
        """Whether there is nothing to sign."""
        note = self.note
        written = note.complaint, note.history, note.examination, note.plan
        single = self.referral or self.sick_note or self.follow_up
        return not (self.diagnoses or self.orders or self.drugs or single or any(one.strip() for one in written))


class Draft(BaseModel):
    """What is written and not signed in one visit; ``version`` grows with every change, ``author`` is the account."""

    encounter: str
    version: int
    content: Content
    author: str
    author_name: str
    patient: str
    updated_at: datetime


class SaveAsked(BaseModel):
    """``version`` is the one that ``content`` was written on top of."""

    version: Annotated[int, Field(ge=0)]
    content: Content


class CheckAsked(BaseModel):
    drugs: Annotated[list[WrittenDrug], Field(max_length=_MOST)]


class SignAsked(BaseModel):
    """``version`` and ``patient`` are what the doctor saw; ``key`` is the same when the same signing is sent again."""

    version: Annotated[int, Field(ge=1)]
    patient: Id
    key: Annotated[str, Field(min_length=8, max_length=80)]


class SignedItem(BaseModel):
    """Something that was signed in this visit. ``state`` is the resource's status; ``reason`` why a prescription came
    back."""

    reference: str
    kind: Literal["note", "diagnosis", "laboratory", "imaging", "drug", "referral", "sick_note", "follow_up"]
    name_zh: str
    name_en: str
    state: str
    reason: str | None = None
    at: str | None = None


class Signed(BaseModel):
    """What one signing wrote. ``findings`` are those that were overridden, for the log."""

    version: int
    references: list[str]
    prescription: str | None
    signed_at: datetime


class Section(BaseModel):
    title: str
    lines: list[str]


class PreConsultation(BaseModel):
    """What the patient told the virtual doctor before, to be read in 20 seconds."""

    reference: str
    at: str | None
    sections: list[Section]


class Returned(BaseModel):
    """A prescription that a pharmacist sent back and why, with its lines as they go into the draft to be mended."""

    prescription: str
    encounter: str
    patient: str
    reason: str
    issued_at: str
    lines: list[WrittenDrug]


class ReturnedShown(Returned):
    """With whom it is for."""

    name: str


class ResultBefore(BaseModel):
    """One value; ``flag`` is a code of v3-ObservationInterpretation, empty where the laboratory gave none."""

    reference: str
    name: str
    value: str
    flag: str
    at: str | None


class TestBefore(BaseModel):
    """A test that was released before the visit, and what came of it so far."""

    reference: str
    name_zh: str
    name_en: str
    why: str
    results: list[ResultBefore]


class RoomShown(BaseModel):
    """The visit as the doctor finds it; ``findings`` are those of now against what is written. Who ``is_online`` is at
    home. ``returned`` waits to be mended."""

    encounter: str
    status: str
    is_online: bool
    patient: str
    is_mine: bool
    draft: Draft | None
    pre_consultation: PreConsultation | None
    signed: list[SignedItem]
    findings: list[Finding]
    returned: list[Returned]
    tests_before: list[TestBefore]


class UnsignedShown(BaseModel):
    """A visit of mine in which something is not signed."""

    encounter: str
    patient: str
    name: str
    items: int
    updated_at: datetime


class Verified(BaseModel):
    """Whether a signature holds, and which of what was signed is not as it was."""

    provenance: str
    signed_by: str
    signed_at: str
    holds: bool
    changed: list[str]


class Template(BaseModel):
    id: str
    name_zh: str
    name_en: str
    note: Note


class Orderable(BaseModel):
    """A test that can be ordered; ``keys`` are those by which it is found."""

    kind: Literal["laboratory", "imaging"]
    code: str
    name_zh: str
    name_en: str
    keys: list[str]


class Options(BaseModel):
    templates: list[Template]
    orderables: list[Orderable]


Resource = dict[str, Any]
