"""Booking, cancelling and rescheduling: the arbiter's rows, the resources and the events in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from xinglin.data_platform.fhir import english_name, name_read_here
from xinglin.data_platform.search import seeing
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import repository
from .deciding import decide
from .desk import Desk, Resources, Transactions, unknown
from .line import Lines, Outcome
from .model import Booking, Place, ServiceShown, Wanted
from .settings import SchedulingSettings
from .waitlist import Waitlist

_KEPT = 200


class Scheduling:
    """Who has which place. Every decision about a service is made under its lock, so that none is oversold whatever
    the number of processes; requests that come together are one transaction."""

    def __init__(
        self, database: Transactions, resources: Resources, clock: Clock, ids: Ids, settings: SchedulingSettings
    ) -> None:
        self._database = database
        self._resources = resources
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._lines = Lines(self._claim, self._decide)
        self.waitlist = Waitlist(self, settings)

    async def book(self, wanted: Wanted) -> tuple[Booking, Place | None]:
        """A place, first come first served. The same account and key again gives what was given before.

        Raises NoPlace (CONFLICT) with what is free instead; CONFLICT for a second appointment on a day; UNPROCESSABLE
        for a time that has begun or is not open yet; NOT_FOUND for a slot or patient that is not known.
        """
        return await self._lines.ask(wanted)

    async def cancel(self, id_: str, reason: str, by_desk: bool) -> tuple[Booking, Place | None]:
        """Give a place up; whoever waits for it is offered it. Patients do so until the settings' minutes before the
        start. Raises CONFLICT where that was done before or it is too late, NOT_FOUND."""
        booking = await self.booking(id_)
        async with self.deciding(booking.service) as desk:
            booking, place = await desk.standing(id_)
            self._check_changeable(booking, place, by_desk)
            return await desk.release(booking, place, "cancelled", reason)

    async def reschedule(self, id_: str, slot_id: str, by_desk: bool) -> tuple[Booking, Place | None]:
        """Take another place of the same service; the one so far is kept where that fails. Raises as ``book`` and
        ``cancel``."""
        booking = await self.booking(id_)
        async with self.deciding(booking.service) as desk:
            booking, place = await desk.standing(id_)
            self._check_changeable(booking, place, by_desk)
            assert place is not None
            if slot_id == place.slot_id:
                return booking, place
            wanted = Wanted(booking.service, booking.patient, "", "", desk.now, slot=slot_id)
            known = await desk.known([wanted], but=booking)
            chosen = decide([wanted], known, desk.now)[0]
            if isinstance(chosen, XinglinError):
                raise chosen
            assert isinstance(chosen, Place)
            return await desk.move(booking, place, chosen)

    async def booking(self, id_: str) -> Booking:
        """Raises NOT_FOUND."""
        async with self._database.connection() as connection:
            found = await repository.booking(connection, id_)
        if found is None:
            raise unknown(id_)
        return found

    async def slots(self, service: str, first: date, last: date) -> list[Place]:
        """Places of ``service`` still to come, by time."""
        async with self._database.connection() as connection:
            return await repository.places_between(connection, service, self._clock.now(), first, last)

    async def names(self, practitioners: Collection[str]) -> dict[str, str]:
        """What these practitioners are called; those who are not known are left out."""
        with seeing(None):  # a directory, open to whoever is signed in
            async with self._database.connection() as connection:
                named = [("Practitioner", id_) for id_ in sorted(practitioners)]
                found = await self._resources.fetch(connection, named)
        return {id_: name_read_here(one) for (_, id_), one in found.items() if one.get("name")}

    async def services(self) -> list[ServiceShown]:
        """Every service with places today or later."""
        now = self._clock.now()
        with seeing(None):  # a directory, open to whoever is signed in
            async with self._database.connection() as connection:
                found = await repository.services(connection, now)
                named = [("HealthcareService", service) for service, _, _ in found]
                here = await self._resources.fetch(connection, named)
        told = []
        for service, free, earliest in found:
            known = here.get(("HealthcareService", service), {})
            name, provider = known.get("name") or service, known.get("providedBy", {}).get("reference", "")
            told.append(
                ServiceShown(
                    service=service,
                    name=name,
                    name_en=english_name(known) or name,
                    unit=provider.rpartition("/")[2] or None,
                    free=free,
                    earliest=earliest,
                )
            )
        return told

    async def of_patients(self, patients: Sequence[str]) -> list[tuple[Booking, Place | None]]:
        """The 200 newest bookings of these patients."""
        async with self._database.connection() as connection:
            return await repository.of_patients(connection, patients, _KEPT)

    async def waiting(self, service: str) -> list[tuple[Booking, Place | None]]:
        """The first 200 on the waitlist of ``service``, with the place that is offered."""
        async with self._database.connection() as connection:
            found = await repository.waiting_of(connection, service, _KEPT)
            places = await repository.places_of(connection, found)
        return [(one, places.get(one.slot_id or "")) for one in found]

    def deciding(self, service: str | None) -> Desk:
        """A transaction that decides about ``service`` alone; about none where it is None."""
        return Desk(self._database, self._resources, self._clock, self._ids, self._settings, service)

    async def _claim(self, batch: Sequence[Wanted]) -> None:
        async with self._database.transaction() as connection:
            await repository.claim(connection, batch)

    async def _decide(self, service: str, batch: Sequence[Wanted]) -> list[Outcome]:
        async with self.deciding(service) as desk:
            return await desk.give(batch)

    def _check_changeable(self, booking: Booking, place: Place | None, by_desk: bool) -> None:
        if booking.state != "booked" or place is None:
            raise XinglinError(
                Category.CONFLICT, "this appointment was cancelled before", "该预约此前已取消，无需重复操作"
            )
        now = self._clock.now()
        minutes = 0 if by_desk else self._settings.cancel_until_minutes
        if now >= place.starts_at - timedelta(minutes=minutes):
            raise XinglinError(
                Category.CONFLICT,
                f"appointments can be changed until {minutes} minutes before they start; ask the desk",
                f"预约须在就诊开始前 {minutes} 分钟办理变更，请联系窗口",
            )
