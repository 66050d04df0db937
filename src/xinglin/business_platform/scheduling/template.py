"""Weekly hours, and the periods of a day that come of them; instants are right when clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, model_validator

_LONGEST = timedelta(hours=16)
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]


class Template(BaseModel):
    """The hours of one schedule, in the node's zone.

    ``weekdays`` are 1 (Monday) to 7. ``ends`` at or before ``starts`` is on the next day. Each period of
    ``period_minutes`` has ``places``; they can be booked from ``release_time`` on, ``release_days`` before the day.
    """

    service: Id
    practitioner: Id | None = None
    location: Id | None = None
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    starts: time
    ends: time
    period_minutes: Annotated[int, Field(ge=5, le=480)]
    places: Annotated[int, Field(ge=1, le=500)]
    release_days: Annotated[int, Field(ge=0, le=180)] = 14
    release_time: time = time(8)
    first_day: date
    last_day: date | None = None

    @model_validator(mode="after")
    def _fits(self) -> Template:
        if any(one.tzinfo is not None for one in (self.starts, self.ends, self.release_time)):
            raise ValueError("times are wall times of the node's zone, without an offset 时间不带时区偏移")
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day 结束日期早于开始日期")
        if _length(self) > _LONGEST:
            raise ValueError("a session lasts 16 hours at most 单次出诊不超过 16 小时")
        return self

    def sits_on(self, day: date) -> bool:
        """Whether a session begins on ``day``."""
        within = self.first_day <= day and (self.last_day is None or day <= self.last_day)
        return within and day.isoweekday() in self.weekdays


class Period(BaseModel):
    """One slot to be: instants in UTC, and ``day``, the date in the zone on which it starts."""

    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime


def periods(template: Template, day: date, zone: ZoneInfo) -> Iterator[Period]:
    """The periods of the session that begins on ``day``; none where there is no session.

    They are counted in elapsed time from the first instant on: a session during which the clock is put forward has
    an hour's periods fewer, one during which it is put back an hour's more, and none overlap. A start that the clock
    leaps over is an hour later by the clock. A rest that is shorter than a period is left free.
    """
    if not template.sits_on(day):
        return
    later = timedelta(days=1) if template.ends <= template.starts else timedelta(0)
    at, end = instant(day, template.starts, zone), instant(day + later, template.ends, zone)
    opens_at = instant(day - timedelta(days=template.release_days), template.release_time, zone)
    step = timedelta(minutes=template.period_minutes)
    while at + step <= end:
        yield Period(day=at.astimezone(zone).date(), starts_at=at, ends_at=at + step, opens_at=opens_at)
        at += step


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which clocks of ``zone`` show ``wall`` on ``day``, in UTC: the first of two."""
    return datetime.combine(day, wall, zone).astimezone(UTC)


def _length(template: Template) -> timedelta:
    any_day = date(2000, 1, 1)
    began, ended = (datetime.combine(any_day, one) for one in (template.starts, template.ends))
    return ended - began if ended > began else ended - began + timedelta(days=1)
