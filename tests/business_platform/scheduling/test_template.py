"""Weekly hours become slots, also in the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from xinglin.business_platform.scheduling import Template, periods

from .clinic_day import MONDAY, ClinicDay

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def night(**more: Any) -> Template:
    given: dict[str, Any] = {
        "service": "night-clinic",
        "weekdays": [6, 7],
        "starts": time(0),
        "ends": time(5),
        "period_minutes": 60,
        "places": 1,
        "first_day": date(2026, 1, 1),
    }
    return Template(**(given | more))


def test_a_night_whose_clock_is_put_forward_has_an_hour_less() -> None:
    found = list(periods(night(), date(2027, 3, 28), BERLIN))
    assert [one.starts_at.astimezone(BERLIN).hour for one in found] == [0, 1, 3, 4]
    assert all(before.ends_at == after.starts_at for before, after in pairwise(found))
    assert found[-1].ends_at == datetime(2027, 3, 28, 3, tzinfo=UTC)


def test_a_night_whose_clock_is_put_back_has_an_hour_more_and_none_overlaps() -> None:
    found = list(periods(night(), date(2026, 10, 25), BERLIN))
    assert [one.starts_at.astimezone(BERLIN).hour for one in found] == [0, 1, 2, 2, 3, 4]
    assert all(one.ends_at - one.starts_at == HOUR for one in found)
    assert all(before.ends_at == after.starts_at for before, after in pairwise(found))


def test_a_session_over_midnight_has_periods_on_both_dates() -> None:
    found = list(periods(night(starts=time(22), ends=time(2)), date(2026, 11, 21), ZoneInfo("Asia/Shanghai")))
    assert [one.day for one in found] == [date(2026, 11, 21)] * 2 + [date(2026, 11, 22)] * 2


def test_days_without_a_session_have_no_periods() -> None:
    assert list(periods(night(), date(2026, 11, 23), BERLIN)) == []
    assert list(periods(night(first_day=date(2027, 1, 1)), date(2026, 11, 21), BERLIN)) == []
    assert list(periods(night(last_day=date(2026, 2, 1)), date(2026, 11, 21), BERLIN)) == []


def test_hours_that_cannot_be_are_refused() -> None:
    for unfit in (
        {"weekdays": []},
        {"weekdays": [8]},
        {"places": 0},
        {"period_minutes": 1},
        {"starts": time(0), "ends": time(17)},
        {"last_day": date(2025, 1, 1)},
        {"starts": time(8, tzinfo=UTC)},
    ):
        with pytest.raises(ValidationError):
            night(**unfit)


async def test_slots_are_made_once_and_those_of_new_days_are_added(clinic: ClinicDay) -> None:
    assert await clinic.planning.generate() == 0
    next_monday = MONDAY + timedelta(days=7)
    assert await clinic.slots(next_monday) == []
    clinic.clock.at += timedelta(days=2)
    assert await clinic.planning.generate() >= 4
    assert len(await clinic.slots(next_monday)) == 4
    assert (await clinic.resource("Slot", (await clinic.slots(next_monday))[0].slot_id))["status"] == "free"
