"""A queue read as the line that the estimate plays through."""

from __future__ import annotations

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
    """The queue of ``service`` at ``now``, in four statements, with everybody's wait."""
    entries = await repository.open_entries(connection, service, day)
    expected = await repository.expected(connection, service, day, now - _MISSED)
    doctors = await repository.at_work(connection, service, day, now, now - _AT_WORK)
    lengths: dict[str, list[float]] = {}
    for doctor, minutes in await repository.lengths(connection, service, now - _RECENT, _OF_DOCTOR):
        lengths.setdefault(doctor, []).append(minutes)
    waiting = ordering.in_order(one for one in entries if one.state == "waiting")
    present = [one for one in entries if one.state in ("called", "in_room")]
    return Line(
        as_of=now,
        service=service,
        present=sorted(present, key=lambda one: (one.state, one.called_at or now)),
        waiting=waiting,
        away=[one for one in entries if one.state in ("at_tests", "skipped")],
        expected=expected,
        waits=waits(_aheads(waiting, expected, now), _rooms(doctors, present, now), Lengths(lengths)),
    )


def _aheads(waiting: list[Entry], expected: list[Expected], now: datetime) -> list[Ahead]:
    here = [(ordering.rank(one), Ahead(one.encounter_id, one.practitioner)) for one in waiting]
    coming = [
        (
            (ordering.URGENT_TRIAGE + 1, max(one.starts_at, now), one.starts_at, one.appointment_id),
            Ahead(
                one.appointment_id,
                one.practitioner,
                is_here=False,
                not_before_minutes=max(0.0, (one.starts_at - now).total_seconds() / 60),
            ),
        )
        for one in expected
    ]
    return [one for _, one in sorted([*here, *coming], key=lambda ranked: ranked[0])]


def _rooms(doctors: list[str], present: list[Entry], now: datetime) -> list[Room]:
    busy = {
        one.practitioner: 0.0 if one.started_at is None else (now - one.started_at).total_seconds() / 60
        for one in present
        if one.practitioner
    }
    return [Room(doctor, busy.get(doctor)) for doctor in sorted({*doctors, *busy})]
