"""Templates, and the slots that are made of them for the days ahead."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from xinglin.data_platform.search import seeing
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids, derived

from . import repository, resource
from .desk import CAUSE, Resources, Transactions
from .model import Place
from .settings import SchedulingSettings
from .template import Template, periods

_LOOKS_EVERY_SECONDS = 900.0


class Planning:
    """Keeps the Slots of every template ahead of the calendar. A slot's id follows from its schedule and instant, so
    that making them twice makes none twice."""

    def __init__(
        self,
        database: Transactions,
        resources: Resources,
        clock: Clock,
        ids: Ids,
        settings: SchedulingSettings,
        zone: str,
    ) -> None:
        self._database = database
        self._resources = resources
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._zone = ZoneInfo(zone)

    async def plan(self, template: Template) -> tuple[str, int]:
        """Keep a new template and make its slots; (Schedule id, how many slots). Raises NOT_FOUND for a service,
        practitioner or place that is not known."""
        schedule_id = self._ids.new()
        with seeing(None):  # the rule that opens planning decides
            async with self._database.transaction() as connection:
                await self._check_known(connection, template)
                body = template.model_dump_json().encode()
                await repository.put_template(connection, schedule_id, template.service, body, self._clock.now())
                await self._resources.put_all(connection, [resource.schedule(schedule_id, template)], CAUSE)
                return schedule_id, await self._make(connection, schedule_id, template)

    async def _check_known(self, connection: Any, template: Template) -> None:
        named = [("HealthcareService", template.service)]
        named += [("Practitioner", template.practitioner)] if template.practitioner else []
        named += [("Location", template.location)] if template.location else []
        here = await self._resources.fetch(connection, named)
        for type_, id_ in named:
            if (type_, id_) not in here:
                raise XinglinError(Category.NOT_FOUND, f"{type_}/{id_} is not known here", f"此处没有 {type_}/{id_}")

    async def templates(self) -> list[tuple[str, Template]]:
        """(Schedule id, template) of all, oldest first."""
        async with self._database.connection() as connection:
            return [(id_, Template.model_validate_json(body)) for id_, body in await repository.templates(connection)]

    async def generate(self) -> int:
        """Make the slots that are missing from today to the days ahead; how many."""
        made = 0
        for schedule_id, template in await self.templates():
            async with self._database.transaction() as connection:
                made += await self._make(connection, schedule_id, template)
        return made

    async def watch(self) -> None:
        """Generate, for ever."""
        while True:
            await self.generate()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    def today(self) -> date:
        """The business date of the node."""
        return self._clock.now().astimezone(self._zone).date()

    async def _make(self, connection: Any, schedule_id: str, template: Template) -> int:
        today, now = self.today(), self._clock.now()
        days = [today + timedelta(days=ahead) for ahead in range(self._settings.days_ahead + 1)]
        coming = [place for day in days for place in self._places(schedule_id, template, day) if place.starts_at > now]
        made = await repository.add_places(connection, coming)
        fresh = [resource.slot(place) for place in coming if place.slot_id in made]
        await self._resources.put_all(connection, fresh, CAUSE)
        return len(fresh)

    def _places(self, schedule_id: str, template: Template, day: date) -> list[Place]:
        return [
            Place(
                slot_id=_slot_id(schedule_id, period.starts_at),
                schedule_id=schedule_id,
                service=template.service,
                practitioner=template.practitioner,
                location=template.location,
                day=period.day,
                starts_at=period.starts_at,
                ends_at=period.ends_at,
                opens_at=period.opens_at,
                places=template.places,
                taken=0,
                held=0,
            )
            for period in periods(template, day, self._zone)
        ]


def _slot_id(schedule_id: str, starts_at: datetime) -> str:
    return derived("slot", schedule_id, starts_at.isoformat())
