"""People who wait for a place: a freed one is offered to who waited longest, for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from xinglin.foundation.errors import Category, XinglinError

from . import events as told
from . import repository
from .deciding import OFFERED_INSTEAD
from .model import Booking, NoPlace, Place, Wanted
from .settings import SchedulingSettings

if TYPE_CHECKING:
    from .desk import Desk
    from .service import Scheduling

_LOOKS_EVERY_SECONDS = 10.0
_ZONES = timedelta(hours=12)  # somewhere it is still the day before


class Waitlist:
    """The waitlist of each service. A wait is an Appointment of status waitlist; an offer makes it pending."""

    def __init__(self, scheduling: Scheduling, settings: SchedulingSettings) -> None:
        self._scheduling = scheduling
        self._settings = settings

    async def join(self, wanted: Wanted, first: date, last: date) -> Booking:
        """Wait for a place from ``first`` to ``last``. Raises NoPlace (CONFLICT) while one is free, CONFLICT for who
        waits already, INVALID for days that are none."""
        async with self._scheduling.deciding(wanted.service) as desk:
            known = await desk.known([wanted])
            before = known.of_keys.get((wanted.account, wanted.key))
            if before is not None:
                return before
            self._check_days(desk, first, last)
            free = [one for one in known.next_free if first <= one.day <= last]
            free = [one for one in free if wanted.practitioner in (None, one.practitioner)]
            if free:
                raise NoPlace(
                    "places are free on these days; book one", "所选日期仍有号源，请直接预约", free[:OFFERED_INSTEAD]
                )
            if await repository.waits(desk.connection, wanted.patient, wanted.service):
                raise XinglinError(Category.CONFLICT, "this patient is on the waitlist already", "该患者已在候补名单中")
            booking = replace(desk.waiting(wanted), from_day=first, to_day=last)
            await repository.add_bookings(desk.connection, [booking])
            await desk.tell(booking, None, told.WAITLIST_CHANGED)
            return booking

    async def accept(self, id_: str) -> tuple[Booking, Place | None]:
        """Take the place that was offered. Raises CONFLICT where there is no offer (any more)."""
        asked = await self._scheduling.booking(id_)
        async with self._scheduling.deciding(asked.service) as desk:
            booking, place = await desk.standing(id_)
            if booking.state == "booked":
                return booking, place
            is_open = booking.state == "offered" and booking.offer_until is not None and desk.now < booking.offer_until
            if not is_open or place is None:
                raise XinglinError(
                    Category.CONFLICT, "there is no offer for this request (any more)", "该候补目前没有可接受的号源"
                )
            days = await repository.booked_days(desk.connection, booking.service, [booking.patient])
            if (booking.patient, place.day) in days:
                raise XinglinError(
                    Category.CONFLICT,
                    "this patient already has an appointment in this department on that day",
                    "该患者当日在本科室已有预约",
                )
            booking = await repository.change_booking(desk.connection, id_, "booked", place, desk.now)
            found = (await desk.put_places([(place.slot_id, 1, -1)]))[0]
            await desk.tell(booking, found, told.APPOINTMENT_BOOKED)
            return booking, found

    async def leave(self, id_: str, reason: str) -> Booking:
        """Wait no longer; an offered place goes to the next. Raises CONFLICT for who does not wait."""
        asked = await self._scheduling.booking(id_)
        async with self._scheduling.deciding(asked.service) as desk:
            booking, place = await desk.standing(id_)
            if booking.state not in ("waiting", "offered"):
                raise XinglinError(Category.CONFLICT, "this request does not wait any more", "该候补已结束")
            return (await desk.release(booking, place, "withdrawn", reason))[0]

    async def pass_on(self) -> int:
        """Offer what nobody took in time to the next; how many offers had lapsed."""
        async with self._scheduling.deciding(None) as desk:
            lapsed = await repository.lapsed(desk.connection, desk.now)
        for one in lapsed:
            async with self._scheduling.deciding(one.service) as desk:
                booking, place = await desk.standing(one.appointment_id)
                until = booking.offer_until
                if booking.state == "offered" and until is not None and until <= desk.now:
                    await desk.release(booking, place, "withdrawn", "offer not taken in time 未在时限内接受")
        return len(lapsed)

    async def watch(self) -> None:
        """Pass lapsed offers on, for ever."""
        while True:
            await self.pass_on()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    def _check_days(self, desk: Desk, first: date, last: date) -> None:
        if last < first or last < (desk.now - _ZONES).date() or (last - first).days > self._settings.days_ahead:
            raise XinglinError(
                Category.INVALID,
                f"give days from today on, at most {self._settings.days_ahead} apart",
                f"日期须自今日起，跨度不超过 {self._settings.days_ahead} 天",
                expression="from_day",
            )
