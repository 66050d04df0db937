"""Looks at the house every minute: foresees, raises alarms, and scores what was foreseen when its truth has come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from xinglin.business_platform.scheduling import Sitting
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from .. import events as told
from ..foresight import Foreseen, House, HouseForeseen, WardForeseen
from ..live import repository as live
from . import alarm, reading, repository, scoring
from .repository import AlarmRow, Forecast, VisitRow

_LOG = logging.getLogger(__name__)
_LEARN_EVERY = timedelta(hours=1)
_KEEP_EVERY = timedelta(minutes=10)
_KEEP_FOR = timedelta(days=8)
_STAYS_FOR = timedelta(days=90)
_EXPECTED_PAST, _EXPECTED_AHEAD = timedelta(minutes=60), timedelta(minutes=270)
_SCORED_AT_ONCE = 200
_LATEST = -1  # of the probabilities: the upper end of the interval of 95


class Hours(Protocol):
    """When doctors sit; ``scheduling.Sittings`` tells."""

    async def between(self, since: datetime, until: datetime) -> list[Sitting]: ...


class Seer(Protocol):
    """Who foresees; ``foresight.Oracle`` does."""

    @property
    def fresh(self) -> bool: ...

    async def ask(self, house: House) -> HouseForeseen: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Look:
    """One look at the house: what it was and what is foreseen of it. ``doctors``: at work or to be, by clinic."""

    at: datetime
    visits: list[VisitRow]
    doctors: dict[str, int]
    foreseen: HouseForeseen


class Watch:
    """The watch over one institution's house."""

    def __init__(
        self,
        database: Database,
        hours: Hours,
        seer: Seer,
        clock: Clock,
        ids: Ids,
        zone: str,
        every_seconds: float,
        replications: int,
        learn_days: int,
    ) -> None:
        self._database = database
        self._hours = hours
        self._seer = seer
        self._clock = clock
        self._ids = ids
        self._zone = ZoneInfo(zone)
        self._every_seconds = every_seconds
        self._replications = replications
        self._learn = timedelta(days=learn_days)
        self._learnt_at: datetime | None = None
        self._kept_at: datetime | None = None
        self._first_told: dict[str, tuple[datetime, float]] = {}

    async def watch(self) -> None:
        """Look again and again until cancelled; at nothing where the settings say never."""
        if not self._every_seconds:
            await asyncio.Event().wait()
        try:
            while True:
                await asyncio.sleep(self._every_seconds)
                try:
                    await self.look()
                except XinglinError as error:
                    if error.category is not Category.UNAVAILABLE:
                        raise
                    _LOG.warning("foresight: %s", error.english)
        finally:
            await self._seer.close()

    async def look(self) -> Look | None:
        """Look once, keep what is foreseen and tell it; None where the house is empty."""
        found = await self.foresee()
        if found is None:
            return None
        async with self._database.transaction() as connection:
            await self._keep(connection, found)
            await self._raise(connection, found)
            await self._score(connection, found.at)
        return found

    async def foresee(self) -> Look | None:
        """What is foreseen now; nothing is kept. Raises UNAVAILABLE where the process that foresees fails."""
        now = self._clock.now()
        local = now.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        sittings = await self._hours.between(now, now + _EXPECTED_AHEAD)
        async with self._database.connection() as connection:
            begun = reading.begun_since(now, self._zone)
            visits = await repository.visits(connection, begun, now + timedelta(minutes=1))
            expected = await repository.expected(connection, now - _EXPECTED_PAST, now + _EXPECTED_AHEAD)
            stays = await repository.stays(connection, now - _STAYS_FOR)
            wards = await live.wards(connection)
            past = await self._past(connection, midnight, now)
        watched = min([one[2] for one in stays], default=now)
        days = min(28.0, max(1.0, (now - watched) / timedelta(days=1)))
        clinics = reading.clinics(visits, expected, sittings, now, self._zone)
        house = House(
            minute=reading.minutes(local, midnight),
            clinics=tuple(clinics),
            wards=tuple(reading.wards(stays, wards, now, self._zone, days)),
            past=past,
            stays=reading.past_stays(stays, now, self._zone),
            replications=self._replications,
            seed=int(now.timestamp()) // 60,
        )
        if not house.clinics and not house.wards:
            return None
        answer = await self._seer.ask(house)
        self._learnt_at = now if past is not None else self._learnt_at
        doctors = {one.service: len(one.doctors) for one in clinics}
        for sitting in sittings:
            if sitting.starts_at <= now:
                doctors[sitting.service] = max(1, doctors.get(sitting.service, 0))
        return Look(now, visits, doctors, answer)

    async def _past(self, connection: Any, midnight: datetime, now: datetime) -> Any:
        """Past days where they are to be learnt anew, else None."""
        if not self._seer.fresh and self._learnt_at is not None and now - self._learnt_at < _LEARN_EVERY:
            return None
        visits = await repository.visits(connection, midnight - self._learn, midnight)
        kept = await repository.kept(connection, midnight - self._learn, midnight)
        return reading.past(visits, kept, self._zone)

    async def _keep(self, connection: Any, found: Look) -> None:
        kept = self._kept_at is None or found.at - self._kept_at >= _KEEP_EVERY
        rows = [
            Forecast(kind, unit, found.at, msgspec.json.encode(one))
            for kind, unit, one in [
                *(("clinic", one.service, one) for one in found.foreseen.clinics),
                *(("ward", one.ward, one) for one in found.foreseen.wards),
            ]
        ]
        await repository.keep(connection, rows, kept)
        await repository.forget(connection, found.at - _KEEP_FOR)
        self._kept_at = found.at if kept else self._kept_at
        await append(connection, [told.foreseen(self._ids, [one.unit for one in rows], found.at)])

    async def _raise(self, connection: Any, found: Look) -> None:
        for clinic in found.foreseen.clinics:
            for name, quantiles in clinic.people.items():
                self._first_told.setdefault(name, (found.at, quantiles[_LATEST]))
        here = {one.encounter for one in found.visits}
        self._first_told = {name: one for name, one in self._first_told.items() if name in here}
        holds = alarm.of_clinics(
            found.visits, found.doctors, found.foreseen.clinics, self._first_told, found.at
        ) + alarm.of_wards(found.foreseen.wards, found.at)
        before = await repository.open_alarms(connection)
        new_ids: dict[tuple[str, str, str], str] = {(one.rule, one.unit, one.subject): self._ids.new() for one in holds}
        rows = alarm.settled(before, holds, found.at, new_ids)
        if rows:
            await repository.put_alarms(connection, rows)
        await append(connection, self._alarm_events(before, rows, found.at))

    def _alarm_events(self, before: Sequence[AlarmRow], rows: Sequence[AlarmRow], at: datetime) -> list[Any]:
        known = {one.alarm for one in before}
        names = [
            (told.ALARM_CLEARED if one.cleared_at else told.ALARM_RAISED, one)
            for one in rows
            if one.cleared_at or one.alarm not in known
        ]
        return [told.alarm(self._ids, name, one.alarm, one.rule, one.unit, at) for name, one in names]

    async def _score(self, connection: Any, now: datetime) -> None:
        """Score kept forecasts whose truth has come, some at a time."""
        clinics = await repository.unscored(connection, "clinic", now - scoring.TRUTH_AFTER, _SCORED_AT_ONCE)
        wards = await repository.unscored(
            connection, "ward", now - timedelta(hours=max(scoring.WARD_HOURS)), _SCORED_AT_ONCE
        )
        for at in sorted({one.foreseen_at for one in (*clinics, *wards)}):
            scores = scoring.empty()
            own = [one for one in clinics if one.foreseen_at == at]
            if own:
                await self._score_clinics(connection, own, at, now, scores)
            lying = [one for one in wards if one.foreseen_at == at]
            if lying:
                await self._score_wards(connection, lying, at, scores)
            await repository.add_scores(connection, at.astimezone(self._zone).date(), scoring.counts(scores))
        await repository.mark_scored(connection, [*clinics, *wards])

    async def _score_clinics(
        self, connection: Any, own: Sequence[Forecast], at: datetime, now: datetime, into: Any
    ) -> None:
        visits = await repository.visits(connection, at - timedelta(hours=16), at + scoring.TRUTH_AFTER)
        times = [at + timedelta(minutes=ahead) for ahead in scoring.LOOKS_MINUTES]
        asked = [(one.unit, time) for one in own for time in times]
        lengths = await repository.lengths(connection, [unit for unit, _ in asked], [time for _, time in asked])
        by_visit = {one.unit: [visit for visit in visits if visit.service == one.unit] for one in own}
        for place, one in enumerate(own):
            foreseen = msgspec.json.decode(one.body, type=Foreseen)
            found = lengths[place * len(times) : (place + 1) * len(times)]
            scoring.score_clinic(foreseen, at, by_visit[one.unit], found, now, into)

    async def _score_wards(self, connection: Any, lying: Sequence[Forecast], at: datetime, into: Any) -> None:
        times = [at + timedelta(hours=ahead) for ahead in scoring.WARD_HOURS]
        asked = [(one.unit, time) for one in lying for time in times]
        census = await repository.census(connection, [unit for unit, _ in asked], [time for _, time in asked])
        for place, one in enumerate(lying):
            foreseen = msgspec.json.decode(one.body, type=WardForeseen)
            scoring.score_ward(foreseen, census[place * len(times) : (place + 1) * len(times)], into)
