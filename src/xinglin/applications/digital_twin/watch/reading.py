"""The live state put as what foresight is asked: minutes from now instead of instants. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from xinglin.business_platform.scheduling import Sitting

from ..foresight import HORIZON_MINUTES, ClinicNow, Doctor, PastStay, PastVisits, Person, Seen, Ward
from .repository import VisitRow

AT_WORK_MINUTES = 45.0
_SILENT_MINUTES = 20.0
_NIGHT = timedelta(hours=6)
_AWAY_MINUTES = 30.0
_TESTS_MINUTES = 240.0
_STATES = {"waiting": "waiting", "at_tests": "tests", "skipped": "away"}
_SEEING = {"called": "called", "in_room": "room"}
Expected = tuple[str, str, str | None, datetime]
Stay = tuple[str, datetime, datetime, datetime | None]


def clinics(
    visits: Sequence[VisitRow], expected: Iterable[Expected], sittings: Iterable[Sitting], now: datetime, zone: ZoneInfo
) -> list[ClinicNow]:
    """Every clinic in which somebody was seen today, is expected or sits."""
    today = now.astimezone(zone).date()
    of: dict[str, list[VisitRow]] = defaultdict(list)
    due: dict[str, list[Expected]] = defaultdict(list)
    sat: dict[str, list[Sitting]] = defaultdict(list)
    for visit in visits:
        of[visit.service].append(visit)
    for one in expected:
        due[one[1]].append(one)
    for sitting in sittings:
        sat[sitting.service].append(sitting)
    return [
        ClinicNow(
            service,
            tuple(_people(of[service], due[service], now)),
            tuple(_doctors(of[service], sat[service], now)),
            tuple(seen(one, zone) for one in of[service] if one.arrived_at.astimezone(zone).date() == today),
        )
        for service in sorted({*of, *due, *sat})
    ]


def _people(visits: Iterable[VisitRow], expected: Iterable[Expected], now: datetime) -> Iterable[Person]:
    longest = {"at_tests": _TESTS_MINUTES, "skipped": _AWAY_MINUTES}
    for one in visits:
        since = minutes(one.since, now)
        if one.state in _STATES and -since <= longest.get(one.state, 24 * 60):
            yield Person(
                one.encounter,
                _STATES[one.state],  # type: ignore[arg-type]
                one.practitioner,
                minutes(one.turn_at, now),
                since,
                None if one.starts_at is None else minutes(one.starts_at, now),
                one.triage,
                one.first_seconds is not None,
            )
    for appointment, _, practitioner, starts_at in expected:
        due = minutes(starts_at, now)
        yield Person(appointment, "expected", practitioner, due, 0.0, due)


def _doctors(visits: Sequence[VisitRow], sittings: Sequence[Sitting], now: datetime) -> Iterable[Doctor]:
    """Those who see somebody, who did lately, or who are to sit within the horizon. Who should sit for long and has
    called nobody of late is not counted while somebody waits for long."""
    busy = {one.practitioner: one for one in visits if one.state in _SEEING and one.practitioner}
    lately = {
        one.practitioner
        for one in visits
        if one.practitioner
        and one.called_at
        and max(minutes(one.since, now), minutes(one.called_at, now)) > -AT_WORK_MINUTES
    }
    waits = any(one.state == "waiting" and minutes(one.since, now) < -_SILENT_MINUTES for one in visits)
    sits: dict[str, tuple[float, float]] = {}
    for one in sorted(sittings, key=lambda one: one.starts_at, reverse=True):
        starts, ends = minutes(one.starts_at, now), minutes(one.ends_at, now)
        if ends > 0 and starts < HORIZON_MINUTES:
            sits[one.practitioner] = starts, max(ends, sits.get(one.practitioner, (0.0, 0.0))[1])
    for name in sorted({*(one for one in busy if one), *(one for one in lately if one), *sits}):
        starts, ends = sits.get(name, (0.0, HORIZON_MINUTES))
        visit = busy.get(name)
        if visit is not None:
            again = visit.first_seconds is not None
            yield Doctor(name, _SEEING[visit.state], minutes(visit.since, now), again, 0.0, ends)  # type: ignore[arg-type]
        elif name in lately or starts > -AT_WORK_MINUTES or not waits:
            yield Doctor(name, starts=max(0.0, starts) if name not in lately else 0.0, ends=ends)


def seen(one: VisitRow, zone: ZoneInfo) -> Seen:
    """A visit as what it teaches."""
    local = one.arrived_at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    booked = None if one.booked_at is None else minutes(one.booked_at, midnight)

    def length(seconds: float | None) -> float | None:
        return None if seconds is None else seconds / 60

    return Seen(
        day=local.toordinal(),
        arrived=minutes(one.arrived_at, midnight),
        doctor=one.practitioner,
        due=None if one.starts_at is None else minutes(one.starts_at, midnight),
        booked=booked if booked is not None and booked >= 0 else None,
        gap=length(one.gap_seconds),
        first=length(one.first_seconds),
        again=length(one.again_seconds),
        tests=length(one.tests_seconds),
        called=one.called_at is not None,
        missed=one.missed,
    )


def past(visits: Iterable[VisitRow], kept: Mapping[str, tuple[int, int]], zone: ZoneInfo) -> dict[str, PastVisits]:
    """Past days by clinic; days on which a clinic saw nobody count for it where others were open."""
    of: dict[str, list[Seen]] = defaultdict(list)
    for one in visits:
        of[one.service].append(seen(one, zone))
    days = {one.day for every in of.values() for one in every}
    own = {service: len({one.day for one in every}) for service, every in of.items()}
    return {
        service: PastVisits(tuple(every), *kept.get(service, (0, 0)), min(len(days), own[service]))
        for service, every in of.items()
    }


def wards(
    stays: Sequence[Stay], known: Sequence[tuple[str, str, str, int]], now: datetime, zone: ZoneInfo, past_days: float
) -> list[Ward]:
    """Every ward in which somebody lies or that has beds; ``past_days`` is for how long it was watched."""
    local = now.astimezone(zone)
    hour = local.hour + local.minute / 60
    days: dict[str, list[int]] = defaultdict(list)
    came: dict[str, list[float]] = defaultdict(lambda: [0.0] * 24)
    for ward, admitted_at, seen_at, left_at in stays:
        if left_at is None:
            days[ward].append(max(0, local.toordinal() - admitted_at.astimezone(zone).toordinal()))
        if abs(minutes(seen_at, admitted_at)) < 24 * 60 and seen_at > now - timedelta(days=past_days):
            came[ward][admitted_at.astimezone(zone).hour] += 1 / max(1.0, past_days)
    return [
        Ward(ward, beds or None, tuple(sorted(days[ward])), hour, tuple(came[ward]), max(1.0, past_days))
        for ward, _, _, beds in known
        if beds or days[ward]
    ]


def past_stays(stays: Iterable[Stay], now: datetime, zone: ZoneInfo) -> dict[str, tuple[PastStay, ...]]:
    """Stays by ward, and under "" those of the whole house."""
    found: dict[str, list[PastStay]] = defaultdict(list)
    for ward, admitted_at, seen_at, left_at in stays:
        began = admitted_at.astimezone(zone).toordinal()
        end = (left_at or now).astimezone(zone)
        first, last = seen_at.astimezone(zone).toordinal() - began, end.toordinal() - began
        if last >= 0:
            one = PastStay(
                max(0, min(first, last)), last, left_at is not None, end.hour + end.minute / 60 if left_at else None
            )
            found[ward].append(one)
            found[""].append(one)
    return {ward: tuple(every) for ward, every in found.items()}


def begun_since(now: datetime, zone: ZoneInfo) -> datetime:
    """Visits that began before this are over: today's midnight, or six hours ago where that is earlier."""
    return min(now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0), now - _NIGHT)


def minutes(at: datetime, since: datetime) -> float:
    """From one instant to the other."""
    return (at - since).total_seconds() / 60
