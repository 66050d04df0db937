"""How many statements a request costs, whatever its size."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from xinglin.foundation.database import Connection, Database

_OF_THE_DRIVER = ("pg_advisory_unlock_all", "nextval", "typname", "current_setting('jit')")


@asynccontextmanager
async def counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Every statement that is sent through ``database`` meanwhile."""
    seen: list[str] = []
    open_transaction = Database.transaction

    @asynccontextmanager
    async def transaction(self: Database) -> AsyncIterator[Connection]:
        async with open_transaction(self) as connection:
            with connection.query_logger(lambda record: seen.append(record.query)):
                yield connection

    copy = asyncpg.Connection.copy_to_table

    async def copied(self: asyncpg.Connection, table: str, **more: Any) -> str:
        seen.append(f"COPY {table}")
        return await copy(self, table, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "transaction", transaction)
        patched.setattr(asyncpg.Connection, "copy_to_table", copied)
        yield seen
    seen[:] = [one for one in seen if not any(word in one for word in _OF_THE_DRIVER)]


def bundle(type_: str, size: int, *, update: bool) -> dict[str, Any]:
    urn = f"urn:uuid:{uuid.uuid4()}"
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": urn,
            "resource": {"resourceType": "Patient", "name": [{"family": "张"}]},
            "request": {"method": "POST", "url": "Patient"},
        }
    ]
    for _ in range(size - 1):
        id_ = str(uuid.uuid4())
        request = {"method": "PUT", "url": f"Observation/{id_}"} if update else {"method": "POST", "url": "Observation"}
        subject = {"reference": urn} if type_ == "transaction" else {"display": "x"}
        resource = {
            "resourceType": "Observation",
            "id": id_,
            "status": "final",
            "code": {"coding": [{"code": "1"}]},
            "subject": subject,
            "valueQuantity": {"value": 1.5},
        }
        entries.append({"resource": resource, "request": request})
    return {"resourceType": "Bundle", "type": type_, "entry": entries}


@pytest.mark.parametrize("type_", ["transaction", "batch"])
@pytest.mark.parametrize("update", [False, True], ids=["creating", "putting"])
async def test_what_a_bundle_costs_in_statements_does_not_grow_with_its_entries(
    fhir: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, type_: str, update: bool
) -> None:
    counts = []
    for size in (5, 50, 150, 500):
        async with counted(database, monkeypatch) as seen:
            answer = await fhir.post("", json=bundle(type_, size, update=update))
        assert answer.status_code == 200
        assert all(entry["response"]["status"] == "201 Created" for entry in answer.json()["entry"])
        counts.append(len(seen))
    to_find = 1 if update else 0
    assert counts[0] == counts[1] == to_find + 1
    assert counts[2] == counts[3] == to_find + 2  # the tokens of many new rows go by COPY


@pytest.mark.parametrize("id_", ["null", "NULL", "1", "-", "a.b-c"])
async def test_an_id_that_means_something_in_a_list_of_the_database_is_kept_as_it_is(
    fhir: httpx.AsyncClient, id_: str
) -> None:
    resource = {"resourceType": "Basic", "id": id_, "code": {"text": 'a "quoted" word, {a} \\ b'}}
    assert (await fhir.put(f"/Basic/{id_}", json=resource)).status_code in (200, 201)
    found = (await fhir.get(f"/Basic/{id_}")).json()
    assert (found["id"], found["code"]) == (id_, resource["code"])
    assert (await fhir.get("/Basic", params={"_id": id_})).json()["total"] == 1
