"""HL7 dates and times (DT, TM, TS, DTM) with their precision and zone, as FHIR writes them."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..failure import Unmappable

_SHAPE = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$")
_TIME = re.compile(r"(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?(?:[+-]\d{4})?$")


@lru_cache(maxsize=65_536)
def fhir_date_time(text: str, zone: str) -> str | None:
    """FHIR dateTime of an HL7 time: a date keeps its precision, a time gets seconds and an offset.

    The offset is the message's own or that of ``zone`` (IANA name) at that time. All zeros count as absent.
    Raises ``Unmappable`` for a text that is no date of the calendar.
    """
    found = _match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if hour is None:
        _checked(text, year, month or "01", day or "01")
        return "-".join(piece for piece in (year, month, day) if piece)
    moment = _checked(text, year, month, day, hour, minute or "00", second or "00")
    written = f"{offset[:3]}:{offset[3:]}" if offset else _offset(moment, zone)
    tail = f".{fraction[:6]}" if fraction else ""
    return f"{year}-{month}-{day}T{moment:%H:%M:%S}{tail}{written}"


@lru_cache(maxsize=65_536)
def fhir_date(text: str) -> str | None:
    """FHIR date of an HL7 date or time, to the day at most; ``None`` for all zeros."""
    found = _match(text)
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3)
    _checked(text, year, month or "01", day or "01")
    return "-".join(piece for piece in (year, month, day) if piece)


def fhir_time(text: str) -> str:
    """FHIR time of an HL7 TM, with seconds. Raises ``Unmappable``."""
    found = _TIME.match(text)
    if found is None or found.group(1) > "23" or (found.group(2) or "0") > "59":
        raise _not_a_time(text)
    hour, minute, second, fraction = found.groups()
    tail = f".{fraction[:6]}" if fraction else ""
    return f"{hour}:{minute or '00'}:{second or '00'}{tail}"


@lru_cache(maxsize=65_536)
def instant(text: str, zone: str) -> datetime | None:
    """The same time as an aware ``datetime`` for comparisons; missing parts count as their beginning."""
    found = _match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, _, offset = found.groups()
    moment = _checked(text, year, month or "01", day or "01", hour or "00", minute or "00", second or "00")
    if offset:
        return datetime.strptime(f"{moment:%Y%m%d%H%M%S}{offset}", "%Y%m%d%H%M%S%z")
    return moment.replace(tzinfo=_zone(zone))


def _match(text: str) -> re.Match[str] | None:
    found = _SHAPE.match(text)
    if found is None:
        raise _not_a_time(text)
    return None if found.group(1) == "0000" else found


def _checked(
    text: str, year: str, month: str, day: str, hour: str = "0", minute: str = "0", second: str = "0"
) -> datetime:
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))  # noqa: DTZ001 - zone comes later
    except ValueError:
        raise _not_a_time(text) from None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _offset(moment: datetime, zone: str) -> str:
    text = moment.replace(tzinfo=_zone(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _not_a_time(text: str) -> Unmappable:
    return Unmappable(f"{text[:40]!r} is not a date or time", f"“{text[:40]}”不是有效的日期或时间")
