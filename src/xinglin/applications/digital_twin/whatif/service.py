"""Answers what-if questions about a clinic of this node: its plan, its past, and its line as it is now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from xinglin.business_platform.scheduling import Sitting, Template
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from ..foresight import PastVisits
from ..live import Facts
from ..watch import reading, repository, service_names
from .model import Answer, Change, Prices, Question, Session
from .showing import Asked, PlanShown, TriedShown, session_shown, shown

_AHEAD, _LATE = timedelta(hours=12), timedelta(minutes=60)
_DAY_MINUTES = 1440.0


class Hours(Protocol):
    """When doctors sit; ``scheduling.Sittings`` tells."""

    async def between(self, since: datetime, until: datetime) -> list[Sitting]: ...

    async def templates(self, service: str) -> list[tuple[str, Template]]: ...


class Asker(Protocol):
    """Who tries plans; ``Trier`` does."""

    async def ask(self, question: Question) -> Answer: ...


class WhatIf:
    """What-if for one institution's clinics. Nothing is written."""

    def __init__(
        self, database: Database, hours: Hours, trier: Asker, facts: Facts, clock: Clock, zone: str, prices: Prices,
        learn_days: int, seconds: float,
    ) -> None:  # fmt: skip
        self._database, self._hours, self._trier, self._facts = database, hours, trier, facts
        self._clock, self._zone, self._prices = clock, ZoneInfo(zone), prices
        self._learn, self._seconds = timedelta(days=learn_days), seconds

    async def plan(self, service: str, weekday: int | None) -> PlanShown:
        """The plan of the next such weekday (today where none is named). Raises NOT_FOUND for a clinic that has neither
        hours nor visits."""
        now = self._clock.now()
        day = self._next(now, weekday)
        sessions = await self._sessions(service, day)
        async with self._database.connection() as connection:
            past = await self._past(connection, service, now)
            names = await service_names(self._facts, connection, [service])
        sitting = {one.practitioner for one in await self._hours.between(now, now + _AHEAD) if one.service == service}
        if not past.seen and not await self._hours.templates(service):
            raise XinglinError(Category.NOT_FOUND, f"no clinic {service} here", f"此处没有门诊 {service}")
        name, name_en = names.get(service, (service, service))
        return PlanShown(
            service=service, name=name, name_en=name_en, day=day, weekday=day.isoweekday(),
            sessions=[session_shown(one) for one in sessions], sits_now=len(sitting), past_days=past.days,
            visits=len(past.seen),
        )  # fmt: skip

    async def ask(self, asked: Asked) -> TriedShown:
        """What comes of a change. Raises INVALID, naming what, for one that is impossible, and UNAVAILABLE where the
        process that tries it fails."""
        now = self._clock.now()
        local = now.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        day = self._next(now, asked.weekday)
        async with self._database.connection() as connection:
            past = await self._past(connection, asked.service, now)
            live = await self._live(connection, asked.service, now) if asked.weekday is None else None
        question = Question(
            service=asked.service,
            weekday=day.isoweekday(),
            sessions=await self._sessions(asked.service, day),
            change=_change(asked),
            prices=self._prices,
            past=past,
            live=live,
            minute=reading.minutes(local, midnight),
            seconds=self._seconds,
            seed=day.toordinal(),
        )
        return shown(await self._trier.ask(question), asked.weekday is None, now)

    def _next(self, now: datetime, weekday: int | None) -> date:
        today = now.astimezone(self._zone).date()
        return today if weekday is None else today + timedelta(days=(weekday - today.isoweekday()) % 7)

    async def _sessions(self, service: str, day: date) -> tuple[Session, ...]:
        found = []
        for schedule, one in await self._hours.templates(service):
            if not one.sits_on(day):
                continue
            starts = one.starts.hour * 60.0 + one.starts.minute
            ends = one.ends.hour * 60.0 + one.ends.minute
            ends += _DAY_MINUTES if ends <= starts else 0.0
            found.append(Session(one.practitioner or schedule, starts, ends, float(one.period_minutes), one.places))
        return tuple(sorted(found, key=lambda one: (one.starts, one.doctor)))

    async def _past(self, connection: Any, service: str, now: datetime) -> PastVisits:
        midnight = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        visits = await repository.visits(connection, midnight - self._learn, midnight, service=service)
        kept = await repository.kept(connection, midnight - self._learn, midnight)
        return reading.past(visits, kept, self._zone).get(service, PastVisits((), 0, 0, 0))

    async def _live(self, connection: Any, service: str, now: datetime) -> Any:
        begun = reading.begun_since(now, self._zone)
        visits = await repository.visits(connection, begun, now + timedelta(minutes=1), service=service)
        expected = await repository.expected(connection, now - _LATE, now + _AHEAD)
        own = [one for one in expected if one[1] == service]
        sittings = [one for one in await self._hours.between(now, now + _AHEAD) if one.service == service]
        found = reading.clinics(visits, own, sittings, now, self._zone)
        if not found:
            raise XinglinError(
                Category.INVALID, "start: nobody is in this clinic now", "此刻该门诊无人，请选择工作日推演",
                expression="start",
            )  # fmt: skip
        return found[0]


def _change(asked: Asked) -> Change:
    return Change(
        doctors=asked.doctors, rooms=asked.rooms, slot_minutes=asked.slot_minutes, slot_places=asked.slot_places,
        opens=asked.opens, closes=asked.closes, demand=asked.demand_percent / 100,
        walk_in_share=None if asked.walk_in_percent is None else asked.walk_in_percent / 100,
    )  # fmt: skip
