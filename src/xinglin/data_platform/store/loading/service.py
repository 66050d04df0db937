"""A load from its files to its end: portions dealt to processes, finished files noted, refusals written down."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from xinglin.foundation.database import Database, open_database
from xinglin.foundation.errors import XinglinError

from . import repository
from .model import Outcome, Portion, Refusal, Tally
from .source import Limits, Source, find
from .worker import Target, Worker

_TELL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is. ``seconds_left`` is None until it can be told."""

    tally: Tally
    per_second: float
    share: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a load. ``skipped`` files had been loaded before; ``taken_now`` resources were written by this
    run. ``refusals`` is the file that lists what was refused, None where nothing was."""

    files: int
    skipped: int
    tally: Tally
    taken_now: int
    seconds: float
    refusals: Path | None


@dataclass(slots=True)
class _Open:
    """A file of which portions are being loaded."""

    source: Source
    under_way: int = 0
    is_read: bool = False
    waits: bool = False
    damage: XinglinError | None = None


class Loader:
    """One load into a node that runs. ``refusals`` names the file that lists what is refused."""

    def __init__(
        self, target: Target, refusals: Path, on_progress: Callable[[Progress], None], processes: int | None = None
    ) -> None:
        self._target = target
        self._limits = Limits(target.store.max_resource_bytes, target.store.max_bundle_bytes)
        self._refusals = refusals
        self._on_progress = on_progress
        self._processes = processes or max(2, os.cpu_count() or 2)
        self._workers: list[Worker] = []
        self._began = time.monotonic()
        self._tally, self._now = Tally(), Tally()
        self._total_bytes = self._passed_bytes = self._skipped_bytes = self._skipped_files = 0
        self._reading: Source | None = None
        self._seen: dict[bytes, tuple[Path, XinglinError | None]] = {}

    async def load(self, paths: Sequence[Path]) -> Summary:
        """Load every file in ``paths``. What was loaded before is skipped; of a load that was stopped, what it had
        committed is. Documents that refer to what is not there yet are tried again after the others.

        Raises INVALID where there is nothing to load; UNAVAILABLE or STORAGE_FULL where the database cannot take
        it: start again then, and it goes on where it was.
        """
        files = find(paths)
        self._total_bytes = sum(file.stat().st_size for file in files)
        database = await open_database(self._target.database, role="loader")
        telling = asyncio.create_task(self._tell())
        try:
            waiting = await self._pass(database, files, is_last_try=False)
            while waiting:
                before = self._now.taken
                waiting = await self._pass(database, waiting, is_last_try=False)
                if waiting and self._now.taken == before:
                    waiting = await self._pass(database, waiting, is_last_try=True)
            listed = await self._list_refusals(database)
        finally:
            telling.cancel()
            for worker in self._workers:
                await asyncio.to_thread(worker.stop)
            await database.close()
        self._on_progress(self._progress())
        seconds = time.monotonic() - self._began
        return Summary(len(files), self._skipped_files, self._tally, self._now.taken, seconds, listed)

    async def _pass(self, database: Database, files: Sequence[Path], *, is_last_try: bool) -> list[Path]:
        """Load ``files``, and return those that wait for others."""
        waiting: list[Path] = []
        queue: asyncio.Queue[tuple[_Open, Portion] | None] = asyncio.Queue(1)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._deal(database, files, queue, waiting))
                for place in range(self._processes):
                    group.create_task(self._serve(database, place, queue, waiting, is_last_try))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return waiting

    async def _deal(
        self,
        database: Database,
        files: Sequence[Path],
        queue: asyncio.Queue[tuple[_Open, Portion] | None],
        waiting: list[Path],
    ) -> None:
        for path in files:
            source = await asyncio.to_thread(Source, path, self._limits)
            if await self._was_loaded(database, source):
                continue
            file = _Open(source)
            self._reading = source
            async with database.connection() as connection:
                done = await repository.done(connection, source.digest)
            try:
                for portion in source.portions():
                    known = done.get((portion.low_byte, portion.high_byte))
                    if known is None:
                        file.under_way += 1
                        await queue.put((file, portion))
                    else:
                        self._tally += known
            except XinglinError as error:
                file.damage = error
            file.is_read = True
            await self._close(database, file, waiting)
        for _ in range(self._processes):
            await queue.put(None)

    async def _was_loaded(self, database: Database, source: Source) -> bool:
        if source.digest in self._seen and self._seen[source.digest][0] != source.path:
            known: Tally | None = Tally()  # a copy of another file of this load
        else:
            async with database.connection() as connection:
                known = await repository.finished(connection, source.digest)
            self._seen[source.digest] = source.path, None
        if known is None:
            return False
        self._tally += known
        self._skipped_files += 1
        self._skipped_bytes += source.size_bytes
        return True

    async def _serve(
        self,
        database: Database,
        place: int,
        queue: asyncio.Queue[tuple[_Open, Portion] | None],
        waiting: list[Path],
        is_last_try: bool,
    ) -> None:
        while (dealt := await queue.get()) is not None:
            file, portion = dealt
            while place >= len(self._workers):
                self._workers.append(Worker(self._target))
            outcome = await self._workers[place].load(replace(portion, is_last_try=is_last_try))
            self._count(file, outcome)
            await self._close(database, file, waiting)

    def _count(self, file: _Open, outcome: Outcome) -> None:
        file.under_way -= 1
        file.waits = file.waits or outcome.waits
        self._tally += outcome.tally
        if not outcome.was_done:
            self._now += outcome.tally

    async def _close(self, database: Database, file: _Open, waiting: list[Path]) -> None:
        """Note that a file is loaded, once all of it is. One that is damaged is not: mended, it is another file,
        and as it is it shall be told of again."""
        if not file.is_read or file.under_way:
            return
        if file.waits:
            waiting.append(file.source.path)
            return
        self._passed_bytes += file.source.size_bytes
        if file.damage is not None:
            self._seen[file.source.digest] = file.source.path, file.damage
            self._tally += Tally(refused=1)
            return
        async with database.transaction() as connection:
            await repository.finish(connection, file.source.digest, file.source.path.name)

    async def _list_refusals(self, database: Database) -> Path | None:
        """Write what was refused of this load's files, now or before, a line each; the file with it."""
        if not self._tally.refused:
            with suppress(FileNotFoundError):
                self._refusals.unlink()
            return None
        fresh = self._refusals.with_suffix(".new")
        with fresh.open("wb") as file:
            for digest, (path, damage) in self._seen.items():
                async with database.transaction() as connection:
                    async for one in repository.refusals(connection, digest):
                        file.write(_listed(path, one))
                if damage is not None:
                    file.write(_listed(path, Refusal.of(damage, 0)))
        fresh.replace(self._refusals)
        return self._refusals

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            self._on_progress(self._progress())

    def _progress(self) -> Progress:
        seconds = max(time.monotonic() - self._began, 1e-9)
        here = self._reading.read_bytes if self._reading else 0
        loaded = min(self._passed_bytes + here, self._total_bytes - self._skipped_bytes)
        share = (self._skipped_bytes + loaded) / self._total_bytes if self._total_bytes else 1.0
        left = self._total_bytes - self._skipped_bytes - loaded
        return Progress(self._tally, self._now.taken / seconds, share, left * seconds / loaded if loaded else None)


def _listed(path: Path, one: Refusal) -> bytes:
    place = {"file": str(path), "line": one.line or None, "entry": one.entry}
    return orjson.dumps({**place, "english": one.english, "chinese": one.chinese}) + b"\n"
