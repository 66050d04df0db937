"""Who waits, and how long that will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

QueueState = Literal["waiting", "called", "in_room", "at_tests", "skipped", "finished", "left"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in a queue; the id is that of the Encounter. ``turn_at`` is what the order rests on (``ordering``),
    ``served_seconds`` how long they were in the room before they went to tests; who is online is at home."""

    encounter_id: str
    service: str
    day: date
    number: int
    practitioner: str | None
    patient: str
    name: str
    appointment_id: str | None
    state: QueueState
    triage: int | None
    turn_at: datetime
    arrived_at: datetime
    room: str
    called_at: datetime | None
    started_at: datetime | None
    served_seconds: float
    finished_at: datetime | None
    is_online: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody with an appointment today who has not checked in."""

    appointment_id: str
    patient: str
    practitioner: str | None
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Minutes until somebody is called: half of all are called before ``likely``, and 80 of 100 between ``low`` and
    ``high``."""

    low: float
    likely: float
    high: float


class WaitShown(BaseModel):
    """Whole minutes; 80 of 100 are called between ``low`` and ``high``."""

    low: int
    likely: int
    high: int


class EntryShown(BaseModel):
    """Somebody in a queue, for the desk and the doctor. ``ahead`` counts who will be called before."""

    encounter: str
    number: int
    patient: str
    name: str
    practitioner: str | None
    state: QueueState
    triage: int | None
    appointment: str | None
    turn_at: datetime
    arrived_at: datetime
    room: str
    called_at: datetime | None
    started_at: datetime | None
    ahead: int | None
    wait: WaitShown | None
    is_online: bool


class QueueShown(BaseModel):
    """A queue in the order of calling, those called and in the room first."""

    as_of: datetime
    service: str
    entries: list[EntryShown]
    expected: int


class CallShown(BaseModel):
    number: int
    name: str
    room: str


class ScreenShown(BaseModel):
    """What hangs in the waiting room: names are masked."""

    as_of: datetime
    called: list[CallShown]
    next: list[CallShown]
    waiting: int


class MineShown(BaseModel):
    """What a patient sees of their own visit today: ``state`` is expected before they check in. ``leave_home_at`` is
    when to set out so as to be there, in nine of ten cases, before they are called."""

    service: str
    patient: str
    state: QueueState | Literal["expected"]
    encounter: str | None
    appointment: str | None
    number: int | None
    room: str
    starts_at: datetime | None
    ahead: int | None
    wait: WaitShown | None
    leave_home_at: datetime | None
    is_online: bool
    as_of: datetime


class PresenceShown(BaseModel):
    """What the code at the entrance says, and the code as a picture of the address that a phone opens by it; whoever
    scans it stands there."""

    token: str
    until: datetime
    qr_svg: str


class TicketShown(BaseModel):
    """A place in the line on paper; ``qr_svg`` opens the page on which a phone follows it."""

    number: int
    name: str
    service: str
    ahead: int | None
    wait: WaitShown | None
    arrived_at: datetime
    qr_svg: str


def masked(name: str) -> str:
    """A name as strangers may read it: the first character, and the last of three and more."""
    name = name.strip()
    if len(name) <= 1:
        return "*"
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * min(len(name) - 2, 3)}{name[-1]}"
