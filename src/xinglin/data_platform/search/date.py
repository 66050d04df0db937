"""Date values as half-open ranges of instants (hl7.org/fhir/R4/search.html#date).

A value is as long as its precision: ``2020`` is the year, ``2020-05-01T10:00:00Z`` that second. A value
without a time zone is read in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Range = tuple[datetime, datetime]

FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)

_FORM = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?")
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@lru_cache(maxsize=16_384)
def span(text: str) -> Range:
    """The range that ``text`` names. Raises ``ValueError`` for text that is no date of FHIR's forms."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"{text!r} is not a date")
    if len(text) == 4:
        return _within(text + "-01-01", lambda day: day.replace(year=day.year + 1) if day.year < 9999 else LAST)
    if len(text) == 7:
        return _within(text + "-01", _next_month)
    if len(text) == 10:
        return _within(text, lambda day: day + _DAY)
    return _with_time(text)


def _with_time(text: str) -> Range:
    text = text.replace("T24:00", "T00:00")
    zone = _ZONE.search(text)
    clock = text[11 : zone.start()] if zone else text[11:]
    leap = clock[6:8] == "60"
    if leap:
        text = text[:17] + "59" + text[19:]
    start = datetime.fromisoformat(_microseconds(text, zone))
    length = _SECOND if len(clock) == 8 else timedelta(minutes=1)
    if len(clock) > 8:
        length = timedelta(microseconds=10 ** max(0, 6 - (len(clock) - 9)))
    low = _utc(start) + (_SECOND if leap else timedelta(0))
    return low, min(low + length, LAST)


def _microseconds(text: str, zone: re.Match[str] | None) -> str:
    """The first six digits of a fraction, which is all that instants here hold."""
    end = zone.start() if zone else len(text)
    return text[:end][:26] + text[end:]


def _within(day: str, following: Callable[[datetime], datetime]) -> Range:
    low = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return max(low, FIRST), min(following(low), LAST) if low < LAST - _DAY else LAST


def _next_month(day: datetime) -> datetime:
    if day.month < 12:
        return day.replace(month=day.month + 1)
    return day.replace(year=day.year + 1, month=1) if day.year < 9999 else LAST


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return min(max(moment.astimezone(UTC), FIRST), LAST - _DAY)
    except OverflowError:
        return FIRST if moment.year == 1 else LAST - _DAY


def of_text(value: str) -> list[Range]:
    try:
        return [span(value)]
    except ValueError:
        return []  # some elements searched as dates are free text (Condition.onsetString)


def of_period(value: Mapping[str, Any]) -> list[Range]:
    start = span(value["start"])[0] if "start" in value else FIRST
    end = span(value["end"])[1] if "end" in value else LAST
    return [(start, max(start, end))]


def of_timing(value: Mapping[str, Any]) -> list[Range]:
    bounds = value.get("repeat", {}).get("boundsPeriod")
    ranges = [one for event in value.get("event", ()) if event for one in of_text(event)]
    if bounds:
        ranges += of_period(bounds)
    return [(min(low for low, _ in ranges), max(high for _, high in ranges))] if ranges else []


FORMS: Mapping[str, Callable[[Any], list[Range]]] = {
    "date": of_text,
    "dateTime": of_text,
    "instant": of_text,
    "string": of_text,
    "Period": of_period,
    "Timing": of_timing,
}
