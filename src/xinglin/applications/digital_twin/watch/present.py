"""The house as it is, in the form in which it is foreseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from xinglin.business_platform.scheduling import Sitting
from xinglin.foundation.database import Database

from ..foresight import House
from ..live import repository as live
from . import reading, repository
from .repository import VisitRow

_STAYS_FOR = timedelta(days=90)
_EXPECTED_PAST, _EXPECTED_AHEAD = timedelta(minutes=60), timedelta(minutes=270)


class Hours(Protocol):
    """When doctors sit; ``scheduling.Sittings`` tells."""

    async def between(self, since: datetime, until: datetime) -> list[Sitting]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: the house, the visits and who sits."""

    house: House
    visits: Sequence[VisitRow]
    sittings: Sequence[Sitting]


class Present:
    """Reads one institution's house; the same moment and house give the same seed."""

    def __init__(self, database: Database, hours: Hours, zone: ZoneInfo, replications: int, learn_days: int) -> None:
        self._database = database
        self._hours = hours
        self._zone = zone
        self._replications = replications
        self._learn = timedelta(days=learn_days)

    async def read(self, now: datetime, with_past: bool) -> Seen:
        """Everything; past days only where they are to be learnt anew."""
        local = now.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        sittings = await self._hours.between(now, now + _EXPECTED_AHEAD)
        async with self._database.connection() as connection:
            begun = reading.begun_since(now, self._zone)
            visits = await repository.visits(connection, begun, now + timedelta(minutes=1))
            expected = await repository.expected(connection, now - _EXPECTED_PAST, now + _EXPECTED_AHEAD)
            stays = await repository.stays(connection, now - _STAYS_FOR)
            wards = await live.wards(connection)
            past = None
            if with_past:
                seen = await repository.visits(connection, midnight - self._learn, midnight)
                kept = await repository.kept(connection, midnight - self._learn, midnight)
                past = reading.past(seen, kept, self._zone)
        watched = min([one[2] for one in stays], default=now)
        days = min(28.0, max(1.0, (now - watched) / timedelta(days=1)))
        house = House(
            minute=reading.minutes(local, midnight),
            clinics=tuple(reading.clinics(visits, expected, sittings, now, self._zone)),
            wards=tuple(reading.wards(stays, wards, now, self._zone, days)),
            past=past,
            stays=reading.past_stays(stays, now, self._zone),
            replications=self._replications,
            seed=int(now.timestamp()) // 60,
        )
        return Seen(house, visits, sittings)
