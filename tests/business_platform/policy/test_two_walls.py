"""The filter and row-level security, each by itself, held against what Cedar says of every row."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from expectation import expected
from hospitals import SITUATIONS, id_in, people
from specimens import can_be_in_a_record
from test_matrix import TYPES, open_to
from web_process import Process

from xinglin.business_platform.access.policy.category import category_of
from xinglin.business_platform.access.policy.facts import FACTS
from xinglin.business_platform.access.policy.wall.migrations import wall_0001_records as wall
from xinglin.data_platform.search import resource, seeing
from xinglin.foundation.database import Database, DatabaseSettings, Session, open_database, session

Rows = set[tuple[str, str]]


@pytest.fixture(scope="module")
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    pool = await open_database(database_settings, role="test")
    yield pool
    await pool.close()


def specimens() -> Rows:
    return {
        (type_, id_in(situation, type_))
        for type_ in TYPES
        for situation in SITUATIONS
        if (situation == "nobody") is not can_be_in_a_record(type_)
    }


async def behind_the_wall(hospitals: Process, database: Database, role: str, table: str = "resource") -> Rows:
    """What ``role`` reads in plain SQL, with nothing but row-level security before it."""
    sees = await hospitals.policies.sees(people()[role])
    with session(sees.session):
        async with database.connection() as connection:
            rows = await connection.fetch(f"SELECT type, id FROM {table}")
    return {(row["type"], row["id"]) for row in rows} & specimens()


async def through_the_filter(hospitals: Process, database: Database, role: str) -> Rows:
    """What the filter alone leaves, row-level security taken out of the way."""
    sees = await hospitals.policies.sees(people()[role])
    whole = Session(reading=sees.session.writing)
    with session(whole), seeing(sees.sight):
        async with database.connection() as connection:
            rows = await connection.fetch(f"SELECT type, id FROM {resource('r')}")
    return {(row["type"], row["id"]) for row in rows} & specimens()


def opened(role: str) -> Rows:
    return {(place.partition("/")[0], place.partition("/")[2]) for type_ in TYPES for place in open_to(role, type_)}


async def test_the_filter_alone_leaves_what_the_table_says(hospitals: Process, database: Database, role: str) -> None:
    assert await through_the_filter(hospitals, database, role) == opened(role)


WALL = {
    "patient": {"own": None, "nobody": "open"},
    "physician": {"treated": None, "ward": None, "glass": None, "named": None, "nobody": "open"},
    "nurse": {"ward": None, "glass": None, "nobody": "open"},
}
"""By role what the wall opens in each situation: None is all but proof. The wall is coarser than the rules are, and
knows roles with a relation to the patient, desks, and nothing else."""


async def test_the_wall_alone_keeps_closed_what_no_relation_opens(
    hospitals: Process, database: Database, role: str
) -> None:
    found = await behind_the_wall(hospitals, database, role)
    assert found >= opened(role), "the wall hides what the rules open"
    by_situation = {
        situation: {(type_, id_) for type_, id_ in found if id_in(situation, type_) == id_} for situation in SITUATIONS
    }
    whole = role in ("medical_director", "integration")
    for situation in SITUATIONS:
        categories = {category_of(type_) for type_, _ in by_situation[situation]}
        if whole:
            assert bool(categories) is (situation != "far")
        elif role in WALL and situation in WALL[role]:
            assert categories and "proof" not in categories
        elif not whole:
            assert categories <= expected()[role, situation], (role, situation, categories)


async def test_versions_that_were_are_behind_the_same_wall(hospitals: Process, database: Database, role: str) -> None:
    ask = hospitals.caller(people()["integration"])
    found = (await ask("GET", f"/fhir/Observation/{id_in('other', 'Observation')}")).json
    found["status"] = "amended" if found["status"] != "amended" else "final"
    assert (await ask("PUT", f"/fhir/Observation/{found['id']}", found)).status == 200
    seen = await behind_the_wall(hospitals, database, role, "resource_history")
    assert (("Observation", found["id"]) in seen) is (("Observation", found["id"]) in opened(role))


async def test_cedar_decides_for_every_row_what_the_filter_lets_through(
    hospitals: Process, database: Database, role: str
) -> None:
    """The facts of each row are found by another way than the filter's, and Cedar is asked about each of them."""
    principal, law = people()[role], await hospitals.policies.law()
    through = await through_the_filter(hospitals, database, role)
    for situation in SITUATIONS:
        if situation == "far":
            continue
        facts = _facts_of(role, situation)
        types = [type_ for type_ in TYPES if (situation == "nobody") is not can_be_in_a_record(type_)]
        asked = [{"category": category_of(type_), **facts} for type_ in types]
        decisions = law.of_records(principal.roles, "see", asked, principal.purpose)
        for type_, decision in zip(types, decisions, strict=True):
            assert decision.allowed is ((type_, id_in(situation, type_)) in through), (role, situation, type_)


def _facts_of(role: str, situation: str) -> dict[str, bool]:
    """What people would say of the situation, told by its name."""
    in_ward = situation in ("ward", "consent", "guarded", "sensitive")
    true = {
        "hasPatient": situation != "nobody",
        "own": role == "patient" and situation == "own",
        "treating": role == "physician" and situation == "treated",
        "department": role in ("physician", "nurse") and in_ward,
        "permitted": role == "physician" and situation == "named",
        "emergency": role in ("physician", "nurse") and situation == "glass",
        "sensitive": situation == "sensitive",
        "guarded": situation == "guarded",
        "denied": situation == "consent",
    }
    return {fact: true[fact] for fact in FACTS}


@pytest.mark.parametrize("policy", sorted(wall.PERMISSIVE))
async def test_taking_away_what_the_wall_opens_is_noticed(
    hospitals: Process, database: Database, database_settings: DatabaseSettings, policy: str
) -> None:
    """Each policy that opens something is needed: without it some role no longer reads what it may."""
    async with without(database_settings, policy, "false"):
        found = [role for role in people() if not await behind_the_wall(hospitals, database, role) >= opened(role)]
    assert found, f"no answer changes when '{policy}' is gone"


@pytest.mark.parametrize("policy", sorted(wall.RESTRICTIVE))
async def test_taking_away_what_the_wall_closes_is_noticed(
    hospitals: Process, database: Database, database_settings: DatabaseSettings, policy: str
) -> None:
    """Each policy that closes something is needed: without it some role reads more in plain SQL."""
    before = {role: await behind_the_wall(hospitals, database, role) for role in people()}
    async with without(database_settings, policy, "true"):
        more = [role for role in people() if await behind_the_wall(hospitals, database, role) > before[role]]
    assert more, f"no answer changes when '{policy}' is gone"


class without:  # noqa: N801 - reads as a phrase: "async with without(...)"
    """The wall with one policy made to say nothing, until the block ends."""

    def __init__(self, settings: DatabaseSettings, policy: str, condition: str) -> None:
        self._settings = settings
        self._policy = policy
        self._condition = condition

    async def __aenter__(self) -> None:
        await self._put(self._condition)

    async def __aexit__(self, *_: object) -> None:
        await self._put({**wall.PERMISSIVE, **wall.RESTRICTIVE}[self._policy])

    async def _put(self, condition: str) -> None:
        owner = await asyncpg.connect(self._settings.owner_url)
        for table in ("resource", "resource_history"):
            await owner.execute(f"ALTER POLICY {self._policy} ON {table} USING ({wall.unweighed(condition)})")
        await owner.close()
