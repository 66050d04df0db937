"""What is asked of a plan that nobody has tried, and what is answered. Minutes are of the day, from its midnight."""

from __future__ import annotations

from dataclasses import dataclass

from ..foresight import ClinicNow, PastVisits


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody sits. ``period`` and ``places``: the length of a slot, and how many are booked into it."""

    doctor: str
    starts: float
    ends: float
    period: float
    places: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise; None leaves it as it is.

    ``doctors`` in all, ``rooms`` they have, ``slot_minutes`` and ``slot_places`` of every session; ``opens`` is for
    whoever begins first, ``closes`` for whoever ends last. ``demand`` is a factor; ``walk_in_share`` of all who come.
    """

    doctors: int | None = None
    rooms: int | None = None
    slot_minutes: float | None = None
    slot_places: int | None = None
    opens: float | None = None
    closes: float | None = None
    demand: float = 1.0
    walk_in_share: float | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Yuan an hour of a doctor and of a room; overtime costs that many times a doctor's hour."""

    doctor_hour: float
    overtime_factor: float
    room_hour: float


@dataclass(frozen=True, slots=True)
class Question:
    """``live``: the clinic as it is at ``minute``, with times from now; else a whole day of ``weekday`` (1: Monday).

    ``sessions`` are those of the day as it is planned. Plays end when intervals are narrow or ``seconds`` are over.
    """

    service: str
    weekday: int
    sessions: tuple[Session, ...]
    change: Change
    prices: Prices
    past: PastVisits
    live: ClinicNow | None = None
    minute: float = 0.0
    seconds: float = 6.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over days that were played, and the ends of its interval of 95 of 100."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a day: minutes of wait (from the later of coming and due time to the call) of those who were called, minutes
    worked after hours and idle within them over all doctors, patients not called, yuan."""

    wait: Estimate
    wait_p90: Estimate
    overtime: Estimate
    idle: Estimate
    unseen: Estimate
    cost: Estimate


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan and what comes of it. ``load``: work that comes over what the doctors can do; at 1 and more the line only
    grows while they sit. ``unplaced``: booked patients for whom the plan has no slot, and who come without one."""

    doctors: int
    rooms: int
    doctor_hours: float
    patients: float
    load: float
    unplaced: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Answer:
    """``difference`` is the change less the plan as it is, day by day of the same demand. ``narrow``: the intervals
    became as narrow as was wanted before the time was over. ``visits`` and ``past_days``: learnt from so many."""

    usual: Tried
    changed: Tried
    difference: Figures
    replications: int
    narrow: bool
    seconds: float
    visits: int
    past_days: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a plan cannot be tried, in English and Chinese."""

    english: str
    chinese: str
    where: str
