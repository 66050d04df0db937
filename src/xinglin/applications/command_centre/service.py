"""Keeps the Board in step with the store and answers what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import orjson

from xinglin.foundation.bus import Event, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import events as told
from . import projection, repository
from .model import AbnormalResult, Bed, Board, Stay, Unit, UnitBoard
from .projection import Resource, Resources

ABNORMAL_FOR = timedelta(hours=24)
_KEPT_FOR = timedelta(hours=48)
_TYPES = frozenset({"Location", "Encounter", "Observation", "Patient", "Practitioner"})
_PAGE = "1000"

Reference = tuple[str, str]


class Page(Protocol):
    """A page of a search; ``next`` is the cursor of the page after."""

    next: str | None

    def resources(self) -> list[Resource]: ...


class Facts(Protocol):
    """What the Board needs of the store."""

    async def fetch(self, connection: Any, references: Iterable[Reference], having: str | None = None) -> Resources: ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Page: ...


class BoardKeeper:
    """Who is where since when, and whose results are abnormal: one row per active encounter, in own tables."""

    def __init__(self, database: Database, facts: Facts, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._facts = facts
        self._clock = clock
        self._ids = ids

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Take over the current state of what changed and tell which units that concerns; the same events again
        change nothing.

        Runs a number of statements that does not depend on how many events there are.
        """
        changed = {
            (change["type"], change["id"])
            for event in events
            for change in event.body.get("changes", ())
            if change["type"] in _TYPES
        }
        if not changed:
            return
        await repository.lock(connection)
        people = [id_ for type_, id_ in changed if type_ == "Patient"]
        if people:
            present = await repository.present(connection, people)
            changed -= {("Patient", id_) for id_ in people if id_ not in present}
        results = {one for one in changed if one[0] == "Observation"}
        found = await self._facts.fetch(connection, sorted(changed - results))
        flagged = await self._facts.fetch(connection, sorted(results), having="interpretation")
        units = await repository.units_of(connection, changed)
        await self._project(connection, changed, {**found, **flagged})
        units |= await repository.units_of(connection, changed)
        await append(connection, told.board_changed(self._ids, units, self._clock.now()))

    async def rebuild(self) -> None:
        """Build the projection anew from the store, a page at a time; it may be watched meanwhile."""
        async with self._database.transaction() as connection:
            await repository.lock(connection)
            await repository.clear(connection)
        recently = (self._clock.now() - ABNORMAL_FOR).isoformat(timespec="seconds")
        await self._take_over("Location", [])
        await self._take_over("Encounter", [("status", ",".join(projection.ACTIVE))])
        await self._take_over("Observation", [("date", f"ge{recently}")])
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await repository.mark_built(connection, now)
            units = {row["id"] for row in await repository.units(connection, now - ABNORMAL_FOR)}
            await append(connection, told.board_changed(self._ids, units, now))

    async def build_once(self) -> None:
        """Rebuild where the projection was never built, for instance after an upgrade brought this room."""
        async with self._database.connection() as connection:
            built = await repository.is_built(connection)
        if not built:
            await self.rebuild()

    async def overview(self) -> Board:
        """Every unit with its counts."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            rows = await repository.units(connection, now - ABNORMAL_FOR)
        return Board(as_of=now, units=[Unit(**row) for row in rows])

    async def unit(self, unit_id: str) -> UnitBoard:
        """One unit with everybody in it. Raises NOT_FOUND for an id that no unit has."""
        now = self._clock.now()
        since = now - ABNORMAL_FOR
        async with self._database.connection() as connection:
            units = await repository.units(connection, since, unit_id)
            rows = await repository.occupants(connection, unit_id, since)
        if not units:
            raise XinglinError(
                Category.NOT_FOUND, f"There is no unit {unit_id} on the board.", f"看板上没有病区 {unit_id}。"
            )
        return UnitBoard(
            as_of=now,
            unit=Unit(**units[0]),
            stays=[_stay(row) for row in rows if row["encounter_id"] is not None],
            empty_beds=[Bed(name=row["bed"], name_en=row["bed_en"]) for row in rows if row["encounter_id"] is None],
        )

    async def _take_over(self, type_: str, criteria: list[tuple[str, str]]) -> None:
        cursor: str | None = ""
        while cursor is not None:
            async with self._database.transaction() as connection:
                await repository.lock(connection)
                after = [("_cursor", cursor)] if cursor else []
                page = await self._facts.search(connection, type_, [*criteria, ("_count", _PAGE), *after])
                found = {(type_, resource["id"]): resource for resource in page.resources()}
                await self._project(connection, set(found), found)
                cursor = page.next

    async def _project(self, connection: Any, changed: set[Reference], found: Resources) -> None:
        """Write the rows of ``changed``; those that are not in ``found`` are gone."""
        of = {
            type_: [found.get((type_, id_), id_) for kind, id_ in sorted(changed) if kind == type_] for type_ in _TYPES
        }
        if of["Location"]:
            await self._project_places(connection, of["Location"])
        if of["Encounter"]:
            await self._project_stays(connection, of["Encounter"], found)
        if of["Observation"]:
            await self._project_results(connection, of["Observation"])
        people = [one for one in of["Patient"] if isinstance(one, dict)]
        if people:
            rows = [
                (one["id"], projection.person_name(one), one.get("gender", "unknown"), one.get("birthDate"))
                for one in people
            ]
            await repository.rename_people(connection, rows)
        staff = [one for one in of["Practitioner"] if isinstance(one, dict)]
        if staff:
            await repository.rename_staff(connection, [(one["id"], projection.person_name(one)) for one in staff])

    async def _project_places(self, connection: Any, locations: Sequence[Resource | str]) -> None:
        kept = [one for one in locations if isinstance(one, dict)]
        gone = [one for one in locations if isinstance(one, str)]
        await repository.put_places(connection, [projection.place(one) for one in kept], gone)

    async def _project_stays(self, connection: Any, encounters: Sequence[Resource | str], found: Resources) -> None:
        active = [one for one in encounters if isinstance(one, dict) and projection.is_active(one)]
        ids = {one["id"] for one in active}
        gone = [id_ for one in encounters if (id_ := one if isinstance(one, str) else one["id"]) not in ids]
        asked = {
            (type_, id_)
            for one in active
            for type_, id_ in (
                ("Patient", projection.referred(one["subject"], "Patient")),
                ("Practitioner", projection.attending_of(one)),
            )
            if id_ is not None
        }
        others = {**found, **await self._facts.fetch(connection, sorted(asked - set(found)))}
        now = self._clock.now()
        await repository.put_stays(connection, [projection.stay(one, others, now) for one in active], gone)

    async def _project_results(self, connection: Any, observations: Sequence[Resource | str]) -> None:
        now = self._clock.now()
        rows = []
        gone = []
        for one in observations:
            row = projection.abnormal(one, now) if isinstance(one, dict) else None
            if row is not None and row.observed_at > now - _KEPT_FOR:
                rows.append(row)
            else:
                gone.append(one if isinstance(one, str) else one["id"])
        await repository.put_results(connection, rows, gone, now - _KEPT_FOR)


def _stay(row: Any) -> Stay:
    shown = {key: value for key, value in row.items() if key != "abnormal"}
    findings = orjson.loads(row["abnormal"]) if row["abnormal"] else []
    return Stay(**shown, abnormal=[AbnormalResult(**finding) for finding in findings])
