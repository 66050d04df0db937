"""One portion into the store, in one transaction that also notes that it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..model import Cause, Draft, Written
from ..retrying import retrying
from ..service import Store
from ..settings import StoreSettings
from . import repository
from .documents import Documents
from .lines import read
from .model import Outcome, Portion, Refusal, Tally

CAUSE = Cause("loader")
_PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 1.0
_UNHOLDABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)


class Loading:
    """Loads portions. ``base`` is this node's FHIR URL, with which links in Bundles may be written."""

    def __init__(self, database: Database, store: Store, ids: Ids, settings: StoreSettings, base: str) -> None:
        self._database = database
        self._store = store
        self._documents = Documents(store, ids, settings, base)

    async def load(self, portion: Portion) -> Outcome:
        """Write ``portion`` unless it is done. What is refused is noted, and the rest goes on. Waits for two
        minutes where the database is away; raises UNAVAILABLE after that, STORAGE_FULL where its disk is full."""
        if portion.kind == "document":
            try:
                return await self._patiently(lambda: self._document(portion))
            except _Waiting:
                return Outcome(waits=True)
        drafts, refusals = read(portion)
        return await self._patiently(lambda: self._lines(portion, drafts, refusals))

    async def _patiently(self, attempt: Any) -> Outcome:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            try:
                outcome: Outcome = await retrying(attempt)
                return outcome
            except XinglinError as error:
                late = asyncio.get_running_loop().time() > deadline
                if error.category not in (Category.UNAVAILABLE, Category.CONFLICT) or late:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _lines(
        self, portion: Portion, drafts: Sequence[tuple[int, Draft]], refused: Sequence[Refusal]
    ) -> Outcome:
        async with self._database.transaction() as connection:
            if not await repository.begin(connection, portion):
                return await _was_done(connection, portion)
            refusals = list(refused)
            written = await self._write(connection, drafts, refusals)
            created = sum(1 for one in written if one.status == "created")
            tally = Tally(len(written), created, len(refusals))
            await repository.conclude(connection, portion, tally, refusals)
        return Outcome(tally)

    async def _write(
        self, connection: Any, drafts: Sequence[tuple[int, Draft]], refusals: list[Refusal]
    ) -> list[Written]:
        """Write ``drafts``; where PostgreSQL cannot hold a value, or a search parameter collides with another, halves
        are tried until the bad ones stand alone."""
        if not drafts:
            return []
        try:
            async with connection.transaction():
                return await self._store.writer.write(connection, [draft for _, draft in drafts], CAUSE)
        except _UNHOLDABLE as error:
            if len(drafts) == 1:
                refusals.append(_unholdable(drafts[0][0], error))
                return []
        except XinglinError as error:
            if error.category is not Category.UNPROCESSABLE:
                raise
            if len(drafts) == 1:
                refusals.append(Refusal.of(error, drafts[0][0]))
                return []
        half = len(drafts) // 2
        first = await self._write(connection, drafts[:half], refusals)
        return first + await self._write(connection, drafts[half:], refusals)

    async def _document(self, portion: Portion) -> Outcome:
        async with self._database.transaction() as connection:
            if not await repository.begin(connection, portion):
                return await _was_done(connection, portion)
            refusals: list[Refusal] = []
            tally = Tally()
            try:
                async with connection.transaction():
                    tally, refusals = await self._documents.carry_out(connection, portion.text, CAUSE)
            except XinglinError as error:
                if error.category in (Category.UNAVAILABLE, Category.STORAGE_FULL, Category.CONFLICT):
                    raise
                if error.issue_code == "not-found" and not portion.is_last_try:
                    raise _Waiting from error
                refusals = [Refusal.of(error, portion.first_line)]
            except _UNHOLDABLE as error:
                refusals = [_unholdable(portion.first_line, error)]
            tally += Tally(refused=len(refusals))
            await repository.conclude(connection, portion, tally, refusals)
        return Outcome(tally)


class _Waiting(Exception):
    """The transaction is given up: what the document refers to may come later."""


async def _was_done(connection: Any, portion: Portion) -> Outcome:
    known = await repository.done(connection, portion.digest)
    return Outcome(known.get((portion.low_byte, portion.high_byte), Tally()), was_done=True)


def _unholdable(line: int, error: Exception) -> Refusal:
    return Refusal(line, f"the database cannot hold this: {error}", f"数据库无法保存：{error}")
