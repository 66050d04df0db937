"""The store as other rooms use it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import orjson
import pytest

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

CAUSE = Cause(agent="test", correlation_id="message-1")
MRN = "https://xinglin.health/id/patient"


def patient(**more: Any) -> dict[str, Any]:
    id_ = str(uuid.uuid4())
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": MRN, "value": id_}],
        "name": [{"family": "张", "given": ["伟"]}],
        **more,
    }


def observation(of: dict[str, Any], value: float | Decimal = 5.4) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": str(uuid.uuid4()),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
        "subject": {"reference": f"Patient/{of['id']}"},
        "effectiveDateTime": "2026-11-22T08:00:00+08:00",
        "valueQuantity": {"value": value, "unit": "mmol/L"},
    }


async def put(database: Database, store: Store, *resources: dict[str, Any]) -> list[tuple[str, int]]:
    async with database.transaction() as connection:
        written = await store.put_all(connection, resources, CAUSE)
    return [(one.status, one.version) for one in written]


async def events_of(database: Database, key: str) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT body FROM event WHERE ordering_key = $1 ORDER BY position", key)
    return [orjson.loads(row["body"]) for row in rows]


async def test_what_is_put_is_read_back_with_its_version(database: Database, store: Store) -> None:
    person = patient()
    assert await put(database, store, person) == [("created", 1)]
    async with database.connection() as connection:
        found = await store.read(connection, "Patient", person["id"])
    meta = found.pop("meta")
    assert found == person
    assert meta["versionId"] == "1" and meta["lastUpdated"].endswith("Z")


async def test_the_same_content_again_changes_nothing(database: Database, store: Store) -> None:
    person = patient()
    await put(database, store, person)
    assert await put(database, store, person) == [("unchanged", 1)]
    async with database.connection() as connection:
        read = await store.read(connection, "Patient", person["id"])
    assert await put(database, store, read) == [("unchanged", 1)]
    assert len(await events_of(database, f"Patient/{person['id']}")) == 1


async def test_one_resource_several_times_in_a_batch_becomes_its_versions_in_order(
    database: Database, store: Store
) -> None:
    person = patient()
    moved = {**person, "active": True}
    assert await put(database, store, person, moved, moved, {**person, "active": False}) == [
        ("created", 1),
        ("updated", 2),
        ("unchanged", 2),
        ("updated", 3),
    ]
    async with database.connection() as connection:
        assert (await store.read(connection, "Patient", person["id"]))["active"] is False
        kept = await connection.fetch(
            "SELECT version FROM resource_history WHERE id = $1 ORDER BY version", person["id"]
        )
    assert [row["version"] for row in kept] == [1, 2]


async def test_a_patient_and_their_results_are_one_event(database: Database, store: Store) -> None:
    person = patient()
    first, second = observation(person), observation(person, 6.1)
    await put(database, store, person, first, second)
    (event,) = await events_of(database, f"Patient/{person['id']}")
    assert event["changes"] == [
        {"type": "Patient", "id": person["id"], "version": 1, "status": "created"},
        {"type": "Observation", "id": first["id"], "version": 1, "status": "created"},
        {"type": "Observation", "id": second["id"], "version": 1, "status": "created"},
    ]


async def test_identifiers_are_found_and_unknown_ones_left_out(database: Database, store: Store) -> None:
    person = patient()
    await put(database, store, person)
    known, unknown = ("Patient", MRN, person["id"]), ("Patient", MRN, "nobody")
    async with database.connection() as connection:
        assert await store.find(connection, [known, unknown]) == {known: person["id"]}
        found = await store.fetch(connection, [("Patient", person["id"]), ("Patient", "nobody")])
    assert found["Patient", person["id"]]["name"] == person["name"]
    assert len(found) == 1


async def test_a_decimal_keeps_its_digits_and_other_digits_are_another_content(
    database: Database, store: Store
) -> None:
    person = patient()
    exact = observation(person, Decimal("5.10"))
    await put(database, store, person, exact)
    assert await put(database, store, exact) == [("unchanged", 1)]
    async with database.connection() as connection:
        read = await store.read(connection, "Observation", exact["id"])
    assert str(read["valueQuantity"]["value"]) == "5.10"
    moved = {**read, "subject": {"reference": "Patient/another"}}
    assert await put(database, store, moved, {**moved, "valueQuantity": {"value": 5.1, "unit": "mmol/L"}}) == [
        ("updated", 2),
        ("updated", 3),
    ]
    with pytest.raises(XinglinError, match="valueQuantity"):
        await put(database, store, observation(person, Decimal("NaN")))


async def test_what_rests_on_another_version_than_the_current_one_is_not_written(
    database: Database, store: Store
) -> None:
    person, other = patient(), patient()
    place, elsewhere = ("Patient", person["id"]), ("Patient", other["id"])
    async with database.transaction() as connection:
        await store.put_all(connection, [person, {**person, "active": True}], CAUSE, {place: 0})
    for expected in ({place: 1}, {place: 0}, {place: 2, elsewhere: 1}):
        with pytest.raises(XinglinError) as refused:
            async with database.transaction() as connection:
                await store.put_all(connection, [{**person, "active": False}, other], CAUSE, expected)
        assert refused.value.category is Category.PRECONDITION
    async with database.transaction() as connection:
        written = await store.put_all(connection, [{**person, "active": False}, other], CAUSE, {place: 2, elsewhere: 0})
    assert [(one.status, one.version) for one in written] == [("updated", 3), ("created", 1)]


async def test_a_bad_resource_is_named_and_nothing_of_its_batch_is_written(database: Database, store: Store) -> None:
    person = patient()
    with pytest.raises(XinglinError) as refused:
        await put(database, store, person, {**observation(person), "status": "perhaps"})
    assert refused.value.category is Category.INVALID
    assert refused.value.expression == "Observation.status"
    assert refused.value.english.startswith("resource 1: Observation.status")
    async with database.connection() as connection:
        with pytest.raises(XinglinError) as absent:
            await store.read(connection, "Patient", person["id"])
    assert absent.value.category is Category.NOT_FOUND
