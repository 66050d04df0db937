"""What the database remembers of a fact within a transaction is the caller's own, and no older than the transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xinglin.business_platform.access.policy import repository
from xinglin.business_platform.access.policy.model import Care
from xinglin.business_platform.access.policy.session import session_of
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal

SOON = datetime.now(UTC) + timedelta(days=1)


def physician(id_: str) -> Any:
    principal = Principal(id_, id_, "user", f"session-{id_}", roles=frozenset({"physician"}), practitioner=id_)
    return session_of(principal, [f"Practitioner/{id_}"])


async def told(connection: Any, patient: str, fact: str) -> bool:
    return (await repository.facts(connection, "Observation", patient, 0))[fact]


@pytest.fixture
async def cared_for(database: Database) -> None:
    care = [Care("Encounter/facts", "facts-1", "Practitioner/li", True, SOON)]
    async with database.transaction() as connection:
        await repository.put_care(connection, ["Encounter/facts"], care)


async def test_one_transaction_may_ask_for_two_people_and_neither_is_taken_for_the_other(
    database: Database, cared_for: None
) -> None:
    async with database.transaction() as connection:
        for who, treats in (("li", True), ("wang", False), ("li", True)):
            await connection.become(physician(who).writing)
            assert await told(connection, "facts-1", "treating") is treats
            assert await told(connection, "facts-1", "treating") is treats  # as it was remembered


async def test_one_patient_is_not_taken_for_another(database: Database, cared_for: None) -> None:
    async with database.transaction() as connection:
        await connection.become(physician("li").writing)
        for patient, treats in (("facts-1", True), ("facts-2", False), ("facts-1", True)):
            assert await told(connection, patient, "treating") is treats


async def test_what_ended_is_told_by_the_next_statement(database: Database, cared_for: None) -> None:
    async with database.connection() as connection:
        await connection.become(physician("li").reading)
        assert await told(connection, "facts-1", "treating")
        async with database.transaction() as other:
            await repository.put_care(other, ["Encounter/facts"], [])
        assert not await told(connection, "facts-1", "treating")
