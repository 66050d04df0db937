"""One batch of messages: read, look up everything at once, map in order, write everything at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from xinglin.data_platform.store import Cause, Store, Written
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.ids import Ids

from . import events, repository
from .failure import Refused, Unmappable
from .mapping import Happening, Key, Reading, Reference, Workspace, keys_of, references_of, replaced_by, understand
from .model import Outcome, Waiting
from .settings import Hl7v2Settings
from .syntax import Charset, charset_named, parse

_REMEMBERED_MAX = 200_000
_BREATH_MESSAGES = 8
_UTF_8 = Charset("UNICODE UTF-8", "utf-8")

log = structlog.get_logger("hl7v2.consumer")


class Remembered:
    """Ids of identifiers that the store is known to have; they never change, so that a process may keep
    them. The oldest half goes when there are too many."""

    def __init__(self) -> None:
        self.ids: dict[Key, str] = {}

    def add(self, found: dict[Key, str]) -> None:
        self.ids.update(found)
        if len(self.ids) > _REMEMBERED_MAX:
            self.ids = dict(list(self.ids.items())[_REMEMBERED_MAX // 2 :])


@dataclass(slots=True)
class _Work:
    """A message of the batch, what it says, and why it cannot be mapped if it cannot."""

    message: Waiting
    reading: Reading | None = None
    keys: set[Key] = field(default_factory=set)
    failure: Unmappable | None = None


class Batch:
    """A batch is used once; ``remember`` only after its transaction has committed."""

    def __init__(self, store: Store, settings: Hl7v2Settings, clock: Clock, ids: Ids, remembered: Remembered) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._remembered = remembered
        self._workspace = Workspace(settings)
        self._work: list[_Work] = []
        self._after: Batch | None = None
        self.versions: dict[Reference, int] = {}
        """What this batch wrote, once it has."""

    @property
    def messages(self) -> list[Waiting]:
        return [work.message for work in self._work]

    async def prepare(self, connection: Any, messages: Sequence[Waiting], after: Batch | None) -> None:
        """Map ``messages``; writes nothing. They see what ``after`` will have written, which must be in the
        database before this batch is."""
        for place, message in enumerate(messages):
            self._work.append(self._read(message))
            if place % _BREATH_MESSAGES == 0:
                await asyncio.sleep(0)
        await self._look_up(connection)
        if after is not None:
            self._workspace.rest_on(after._workspace)
            self._after = after
        for place, work in enumerate(self._work):
            self._map(work)
            if place % _BREATH_MESSAGES == 0:
                await asyncio.sleep(0)

    def remember(self) -> None:
        """Keep the ids of what the store now has."""
        workspace = self._workspace
        found: dict[Key, str] = {}
        for work in self._work:
            for key in work.keys:
                id_ = workspace.ids.get(key)
                if (
                    id_
                    and key not in self._remembered.ids
                    and (key in workspace.known or (key[0], id_) in workspace.current)
                ):
                    found[key] = id_
        self._remembered.add(found)

    def _read(self, message: Waiting) -> _Work:
        work = _Work(message)
        try:
            charset = charset_named(message.charset) or _UTF_8
            parsed = parse(message.raw.decode(charset.codec), charset)
            work.reading = Reading(parsed, self._workspace, self._clock.now())
            work.keys = keys_of(work.reading)
        except Unmappable as failure:
            work.failure = failure
        except (Refused, UnicodeDecodeError) as error:
            work.failure = Unmappable(f"cannot be read: {error}", f"无法读取：{error}")
        return work

    async def _look_up(self, connection: Any) -> None:
        workspace, remembered = self._workspace, self._remembered.ids
        keys = set().union(*(work.keys for work in self._work))
        for key in keys:
            id_ = remembered.get(key)
            if id_ is not None:
                workspace.ids[key] = id_
                workspace.known.add(key)
        found = await self._store.find(connection, [key for key in keys if key not in workspace.known])
        workspace.ids.update(found)
        workspace.known.update(found)
        asked: set[Reference] = set()
        for work in self._work:
            if work.failure is None and work.reading is not None:
                try:
                    asked |= references_of(work.reading, work.keys)
                except Unmappable as failure:
                    work.failure = failure
        subjects = set(asked)
        while asked:
            fetched = await self._store.fetch(connection, asked)
            workspace.looked_up(asked, fetched)
            asked = {("Patient", id_) for id_ in map(replaced_by, fetched.values()) if id_} - subjects
            subjects |= asked
        workspace.told_at.update(await repository.told_at(connection, [f"{type_}/{id_}" for type_, id_ in subjects]))

    def _map(self, work: _Work) -> None:
        reading = work.reading
        if work.failure is not None or reading is None:
            return
        try:
            understand(reading)
        except Unmappable as failure:
            work.failure = failure
        except Exception as error:
            log.exception("a message broke the mapping", message=work.message.id)
            name = type(error).__name__
            work.failure = Unmappable(f"the mapping failed ({name}); see the log", f"映射失败（{name}），详见日志")
        else:
            reading.settle()

    def _expected(self) -> dict[Reference, int]:
        """The versions this batch rests on; lets the batch before go, which by now is written."""
        earlier, self._after = self._after, None
        return self._workspace.rests_on(earlier.versions if earlier else {})

    async def write(self, connection: Any) -> list[Outcome]:
        """Give the messages their effect in the caller's transaction; returns what became of each."""
        good = [work for work in self._work if work.failure is None and work.reading is not None]
        drafts = [draft for work in good if work.reading for draft in work.reading.writes]
        written = await self._store.put_all(connection, drafts, Cause("hl7v2"), self._expected()) if drafts else []
        self.versions = {(one.type, one.id): one.version for one in written}
        outcomes, happenings, place = [], [], 0
        for work in self._work:
            reading = work.reading
            if work.failure is not None or reading is None:
                outcomes.append(_dead(work))
                continue
            own = written[place : place + len(reading.writes)]
            place += len(reading.writes)
            outcomes.append(_done(work, reading, own))
            if any(one.status != "unchanged" for one in own):
                happenings += [(work.message.id, happening) for happening in reading.happenings]
        await self._note(connection, outcomes, happenings, [work.reading for work in good if work.reading])
        return outcomes

    async def _note(
        self,
        connection: Any,
        outcomes: list[Outcome],
        happenings: list[tuple[int, Happening]],
        readings: list[Reading],
    ) -> None:
        now = self._clock.now()
        told = {subject: self._workspace.told_at[subject] for reading in readings for subject in reading.told}
        await repository.note_told_at(connection, told)
        await repository.finish(connection, outcomes, now)
        done = [outcome.id for outcome in outcomes if outcome.state == "processed"]
        dead = [outcome.id for outcome in outcomes if outcome.state == "dead"]
        await append(
            connection,
            [
                *events.clinical(self._ids, happenings),
                *events.processed(self._ids, done, now),
                *events.dead_lettered(self._ids, dead, now),
            ],
        )


def _dead(work: _Work) -> Outcome:
    failure = work.failure or Unmappable("cannot be read", "无法读取")
    shown = work.reading.patient_shown if work.reading else None
    return Outcome(work.message.id, "dead", failure.english, failure.chinese, shown, None)


def _done(work: _Work, reading: Reading, written: Sequence[Written]) -> Outcome:
    """The outcome with what was produced, as arrays ``[type, id, version, status]`` to keep rows small."""
    produced = [[one.type, one.id, one.version, one.status] for one in written]
    wrote = {(one.type, one.id) for one in written}
    for type_, id_ in reading.confirmed:
        if (type_, id_) not in wrote:
            version = (reading.workspace.current.get((type_, id_)) or {}).get("meta", {}).get("versionId")
            produced.append([type_, id_, int(version) if version else None, "unchanged"])
    return Outcome(work.message.id, "processed", None, None, reading.patient_shown, orjson.dumps(produced))
