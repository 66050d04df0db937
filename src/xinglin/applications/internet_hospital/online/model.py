"""What is asked of an online visit and what it shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ..visit.model import Id

Resource = dict[str, Any]
Side = Literal["patient", "doctor"]
Key = Annotated[str, Field(min_length=8, max_length=80)]
MOST_MESSAGES = 400


class Guardian(BaseModel):
    """The adult beside a child during the visit."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    relation: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class AskAsked(BaseModel):
    """``service`` is a department of ``OptionsShown``; ``practitioner`` waits for one doctor, None for anyone free.
    ``key`` is the same when the same request is sent again; ``consent`` is the version of the text agreed to."""

    model_config = ConfigDict(extra="forbid")

    patient: Id
    service: Id
    practitioner: Id | None = None
    complaint: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)]
    guardian: Guardian | None = None
    consent: Annotated[str, Field(max_length=40)]
    key: Key


class Seen(BaseModel):
    """A department in which the patient was seen in person lately, when last, and by whom."""

    service: str
    name: str
    name_en: str
    last_seen: datetime
    practitioner: str | None
    practitioner_name: str | None


class ConsentText(BaseModel):
    version: str
    zh: list[str]
    en: list[str]


class OptionsShown(BaseModel):
    """Where a patient may be seen online, and what they agree to by asking for it."""

    departments: list[Seen]
    months: int
    needs_guardian: bool
    consent: ConsentText


class SayAsked(BaseModel):
    """``key`` is the same when the same message is sent again."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class ReadAsked(BaseModel):
    """All messages of the other side up to this number were read."""

    up_to: Annotated[int, Field(ge=1, le=MOST_MESSAGES)]


class OnlineMessage(BaseModel):
    """``number`` counts from 1 in the visit. ``photo`` is the address of a picture, ``read_at`` when the other side has
    seen it."""

    id: str
    number: int
    side: Side
    author: str
    at: str
    text: str | None
    photo: str | None
    read_at: str | None


class Delivery(BaseModel):
    """``address`` and ``phone`` are needed to send."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["collect", "send"]
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)] = ""

    @model_validator(mode="after")
    def _can_be_found(self) -> Delivery:
        if self.how == "send" and (len(self.address) < 5 or len(self.phone) < 5):
            raise ValueError("an address and a phone number are needed to send 配送需填写地址和电话")
        return self


class OnlineShown(BaseModel):
    """An online visit as one of its two sides sees it. ``doctors`` are the names of those who take part, whoever came
    last at the end."""

    encounter: str
    patient: str
    patient_name: str
    department: str
    side: Side
    state: str
    is_open: bool
    complaint: str
    guardian: str | None
    doctors: list[str]
    asked_at: datetime
    closes_at: datetime
    messages: list[OnlineMessage]
    delivery: Delivery | None


class OneShown(BaseModel):
    """An online visit in a list."""

    encounter: str
    patient: str
    department: str
    state: str
    is_open: bool
    asked_at: datetime


class SignalsAsked(BaseModel):
    """What one browser says to another so that they may meet (offers, answers, candidates); opaque to the node.
    ``seat`` is the tab that speaks, ``to`` the one that shall hear it, None all others of the visit."""

    model_config = ConfigDict(extra="forbid")

    seat: Id
    to: Id | None = None
    messages: Annotated[list[Annotated[str, Field(max_length=16_384)]], Field(min_length=1, max_length=20)]


class IceServer(BaseModel):
    """As WebRTC's RTCIceServer."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None
