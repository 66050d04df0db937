"""Turns drafts into rows: versions, conflicts, index entries and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from xinglin.foundation import bus
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import identified, identified_value, instant, parse, parse_exactly, same_content
from ..search import NOBODY, Change, Index, Sight, in_use, index, patient_of
from . import repository
from .defining import DEFINING, Defining, refresh
from .model import ANY_VERSION, Cause, Draft, Noticed, Version, Watcher, Written
from .rows import Rows

RESOURCE_CHANGED = "resource.changed"
AT_ONCE = repository.COPY_FROM_ROWS
_CHANGES_PER_EVENT = 2000  # keeps an event well below the bus's limit of 1 MiB


@dataclass(slots=True)
class _Standing:
    """A resource during one write: the newest version so far, and whether its row was there before."""

    key: int
    newest: Version
    in_table: bool
    changed: bool = False
    index: Index | None = None
    patient_before: str | None = None
    marks_before: int = 0


class Writer:
    """Writes batches in the caller's transaction; the number of statements does not depend on their size."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._defining = Defining()
        self._clock = clock
        self._ids = ids
        self._keys: list[int] = []
        self.watchers: dict[str, Watcher] = {}
        """By type, who is told of each write in its transaction."""

    def needs_transaction(self, type_: str) -> bool:
        """Whether more than one statement comes of writing a fresh resource of ``type_``."""
        return type_ == DEFINING or type_ in self.watchers

    async def write(self, connection: Any, drafts: Sequence[Draft], cause: Cause) -> list[Written]:
        """Write ``drafts`` in order and tell the bus, all or nothing. Their shapes must have been checked.

        Raises PRECONDITION where an expected version is not current; CONFLICT where another transaction made
        the same id meanwhile, after which the whole transaction may be tried again.
        """
        results = []
        for result in await self.write_each(connection, drafts, cause):
            if isinstance(result, XinglinError):
                raise result
            results.append(result)
        return results

    async def write_each(self, connection: Any, drafts: Sequence[Draft], cause: Cause) -> list[Written | XinglinError]:
        """As ``write``, but a draft whose expected version is not current is left out and its error returned.

        Fewer than ``AT_ONCE`` drafts that are all ``fresh``, none of them of a type that ``needs_transaction``, are one
        statement, which needs no transaction around it. What rules of access refuse is left out alike.
        """
        standing = await self._stand(connection, drafts)
        await self._provide_keys(connection, len(drafts))
        now, by, alone = self._clock.now(), in_use().revision, not connection.is_in_transaction()
        results: list[Written | XinglinError] = []
        refusals = await self._refusals(connection, drafts, standing)
        rows = Rows()
        for place, draft in enumerate(drafts):
            if place in refusals:
                results.append(refusals[place])
                continue
            try:
                if draft.type == DEFINING:
                    await self._define(connection, draft, standing.get((draft.type, draft.id)))
                results.append(self._apply(draft, standing, now, rows))
            except XinglinError as error:
                results.append(error)
        for one in standing.values():
            _settle(one, rows)
        if not rows.empty:
            written = [one for one in results if isinstance(one, Written)]
            try:
                events = self._events(written, cause, now)
                revision = await repository.write(connection, now, rows, events, by if alone else None)
            except asyncpg.UniqueViolationError as error:
                raise made_meanwhile() from error
            except repository.OtherDefinitions:
                await refresh(connection)
                return await self.write_each(connection, drafts, cause)
            if not alone:
                await self._index_what_is_stale(connection, standing, revision)
            await self._tell_of(connection, drafts, results, standing)
        return results

    async def tell(self, connection: Any, noticed: Sequence[Noticed]) -> None:
        """Tell those who watch the types of what was written."""
        told: dict[Watcher, list[Noticed]] = {}
        for one in noticed:
            if one.type in self.watchers:
                told.setdefault(self.watchers[one.type], []).append(one)
        for watcher, of_its in told.items():
            await watcher(connection, of_its)

    async def _tell_of(
        self,
        connection: Any,
        drafts: Sequence[Draft],
        results: Sequence[Written | XinglinError],
        standing: dict[tuple[str, str], _Standing],
    ) -> None:
        noticed = []
        for draft, result in zip(drafts, results, strict=True):
            if draft.type in self.watchers and isinstance(result, Written) and result.status != "unchanged":
                one = standing[draft.type, draft.id]
                marks = one.index.marks if one.index else 0
                noticed.append(Noticed(draft.type, draft.id, draft.resource, marks, one.marks_before))
        if noticed:
            await self.tell(connection, noticed)

    async def _stand(self, connection: Any, drafts: Sequence[Draft]) -> dict[tuple[str, str], _Standing]:
        asked = sorted({(draft.type, draft.id) for draft in drafts if not draft.fresh})
        if not asked:
            return {}
        locked = await repository.lock(connection, asked)
        return {
            (one.version.type, one.version.id): _Standing(
                one.key, one.version, True, patient_before=one.patient, marks_before=one.marks
            )
            for one in locked
        }

    async def _refusals(
        self, connection: Any, drafts: Sequence[Draft], standing: dict[tuple[str, str], _Standing]
    ) -> dict[int, XinglinError]:
        """What stands against drafts, by their places, by the rules for those who asked for them."""
        asked: dict[Sight, list[int]] = {}
        for place, draft in enumerate(drafts):
            if draft.by is not None:
                asked.setdefault(draft.by, []).append(place)
        found: dict[int, XinglinError] = {}
        for by, places in asked.items():
            changes = [_change(drafts[place], standing.get((drafts[place].type, drafts[place].id))) for place in places]
            refusals = await by.refusals(connection, changes)
            found.update({place: one for place, one in zip(places, refusals, strict=True) if one is not None})
        return found

    async def _provide_keys(self, connection: Any, count: int) -> None:
        while len(self._keys) < count:
            block = await repository.reserve_keys(connection)
            self._keys[:0] = reversed(block)

    async def _index_what_is_stale(
        self, connection: Any, standing: dict[tuple[str, str], _Standing], revision: int
    ) -> None:
        """Make anew the entries that were made by other definitions than those that hold in this transaction."""
        stale = [
            one
            for one in standing.values()
            if one.changed and one.index is not None and one.index.revision != revision and one.newest.content
        ]
        if not stale:
            return
        await refresh(connection)
        rows = Rows()
        for one in stale:
            one.index = index(parse(one.newest.content or b""))
            rows.index_anew(one.key, one.newest, one.index)
        await repository.index_anew(connection, rows)

    async def _define(self, connection: Any, draft: Draft, before: _Standing | None) -> None:
        """Let what ``draft`` says of search parameters hold, before it is written: what is refused then leaves the
        others of its batch alone."""
        _expect(draft, before)
        await self._defining.note(connection, [(draft.id, draft.resource)])

    def _apply(self, draft: Draft, standing: dict[tuple[str, str], _Standing], now: datetime, rows: Rows) -> Written:
        place = (draft.type, draft.id)
        before = standing.get(place)
        _expect(draft, before)
        if before is not None and _unchanged(draft, before.newest):
            return _written(before.newest, "unchanged")
        if before is None and draft.text is None:
            return Written(draft.type, draft.id, 0, "unchanged", now)
        number = before.newest.version + 1 if before else 1
        newest = Version(draft.type, draft.id, number, now, draft.method, _content(draft, number, now))
        was_gone = before is None or before.newest.content is None
        if before is None:
            before = standing[place] = _Standing(self._keys.pop(), newest, False)
        elif before.changed:
            rows.pass_by(before.newest, before.index or Index())
        if draft.resource is None:
            before.index = before.index or index(parse(before.newest.content or b"{}"))
        else:
            is_new = draft.index is not None and draft.index.revision == in_use().revision
            before.index = draft.index if is_new else index(draft.resource)
        before.newest, before.changed = newest, True
        patient = patient_of(draft.type, draft.id, before.index.references if before.index else ())
        return _written(newest, "deleted" if draft.text is None else "created" if was_gone else "updated", patient)

    def _events(
        self,
        written: Sequence[Written],
        cause: Cause,
        now: datetime,
    ) -> list[bus.NewEvent]:
        changes: dict[str, list[dict[str, Any]]] = {}
        for one in written:
            if one.status == "unchanged":
                continue
            changes.setdefault(one.patient or f"{one.type}/{one.id}", []).append(
                {"type": one.type, "id": one.id, "version": one.version, "status": one.status}
            )
        return [
            bus.NewEvent(
                id=self._ids.new(),
                room="store",
                name=RESOURCE_CHANGED,
                key=key,
                occurred_at=now,
                body={"changes": of_key[start : start + _CHANGES_PER_EVENT]},
                causation_id=cause.causation_id,
                correlation_id=cause.correlation_id,
            )
            for key, of_key in changes.items()
            for start in range(0, len(of_key), _CHANGES_PER_EVENT)
        ]


def _change(draft: Draft, before: _Standing | None) -> Change:
    found = draft.index or (index(draft.resource) if draft.resource is not None else None)
    patient_before, marks_before = (before.patient_before, before.marks_before) if before else (None, 0)
    if found is None:
        patient, marks = patient_before or NOBODY, marks_before
    else:
        patient, marks = draft.id if draft.type == "Patient" else found.patient, found.marks
    return Change(draft.type, draft.id, draft.method, patient, marks, patient_before, marks_before)


def _settle(one: _Standing, rows: Rows) -> None:
    """The row that ``one`` ends as. A deleted resource keeps a row that no search can find."""
    if not one.changed:
        return
    found = one.index or Index()
    if one.in_table:
        rows.replace(one.key, one.newest, found)
    else:
        rows.create(one.key, one.newest, found)


def _expect(draft: Draft, before: _Standing | None) -> None:
    wanted = draft.expected_version
    if wanted is None:
        return
    actual = before.newest.version if before else 0
    if draft.by_value and before is not None and before.newest.content is None:
        actual = 0  # a room that found nothing cannot tell a deleted resource from one that never was
    if wanted == ANY_VERSION and before is not None and before.newest.content is not None:
        return
    if wanted == ANY_VERSION:
        raise XinglinError(
            Category.PRECONDITION,
            f"{draft.type}/{draft.id} is not there, and If-Match: * asks that it is",
            f"{draft.type}/{draft.id} 不存在，而 If-Match: * 要求其存在",
        )
    if actual != wanted:
        raise XinglinError(
            Category.PRECONDITION,
            f"{draft.type}/{draft.id} is at version {actual}, not {wanted}; read it again",
            f"{draft.type}/{draft.id} 当前版本为 {actual}，而非 {wanted}，请重新读取",
        )


def _unchanged(draft: Draft, before: Version) -> bool:
    if draft.text is None or before.content is None:
        return draft.text is None and before.content is None
    if _identified(draft, before.version, before.updated) == before.content:
        return True
    return draft.by_value and same_content(parse_exactly(before.content), {**(draft.resource or {}), "id": draft.id})


def _content(draft: Draft, version: int, now: datetime) -> bytes | None:
    return None if draft.text is None else _identified(draft, version, now)


def _identified(draft: Draft, version: int, updated: datetime) -> bytes:
    if draft.by_value and draft.resource is not None:
        return identified_value(draft.resource, draft.text or b"{}", version, instant(updated))
    return identified(draft.text or b"{}", draft.type, draft.id, version, instant(updated))


def _written(version: Version, status: Any, patient: str | None = None) -> Written:
    return Written(version.type, version.id, version.version, status, version.updated, patient)


def made_meanwhile() -> XinglinError:
    return XinglinError(
        Category.CONFLICT,
        "another request made the same resource at this moment; try again",
        "另一请求同时创建了同一资源，请重试",
        retry_after_seconds=1,
    )
