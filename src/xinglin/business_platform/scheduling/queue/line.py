"""A queue read as the line that the estimate plays through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from . import ordering, repository
from .model import Entry, Expected, Wait
from .waiting import Ahead, Lengths, Room, waits

_RECENT = timedelta(days=14)
_OF_DOCTOR = 30
_AT_WORK = timedelta(minutes=45)
_MISSED = timedelta(minutes=15)
_COME, _COME_LATE = 0.9, 0.4
_TESTS_MINUTES = 25.0


@dataclass(frozen=True, slots=True)
class Line:
    """Who is where: ``present`` are called or in the room, ``waiting`` in the order of calling, ``away`` at tests or
    skipped, ``expected`` not come yet. ``waits`` are by Encounter id, of those expected by Appointment id."""

    as_of: datetime
    service: str
    present: list[Entry]
    waiting: list[Entry]
    away: list[Entry]
    expected: list[Expected]
    waits: dict[str, Wait]

    def ahead_of(self, turn_at: datetime) -> int:
        """How many wait whose turn is before ``turn_at``."""
        return sum(one.turn_at <= turn_at for one in self.waiting)


async def line_of(connection: Any, service: str, day: date, now: datetime) -> Line:
    """The queue of ``service`` at ``now``, in five statements, with everybody's wait."""
    entries = await repository.open_entries(connection, service, day)
    expected = await repository.expected(connection, service, day, now - _MISSED)
    doctors = await repository.at_work(connection, service, day, now, now - _AT_WORK)
    lengths: dict[str, list[float]] = {}
    for doctor, minutes in await repository.lengths(connection, service, now - _RECENT, _OF_DOCTOR):
        lengths.setdefault(doctor, []).append(minutes)
    lateness = await repository.lateness(connection, service, now - _RECENT)
    waiting = ordering.in_order(one for one in entries if one.state == "waiting")
    present = [one for one in entries if one.state in ("called", "in_room")]
    away = [one for one in entries if one.state in ("at_tests", "skipped")]
    return Line(
        as_of=now,
        service=service,
        present=sorted(present, key=lambda one: (one.state, one.called_at or now)),
        waiting=waiting,
        away=away,
        expected=expected,
        waits=waits(aheads(waiting, away, expected, now), rooms(doctors, present, now), Lengths(lengths, lateness)),
    )


def aheads(waiting: Sequence[Entry], away: Sequence[Entry], expected: Sequence[Expected], now: datetime) -> list[Ahead]:
    """Those who wait, who are at tests and who are expected, in the order of calling."""
    here = [(ordering.rank(one), Ahead(one.encounter_id, one.practitioner)) for one in waiting]
    tested = [
        (ordering.rank(one), Ahead(one.encounter_id, one.practitioner, due_minutes=_TESTS_MINUTES))
        for one in away
        if one.state == "at_tests"
    ]
    coming = [
        (
            (ordering.URGENT_TRIAGE + 1, one.starts_at, one.starts_at, one.appointment_id),
            Ahead(
                one.appointment_id,
                one.practitioner,
                due_minutes=(one.starts_at - now).total_seconds() / 60,
                comes=_COME if one.starts_at > now else _COME_LATE,
            ),
        )
        for one in expected
    ]
    return [one for _, one in sorted([*here, *tested, *coming], key=lambda ranked: ranked[0])]


def rooms(doctors: Sequence[str], present: Sequence[Entry], now: datetime) -> list[Room]:
    """The doctors at work, with how long the visit in the room has lasted."""
    busy = {
        one.practitioner: 0.0 if one.started_at is None else (now - one.started_at).total_seconds() / 60
        for one in present
        if one.practitioner
    }
    return [Room(doctor, busy.get(doctor)) for doctor in sorted({*doctors, *busy})]
