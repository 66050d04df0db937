"""The one rule by which people are called.

1. Triage levels 1 and 2 come before everybody, the more urgent first (WS/T 390-2012, levels of emergency triage: at
   once, and within ten minutes).
2. Everybody else is called by their turn, an instant: the appointment's start for who came no later than fifteen
   minutes after it, the arrival for all others. Who is 80 or older, or of triage level 3, has a turn half an hour
   earlier. Who comes back from tests keeps the turn that they had, and so comes next. Who was called and not there,
   and comes back, has a turn behind the next three who wait.
3. Of equal turns, who arrived first.

So nobody is overtaken by more than those whose turn is at most half an hour later, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from .model import Entry

URGENT_TRIAGE = 2
_LATE = timedelta(minutes=15)
_EARLIER = timedelta(minutes=30)
_AGED_YEARS = 80
_BEHIND = 3


def turn(arrived_at: datetime, starts_at: datetime | None, age_years: int | None, triage: int | None) -> datetime:
    """When it is somebody's turn who arrives at ``arrived_at`` with an appointment at ``starts_at`` or none."""
    is_on_time = starts_at is not None and arrived_at <= starts_at + _LATE
    found = starts_at if starts_at is not None and is_on_time else arrived_at
    is_preferred = (age_years is not None and age_years >= _AGED_YEARS) or triage == URGENT_TRIAGE + 1
    return found - _EARLIER if is_preferred else found


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """``entries`` in the order of calling."""
    return sorted(entries, key=rank)


def turn_after_absence(waiting: Sequence[Entry], now: datetime) -> datetime:
    """The turn of one who missed their call and is back, behind the next three of ``waiting``."""
    ordered = [one for one in in_order(waiting) if not _is_urgent(one)]
    if len(ordered) <= _BEHIND:
        return max([now, *(one.turn_at for one in ordered)]) if ordered else now
    return ordered[_BEHIND - 1].turn_at + timedelta(microseconds=1)


def age_years(birth_date: str | None, today: date) -> int | None:
    """Whole years, by FHIR's date (year, month or day); None where there is none."""
    if not birth_date:
        return None
    parts = [int(part) for part in birth_date.split("-")]
    year, month, day = [*parts, *(12, 31)[len(parts) - 1 :]]
    return today.year - year - ((today.month, today.day) < (month, day))


def _is_urgent(entry: Entry) -> bool:
    return entry.triage is not None and entry.triage <= URGENT_TRIAGE


def rank(entry: Entry) -> tuple[int, datetime, datetime, str]:
    """What ``entry`` is sorted by: lower comes first."""
    urgency = entry.triage if entry.triage is not None and _is_urgent(entry) else URGENT_TRIAGE + 1
    return urgency, entry.turn_at, entry.arrived_at, entry.encounter_id
