"""Keeps the live state in step with what rooms tell, with its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database

from . import repository, taking
from .model import Booking, Change, Facts, StayRow

CLINIC_SUBJECTS = ("event.scheduling.*.>",)
HOUSE_SUBJECTS = ("event.store.resource_changed.>",)
_TYPES = frozenset({"Location", "Encounter", "Device"})
_PAST = timedelta(days=90)
_PAGE = "1000"


class LiveState:
    """Rooms, beds, devices, staff, queues and places of patients as entities whose every state is kept with its time.
    It holds no fact of its own; what lies in wards and devices can be built again from the store."""

    def __init__(self, database: Database, facts: Facts, clock: Clock) -> None:
        self._database = database
        self._facts = facts
        self._clock = clock

    async def handle_clinics(self, connection: Any, events: Sequence[Event]) -> None:
        """Take over what queues and appointments tell; the number of statements does not depend on how many. The same
        events again change nothing."""
        moves = [one for one in events if one.name.startswith("encounter.") and "encounter" in one.body]
        await self._take_bookings(connection, events)
        if not moves:
            return
        await repository.lock(connection)
        known = await repository.visits(connection, {taking.id_of(one.body["encounter"]) for one in moves})
        changes = [change for event in moves for change in taking.take(known, event)]
        await repository.put_visits(connection, sorted(known.values(), key=lambda one: one.encounter))
        await self.apply(connection, changes)
        services = sorted({one.unit for one in changes})
        at = max((one.at for one in changes), default=self._clock.now())
        lines = await repository.waiting(connection, services)
        await self.apply(connection, [Change("queue", one, one, str(lines[one]), at) for one in services])

    async def handle_house(self, connection: Any, events: Sequence[Event]) -> None:
        """Take over Locations, Encounters and Devices that were written."""
        changed = {
            (change["type"], change["id"])
            for event in events
            for change in event.body.get("changes", ())
            if change["type"] in _TYPES
        }
        if changed:
            at = max(event.occurred_at for event in events)
            await repository.lock(connection)
            await self._take_over(connection, await self._facts.fetch(connection, sorted(changed)), at)

    async def apply(self, connection: Any, changes: Sequence[Change]) -> int:
        """Keep what entities are from now on; how many states began."""
        return await repository.change(connection, changes) if changes else 0

    async def build_once(self) -> None:
        """Take wards and devices over from the store where that was never done."""
        async with self._database.connection() as connection:
            if await repository.is_built(connection):
                return
        await self.rebuild()

    async def rebuild(self) -> None:
        """Take wards and devices over from the store, a page at a time; it may be watched meanwhile."""
        now = self._clock.now()
        recent = [("date", f"ge{(now - _PAST).isoformat(timespec='seconds')}")]
        for type_, criteria in (("Location", []), ("Encounter", recent), ("Device", [])):
            cursor: str | None = ""
            while cursor is not None:
                async with self._database.transaction() as connection:
                    await repository.lock(connection)
                    after = [("_cursor", cursor)] if cursor else []
                    with seeing(None):
                        page = await self._facts.search(connection, type_, [*criteria, ("_count", _PAGE), *after])
                    found = {(type_, one["id"]): one for one in page.resources()}
                    await self._take_over(connection, found, now)
                    cursor = page.next
        async with self._database.transaction() as connection:
            await repository.mark_built(connection, now)

    async def _take_bookings(self, connection: Any, events: Sequence[Event]) -> None:
        of = {taking.id_of(one.body["appointment"]) for one in events if one.body.get("appointment")}
        named = [one for one in events if one.name.startswith("appointment.")]
        if not named:
            return
        known: dict[str, Booking] = await repository.bookings(connection, of)
        changed: dict[str, Booking] = {}
        for event in named:
            found = taking.booking(event, {**known, **changed})
            if found is not None:
                changed[found.appointment] = found
        if changed:
            await repository.put_bookings(connection, [changed[id_] for id_ in sorted(changed)])

    async def _take_over(self, connection: Any, found: dict[tuple[str, str], dict[str, Any]], at: datetime) -> None:
        places = [taking.place(one) for (type_, _), one in found.items() if type_ == "Location"]
        if places:
            await repository.put_places(connection, places)
            await self._note_beds(connection, [one.location for one in places], at)
        encounters = [one for (type_, _), one in found.items() if type_ == "Encounter"]
        if encounters:
            await self._take_stays(connection, encounters, at)
        devices = [taking.device(one, at) for (type_, _), one in found.items() if type_ == "Device"]
        await self.apply(connection, devices)

    async def _note_beds(self, connection: Any, locations: Iterable[str], at: datetime) -> None:
        units = await repository.units(connection, locations)
        known = await repository.beds(connection, sorted({unit for unit, _, _ in units.values()}))
        taken = await repository.occupied_beds(connection)
        await self.apply(
            connection,
            [
                Change("bed", bed, ward, ("occupied" if bed in taken else "free") if is_open else "closed", at)
                for bed, ward, is_open in known
                if bed in units
            ],
        )

    async def _take_stays(self, connection: Any, encounters: Sequence[dict[str, Any]], at: datetime) -> None:
        whereabouts = {one["id"]: found for one in encounters if (found := taking.whereabouts(one)) is not None}
        units = await repository.units(connection, {place for place, *_ in whereabouts.values()})
        before = await repository.open_stays(connection, [one["id"] for one in encounters])
        rows: list[StayRow] = []
        changes: list[Change] = []
        for encounter, (place, admitted_at, ended_at, is_here) in whereabouts.items():
            unit, is_bed, is_ward = units.get(place, ("", False, False))
            bed = place if is_bed else None
            was = before.get(encounter)
            if was is not None and (not is_here or was.ward != unit or was.bed != bed):
                if not is_here or was.ward != unit:
                    rows.append(was._replace(left_at=at if is_here else ended_at or at))
                if was.bed:
                    changes.append(Change("bed", was.bed, was.ward, "free", at))
            if is_ward and (is_here or (was is None and ended_at is not None)):
                began = admitted_at or at
                first = was.seen_at if was and was.ward == unit else (began if not is_here else at)
                rows.append(StayRow(encounter, unit, bed, began, first, None if is_here else ended_at))
                if is_here and bed:
                    changes.append(Change("bed", bed, unit, "occupied", at))
        if rows:
            await repository.put_stays(connection, list({(one.encounter, one.ward): one for one in rows}.values()))
        beds = {one.id: one for one in sorted(changes, key=lambda one: one.state == "occupied")}
        await self.apply(connection, list(beds.values()))  # one may leave a bed and another come into it at once
