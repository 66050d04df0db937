"""Reads that arrive together: one statement for all that wait, and nobody is answered with what only another may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from xinglin.data_platform.search import NOTHING, Change, Sight, seeing
from xinglin.data_platform.store import Cause, Store
from xinglin.data_platform.store.gathering import GatheredReads
from xinglin.data_platform.store.model import Version
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

PATIENTS = [f"gathered-{number}" for number in range(8)]


@dataclass
class Counted:
    """A database that counts how often it was opened for reading, and may be away."""

    database: Database
    opened: int = 0
    away: int = 0
    sights: list[Sight | None] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        self.opened += 1
        if self.away:
            self.away -= 1
            raise XinglinError(Category.UNAVAILABLE, "away", "离线")
        async with self.database.connection() as connection:
            yield connection


class OnlyOf:
    """Sees one resource."""

    def __init__(self, id_: str) -> None:
        self.id = id_

    def condition(self, row: str, type_: str | None = None) -> str:
        return f"{row}.id = '{self.id}'"

    async def refusals(self, connection: Any, changes: Any) -> list[XinglinError | None]:
        return [None for _ in cast("list[Change]", changes)]

    async def hidden(self, type_: str, id_: str) -> XinglinError | None:
        return None


@pytest.fixture
async def counted(database: Database, store: Store) -> Counted:
    async with database.transaction() as connection:
        patients = [{"resourceType": "Patient", "id": id_, "name": [{"family": id_}]} for id_ in PATIENTS]
        await store.put_all(connection, patients, Cause("test"))
    return Counted(database)


def reads_of(counted: Counted) -> GatheredReads:
    return GatheredReads(cast(Database, counted))


async def test_reads_that_come_together_are_asked_together_and_each_is_answered_its_own(counted: Counted) -> None:
    reads = reads_of(counted)
    found = await asyncio.gather(*(reads.read("Patient", id_) for id_ in PATIENTS * 3))
    assert [one.id for one in found] == PATIENTS * 3
    assert counted.opened == 1


async def test_what_comes_while_one_is_asked_goes_with_the_next(counted: Counted) -> None:
    reads = reads_of(counted)
    first = asyncio.create_task(reads.read("Patient", PATIENTS[0]))
    while counted.opened == 0:
        await asyncio.sleep(0)
    rest = await asyncio.gather(*(reads.read("Patient", id_) for id_ in PATIENTS[1:]))
    assert [(await first).id, *(one.id for one in rest)] == PATIENTS
    assert counted.opened == 2


async def test_nobody_is_answered_with_what_only_another_may_see(counted: Counted) -> None:
    reads = reads_of(counted)

    async def read_as(sight: Sight | None, id_: str) -> Version | Category:
        with seeing(sight):
            try:
                return await reads.read("Patient", id_)
            except XinglinError as error:
                return error.category

    asked = [(OnlyOf(mine), id_) for mine in PATIENTS for id_ in PATIENTS]
    answers = await asyncio.gather(
        *(read_as(cast(Sight, sight), id_) for sight, id_ in asked),
        *(read_as(NOTHING, id_) for id_ in PATIENTS),
        *(read_as(None, id_) for id_ in PATIENTS),
    )
    for (sight, id_), answer in zip(asked, answers, strict=False):
        assert isinstance(answer, Version) == (sight.id == id_)
        assert answer == Category.NOT_FOUND or cast(Version, answer).id == id_
    assert set(answers[len(asked) : len(asked) + len(PATIENTS)]) == {Category.NOT_FOUND}
    assert all(isinstance(one, Version) for one in answers[-len(PATIENTS) :])


async def test_one_that_is_not_there_or_was_deleted_fails_alone(counted: Counted, fhir: Any) -> None:
    assert (await fhir.delete(f"Patient/{PATIENTS[1]}")).is_success
    reads = reads_of(counted)
    asked = [PATIENTS[0], PATIENTS[1], "never-was", PATIENTS[2]]
    found = await asyncio.gather(*(reads.read("Patient", id_) for id_ in asked), return_exceptions=True)
    told = [one.category if isinstance(one, XinglinError) else cast(Version, one).id for one in found]
    assert told == [PATIENTS[0], Category.GONE, Category.NOT_FOUND, PATIENTS[2]]


async def test_while_the_database_is_away_all_are_told_so_and_the_next_read_is_answered(counted: Counted) -> None:
    reads, counted.away = reads_of(counted), 1
    found = await asyncio.gather(*(reads.read("Patient", id_) for id_ in PATIENTS), return_exceptions=True)
    assert {one.category for one in found if isinstance(one, XinglinError)} == {Category.UNAVAILABLE}
    assert len(found) == len(PATIENTS)
    assert (await reads.read("Patient", PATIENTS[0])).id == PATIENTS[0]


async def test_one_who_leaves_before_the_answer_takes_nothing_from_the_others(counted: Counted) -> None:
    reads = reads_of(counted)
    tasks = [asyncio.create_task(reads.read("Patient", id_)) for id_ in PATIENTS]
    await asyncio.sleep(0)
    tasks[0].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [one.id for one in found[1:] if isinstance(one, Version)] == PATIENTS[1:]
