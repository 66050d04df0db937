"""One transaction that decides about the places of a service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import events as told
from . import repository, resource
from .deciding import Known, decide
from .line import Outcome
from .model import Booking, Place, State, Wanted
from .settings import SchedulingSettings

CAUSE = Cause(agent="scheduling")
_NEXT_FREE = 40


class Resources(Protocol):
    """What scheduling needs of the store."""

    async def fetch(
        self, connection: Any, references: Iterable[tuple[str, str]], having: str | None = None
    ) -> dict[tuple[str, str], dict[str, Any]]: ...

    async def put_all(self, connection: Any, resources: Sequence[Mapping[str, Any]], cause: Cause) -> Any: ...


class Transactions(Protocol):
    """What scheduling needs of the database."""

    def connection(self) -> AbstractAsyncContextManager[Connection]: ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]: ...


class Desk:
    """One transaction under the lock of a service. What it changes is written when the block ends well."""

    def __init__(
        self,
        database: Transactions,
        resources: Resources,
        clock: Clock,
        ids: Ids,
        settings: SchedulingSettings,
        service: str | None,
    ) -> None:
        self._database = database
        self._leaving = AsyncExitStack()
        self._resources = resources
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._service = service
        self.connection: Any = None
        self.now = clock.now()

    async def __aenter__(self) -> Desk:
        async with AsyncExitStack() as entering:
            entering.enter_context(seeing(None))  # the rules of this room decide, not what its caller may write
            self.connection = await entering.enter_async_context(self._database.transaction())
            if self._service is not None:
                await repository.lock(self.connection, self._service)
            self._leaving = entering.pop_all()
        self.now = self._clock.now()  # others may have decided for a while
        return self

    async def __aexit__(self, *failure: Any) -> bool | None:
        return await self._leaving.__aexit__(*failure)

    async def known(self, wanted: Sequence[Wanted], but: Booking | None = None) -> Known:
        """What ``decide`` must know for ``wanted``, as if ``but`` were not there."""
        service = self._service or ""
        asked_slots = sorted({one.slot for one in wanted if one.slot})
        asked_days = sorted({one.day for one in wanted if one.day and not one.slot})
        days = await repository.booked_days(self.connection, service, sorted({one.patient for one in wanted}))
        if but is not None and but.day is not None:
            days.discard((but.patient, but.day))
        return Known(
            places=await repository.places(self.connection, service, asked_slots, asked_days),
            next_free=await repository.next_free(self.connection, service, self.now, _NEXT_FREE),
            of_keys={(one.account, one.key): one for one in await repository.of_requests(self.connection, wanted)},
            booked_days=days,
        )

    async def give(self, asked: Sequence[Wanted]) -> list[Outcome]:
        """Decide about ``asked`` and all that other processes claimed, in the order of coming, and write what was
        given, in a number of statements that does not depend on how many they are. Others find what they were given by
        their keys."""
        claimed = await repository.take_claims(self.connection, self._service or "")
        by_name = {(one.account, one.key): one for one in (*asked, *claimed)}
        wanted = sorted(by_name.values(), key=lambda one: one.arrived_at)
        known = await self.known(wanted)
        decisions = decide(wanted, known, self.now)
        given = {one.patient for one, found in zip(wanted, decisions, strict=True) if isinstance(found, Place)}
        if given:
            here = await self._resources.fetch(self.connection, [("Patient", id_) for id_ in sorted(given)])
            strangers = {id_ for id_ in given if ("Patient", id_) not in here}
            if strangers:
                decisions = decide(wanted, known, self.now, strangers)
        by_id = {place.slot_id: place for place in (*known.next_free, *known.places)}
        outcomes: dict[tuple[str, str], Outcome] = {}
        fresh = []
        for one, found in zip(wanted, decisions, strict=True):
            outcome: Outcome
            if isinstance(found, XinglinError):
                outcome = found
            elif isinstance(found, Place):
                outcome = self._booked(one, found), found
                fresh.append((outcome[0], found))
            else:
                outcome = found, by_id.get(found.slot_id or "") or await self.place_of(found)
            outcomes[one.account, one.key] = outcome
        await self._write(fresh)
        return [outcomes[one.account, one.key] for one in asked]

    async def standing(self, id_: str) -> tuple[Booking, Place | None]:
        """A booking as it is now that nobody else can change it. Raises NOT_FOUND."""
        found = await repository.booking(self.connection, id_)
        if found is None:
            raise unknown(id_)
        return found, await self.place_of(found)

    async def place_of(self, booking: Booking) -> Place | None:
        return await repository.place(self.connection, booking.slot_id) if booking.slot_id else None

    async def release(
        self, booking: Booking, place: Place | None, state: State, reason: str
    ) -> tuple[Booking, Place | None]:
        """End ``booking``; its place goes to whoever waits longest for it, or is free."""
        was = booking.state
        booking = await repository.change_booking(self.connection, booking.appointment_id, state, place, self.now)
        name = told.APPOINTMENT_CANCELLED if was == "booked" else told.WAITLIST_CHANGED
        await self.tell(booking, place, name, reason)
        if place is not None and was in ("booked", "offered"):
            place = await self.free(place, taken=-1 if was == "booked" else 0, held=-1 if was == "offered" else 0)
        return booking, place

    async def move(self, booking: Booking, place: Place, chosen: Place) -> tuple[Booking, Place]:
        """Have ``booking`` at ``chosen`` and free the ``place`` that it had."""
        booking = await repository.change_booking(self.connection, booking.appointment_id, "booked", chosen, self.now)
        await self.put_places([(chosen.slot_id, 1, 0)])
        await self.tell(booking, chosen, told.APPOINTMENT_RESCHEDULED)
        await self.free(place, taken=-1)
        return booking, chosen

    async def free(self, place: Place, taken: int = 0, held: int = 0) -> Place:
        """Give a place back: held for whoever waits for it, where that can still be."""
        until = self.now + timedelta(minutes=self._settings.offer_minutes)
        waiting = await repository.next_waiting(self.connection, place) if until < place.starts_at else None
        if waiting is None:
            return (await self.put_places([(place.slot_id, taken, held)]))[0]
        offered = await repository.change_booking(
            self.connection, waiting.appointment_id, "offered", place, self.now, until
        )
        found = (await self.put_places([(place.slot_id, taken, held + 1)]))[0]
        await self.tell(offered, found, told.SLOT_OFFERED)
        return found

    async def put_places(self, changes: Sequence[tuple[str, int, int]]) -> list[Place]:
        """Add to what is taken and held of slots, and write them as Slots."""
        found = await repository.move_places(self.connection, changes)
        await self._resources.put_all(self.connection, [resource.slot(place) for place in found], CAUSE)
        return found

    async def tell(self, booking: Booking, place: Place | None, name: str, reason: str | None = None) -> None:
        """Write ``booking`` as Appointment and tell the bus."""
        asked = "Appointment", booking.appointment_id
        known = (await self._resources.fetch(self.connection, [asked])).get(asked)
        found = resource.appointment(booking, place, known, reason)
        await self._resources.put_all(self.connection, [found], CAUSE)
        await append(self.connection, [told.told(self._ids, name, booking, place, self.now)])

    def waiting(self, wanted: Wanted) -> Booking:
        """``wanted`` as a new place on the waitlist, not yet written."""
        return replace(self._booked(wanted, None), state="waiting")

    def _booked(self, wanted: Wanted, place: Place | None) -> Booking:
        return Booking(
            appointment_id=self._ids.new(),
            state="booked",
            service=wanted.service,
            practitioner=wanted.practitioner,
            patient=wanted.patient,
            account=wanted.account,
            key=wanted.key,
            slot_id=place.slot_id if place else None,
            day=place.day if place else None,
            from_day=None,
            to_day=None,
            offer_until=None,
            arrived_at=wanted.arrived_at,
            decided_at=self.now,
        )

    async def _write(self, fresh: Sequence[tuple[Booking, Place]]) -> None:
        if not fresh:
            return
        more = Counter(place.slot_id for _, place in fresh)
        await repository.add_bookings(self.connection, [booking for booking, _ in fresh])
        places = await repository.move_places(self.connection, [(id_, count, 0) for id_, count in more.items()])
        resources = [resource.appointment(booking, place) for booking, place in fresh]
        await self._resources.put_all(self.connection, [*resources, *map(resource.slot, places)], CAUSE)
        events = [told.told(self._ids, told.APPOINTMENT_BOOKED, booking, place, self.now) for booking, place in fresh]
        await append(self.connection, events)


def unknown(id_: str) -> XinglinError:
    """What is said of an appointment that scheduling has not made."""
    return XinglinError(Category.NOT_FOUND, f"there is no appointment {id_} here", f"此处没有预约 {id_}")
