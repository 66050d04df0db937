"""What a clinic's line is now, what is known of its habits, and what is foreseen. Times are minutes from now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PROBABILITIES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Of each quantile of a foreseen figure; the outer pairs are intervals of 95, 80 and 50 of 100."""
HORIZON_MINUTES = 240.0
STEP_MINUTES = 10.0
BIN_MINUTES = 30.0
QUANTILES = 65

PersonState = Literal["waiting", "expected", "tests", "away"]
DoctorState = Literal["free", "called", "room"]
Quantiles = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in line, or to come. ``turn`` is what the order of calling rests on, ``urgent`` (1, 2) goes before it.

    ``since`` is when their state began (0 or less); ``due`` the start of an appointment. ``again``: they were with the
    doctor before, and come back from tests.
    """

    name: str
    state: PersonState
    doctor: str | None = None
    turn: float = 0.0
    since: float = 0.0
    due: float | None = None
    urgent: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Doctor:
    """Somebody who sees patients ``starts`` to ``ends``; after that they see whoever still waits.

    ``since`` is when their state began. ``pace`` and ``doubt`` are mean and deviation of the logarithm of the minutes
    of their first visits today.
    """

    name: str
    state: DoctorState = "free"
    since: float = 0.0
    again: bool = False
    starts: float = 0.0
    ends: float = 1e6
    pace: float = 2.0
    doubt: float = 0.3


@dataclass(frozen=True, slots=True)
class Habits:
    """What was learnt of a clinic. Tables are ``QUANTILES`` quantiles at equal steps of probability.

    ``first`` and ``again`` are visits over the doctor's pace; ``gap`` is from the call to the door, ``tests`` from
    the door to being back, ``late`` what people come after their due time (before: negative), ``lead`` from booking
    to due of who books the same day, ``missed`` what a call costs to which nobody comes, ``away`` how long those stay
    away. ``walk_ins`` and ``bookers`` are people an hour in the half-hours from now on; ``days``: gamma shape and rate
    of how much busier than usual today is.
    """

    first: Quantiles
    again: Quantiles
    gap: Quantiles
    tests: Quantiles
    late: Quantiles
    lead: Quantiles
    missed: Quantiles
    away: Quantiles
    walk_ins: tuple[float, ...]
    bookers: tuple[float, ...]
    tested_share: float = 0.2
    comes_share: float = 0.9
    missed_share: float = 0.05
    days: tuple[float, float] = (50.0, 50.0)
    visits: int = 0
    past_days: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One clinic now."""

    service: str
    people: tuple[Person, ...]
    doctors: tuple[Doctor, ...]
    habits: Habits


@dataclass(frozen=True, slots=True)
class Overload:
    """More work comes than the doctors at work can do. ``load`` is work over time, 1 and more grows without end;
    ``at_minutes`` is when half the plays let who comes wait over ``over_minutes`` (None: not within the horizon)."""

    load: float
    at_minutes: float | None
    over_minutes: float


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is foreseen of a line; every tuple of quantiles is by ``PROBABILITIES``.

    ``people``: minutes from now to the call, by name (of those expected: from the later of coming and due time).
    ``length``: who waits, ``comers``: the wait of one who comes, each ``STEP_MINUTES`` from now. A figure of a step at
    which hardly anybody comes is None; a wait longer than 8 hours reads as 480.
    """

    service: str
    people: dict[str, Quantiles]
    length: tuple[Quantiles, ...]
    comers: tuple[Quantiles | None, ...]
    load: float
    overload: Overload | None
    visits: int
    past_days: int
    replications: int = field(default=1000)


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit that was seen, as far as it went: ``day`` a number of the day, ``arrived``, ``due`` and ``booked`` (None:
    before the day) minutes of it, the others lengths in minutes. ``missed``: calls to which they did not come."""

    day: int
    arrived: float
    doctor: str | None = None
    due: float | None = None
    booked: float | None = None
    gap: float | None = None
    first: float | None = None
    again: float | None = None
    tests: float | None = None
    called: bool = False
    missed: int = 0


@dataclass(frozen=True, slots=True)
class PastStay:
    """``first_day``: on which day of the stay it was first seen (0: that of admission), ``last_day`` the one on which
    it ended or, with ``ended`` false, was last seen; ``hour`` of the day at which it ended."""

    first_day: int
    last_day: int
    ended: bool
    hour: float | None = None


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward now: ``days`` of stay of each who lies there (0: admitted today), ``hour`` of the day, ``arrivals`` an
    hour by hour of the day, from ``arrival_days`` days; ``beds`` None where nobody counted them."""

    ward: str
    beds: int | None
    days: tuple[int, ...]
    hour: float
    arrivals: tuple[float, ...]
    arrival_days: float


@dataclass(frozen=True, slots=True)
class WardForeseen:
    """``census`` each hour from now, and ``discharges`` until then, by ``PROBABILITIES``; ``full`` the chance that by
    then every bed was taken at some hour (None without beds); ``stays``: how many ends of stays it was learnt from."""

    ward: str
    beds: int | None
    census: tuple[Quantiles, ...]
    discharges: tuple[Quantiles, ...]
    full: tuple[float, ...] | None
    stays: int


@dataclass(frozen=True, slots=True)
class PastVisits:
    """A clinic's visits of ``days`` past days, and how many appointments of them were kept and missed."""

    seen: tuple[Seen, ...]
    kept: int
    missed: int
    days: int


@dataclass(frozen=True, slots=True)
class ClinicNow:
    """A clinic as it is; doctors' paces are learnt where it is foreseen. ``today``: visits so far."""

    service: str
    people: tuple[Person, ...]
    doctors: tuple[Doctor, ...]
    today: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class House:
    """Everything that is to be foreseen at ``minute`` of the day. ``past`` and ``stays`` (by ward; "" of the house) are
    None where what was learnt before still holds."""

    minute: float
    clinics: tuple[ClinicNow, ...]
    wards: tuple[Ward, ...]
    past: dict[str, PastVisits] | None = None
    stays: dict[str, tuple[PastStay, ...]] | None = None
    replications: int = 1000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class HouseForeseen:
    """Clinics and wards in the order of what was asked; ``cpu_seconds`` that it took."""

    clinics: tuple[Foreseen, ...]
    wards: tuple[WardForeseen, ...]
    cpu_seconds: float
