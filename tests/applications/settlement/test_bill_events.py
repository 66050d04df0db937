"""A bill follows what is told on the bus, and reads nothing of people who are not billed here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from till import Till

from heard import heard
from xinglin.applications.settlement.bill import Bills
from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Event
from xinglin.foundation.ids import SystemIds


class ReadingStore(Store):
    """Remembers what was fetched."""

    def __init__(self, till: Till) -> None:
        super().__init__(till.clock, SystemIds())
        self.read_types: list[str] = []

    async def fetch(
        self, connection: Any, references: Iterable[tuple[str, str]], having: str | None = None
    ) -> dict[tuple[str, str], dict[str, Any]]:
        asked = list(references)
        self.read_types += [type_ for type_, _ in asked]
        return await super().fetch(connection, asked, having)


def told(till: Till, patient: str, name: str = "resource.changed", **body: Any) -> Event:
    return heard("store", name, f"Patient/{patient}", till.clock.now(), body)


def changes(*references: str) -> list[dict[str, Any]]:
    named = (reference.partition("/") for reference in references)
    return [{"type": type_, "id": id_, "version": 1, "status": "updated"} for type_, _, id_ in named]


async def hear(till: Till, book: Bills, *events: Event) -> None:
    async with till.payments.working() as connection:
        await book.handle(connection, events)


async def patient_of(till: Till, visit: str) -> str:
    return str((await till.read("Encounter", visit))["subject"]["reference"]).removeprefix("Patient/")


async def lines_of(till: Till, visit: str) -> list[str]:
    return [line.source for one in await till.invoices(visit) for line in one.lines]


async def test_a_test_that_is_ordered_after_the_visit_began_comes_onto_the_bill(till: Till) -> None:
    visit = await till.visit()
    patient = await patient_of(till, visit)
    await hear(till, till.bills, told(till, patient, "encounter.started", encounter=f"Encounter/{visit}"))
    ordered = await till.order_test(visit)
    assert f"ServiceRequest/{ordered}" not in await lines_of(till, visit)
    await hear(till, till.bills, told(till, patient, changes=changes(f"ServiceRequest/{ordered}")))
    assert f"ServiceRequest/{ordered}" in await lines_of(till, visit)


async def test_a_test_that_is_deleted_is_taken_off_the_bill(till: Till) -> None:
    visit = await till.visit()
    patient = await patient_of(till, visit)
    await till.bill(visit)
    ordered = str(uuid.uuid4())
    async with till.payments.working() as connection:
        await connection.execute(
            "UPDATE settlement_invoice SET lines = '[]', total_fen = 0 WHERE encounter = $1", visit
        )
    await hear(till, till.bills, told(till, patient, changes=changes(f"ServiceRequest/{ordered}")))
    assert await lines_of(till, visit) == [
        f"Encounter/{visit}"
    ]  # worked out anew though nobody knows of what visit it was


async def test_a_visit_that_moves_to_another_patient_is_billed_to_them(till: Till) -> None:
    visit = await till.visit()
    await till.bill(visit)
    other = await patient_of(till, await till.visit())
    await till.put({**await till.read("Encounter", visit), "subject": {"reference": f"Patient/{other}"}})
    await hear(till, till.bills, told(till, other, changes=changes(f"Encounter/{visit}")))
    assert {one.patient for one in await till.invoices(visit)} == {other}


async def test_what_changes_of_people_who_are_not_billed_here_is_not_read(till: Till) -> None:
    visit = await till.visit()
    patient = await patient_of(till, visit)
    ordered = await till.order_test(visit)
    reading = ReadingStore(till)
    book = Bills(reading, till.prices, till.clock, SystemIds())
    await hear(till, book, told(till, patient, changes=changes(f"Encounter/{visit}", f"ServiceRequest/{ordered}")))
    assert reading.read_types == [] and await till.invoices(visit) == []
