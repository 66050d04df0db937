"""An order has two numbers, the placer's and the filler's; whichever a message names, it is the same order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import PID, message, msh, oru

from xinglin.foundation.clock import SystemClock
from xinglin.foundation.ids import SystemIds
from xinglin.gateways.hl7v2 import repository
from xinglin.gateways.hl7v2.batch import Batch, Remembered
from xinglin.gateways.hl7v2.consumer import Consumer

Resource = dict[str, Any]
_CONTROL_IDS = (f"n{number}" for number in itertools.count())


def order(placer: str, filler: str, *, service: str = "CBC^血常规^L", control: str = "NW") -> bytes:
    orc = f"ORC|{control}|{placer}|{filler}||||||20261122083000|||D01^王^芳^^^^^^HIS"
    header = msh("ORM^O01", next(_CONTROL_IDS), at="20261122083000")
    return message(header, PID, orc, f"OBR|1|{placer}|{filler}|{service}|S")


def result(placer: str, filler: str, status: str, *services: str) -> bytes:
    lines = []
    for place, service in enumerate(services or ("CBC^血常规^L",), 1):
        lines += [f"OBR|{place}|{placer}|{filler}|{service}{'|' * 21}{status}", "OBX|1|NM|HB||130||||||F"]
    return oru(next(_CONTROL_IDS), "20261122090000", *lines)


def numbers_of(request: Resource) -> dict[str, str]:
    return {one["type"]["coding"][0]["code"]: one["value"] for one in request["identifier"]}


async def requests_by_service(gateway: Gateway) -> dict[str, Resource]:
    found: list[Resource] = await gateway.of_type("ServiceRequest")
    assert len({one["code"]["coding"][0]["code"] for one in found}) == len(found)
    return {one["code"]["coding"][0]["code"]: one for one in found}


STORY = [
    lambda: result("", "F9^LIS", "P"),
    lambda: order("P7^HIS", "F9^LIS"),
    lambda: result("P7^HIS", "", "F"),
]
"""First known by the filler's number, then by both, then by the placer's."""


async def told_together(gateway: Gateway, messages: list[bytes]) -> None:
    await gateway.take(*messages)


async def told_one_after_the_other(gateway: Gateway, messages: list[bytes]) -> None:
    for one in messages:
        await gateway.take(one)


async def told_with_restarts_between(gateway: Gateway, messages: list[bytes]) -> None:
    for one in messages:
        gateway.consumer = Consumer(gateway.database, gateway.store, gateway.settings, SystemClock(), SystemIds())
        await gateway.take(one)


async def told_while_the_one_before_is_being_written(gateway: Gateway, messages: list[bytes]) -> None:
    """Each message is a batch of its own, mapped before the batch in front of it is in the database."""
    wire = await gateway.wire()
    for one in messages:
        assert (await wire.ask(one)).code == "AA"
    await wire.close()
    remembered = Remembered()
    before: Batch | None = None
    async with gateway.database.connection() as connection:
        waiting = await repository.waiting(connection, 0, len(messages))
    for one in [*waiting, None]:
        following: Batch | None = None
        if one is not None:
            following = Batch(gateway.store, gateway.settings, SystemClock(), SystemIds(), remembered)
            async with gateway.database.connection() as connection:
                await following.prepare(connection, [one], before)
        if before is not None:
            async with gateway.database.transaction() as connection:
                await before.write(connection)
            before.remember()
        before = following


TELLINGS = [
    told_together,
    told_one_after_the_other,
    told_with_restarts_between,
    told_while_the_one_before_is_being_written,
]


@pytest.mark.parametrize("tell", TELLINGS)
@pytest.mark.parametrize("sequence", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)])
async def test_an_order_is_one_whichever_of_its_numbers_is_told_first(
    gateway: Gateway, tell: Any, sequence: tuple[int, ...]
) -> None:
    """But for those where the message with both numbers comes last: until then nobody can know that they are one's."""
    await tell(gateway, [STORY[place]() for place in sequence])
    request: Resource = await gateway.one("ServiceRequest")
    assert numbers_of(request) == {"PLAC": "P7", "FILL": "F9"}
    assert (request["priority"], request["requester"]["display"]) == ("stat", "王芳")
    assert request["status"] == "completed"
    pointed = {one["basedOn"][0]["reference"] for one in await gateway.of_type("DiagnosticReport")}
    assert pointed == {f"ServiceRequest/{request['id']}"}
    assert await gateway.rows("SELECT DISTINCT state FROM hl7_message") == [{"state": "processed"}]


async def test_the_same_messages_told_again_change_nothing_of_the_order(gateway: Gateway) -> None:
    await gateway.take(*(make() for make in STORY))
    first: Resource = await gateway.one("ServiceRequest")
    await gateway.take(*(make() for make in STORY))
    assert await gateway.one("ServiceRequest") == first


async def test_orders_of_several_placers_under_one_fillers_number_stay_apart(gateway: Gateway) -> None:
    await gateway.take(result("", "F9^LIS", "P", "CBC^血常规^L", "CRP^反应蛋白^L"))
    crp, cbc = order("P8^HIS", "F9^LIS", service="CRP^反应蛋白^L"), order("P7^HIS", "F9^LIS")
    again = order("P9^HIS", "F9^LIS", service="ESR^血沉^L")
    await gateway.take(crp, cbc, again)
    found = await requests_by_service(gateway)
    assert {service: numbers_of(one)["PLAC"] for service, one in found.items()} == {
        "CBC": "P7",
        "CRP": "P8",
        "ESR": "P9",
    }


async def test_the_same_service_ordered_twice_under_one_fillers_number_is_two_orders(gateway: Gateway) -> None:
    await gateway.take(order("P7^HIS", "F9^LIS"), order("P8^HIS", "F9^LIS"))
    found: list[Resource] = await gateway.of_type("ServiceRequest")
    assert sorted(numbers_of(one)["PLAC"] for one in found) == ["P7", "P8"]


async def test_an_order_is_cancelled_by_a_number_that_only_its_result_told(gateway: Gateway) -> None:
    await gateway.take(result("", "F9^LIS", "P"))
    cancelling = message(msh("ORM^O01", "cancel", at="20261122100000"), PID, "ORC|OC|P7^HIS|F9^LIS")
    await gateway.take(cancelling)
    request: Resource = await gateway.one("ServiceRequest")
    assert request["status"] == "revoked"
    assert numbers_of(request) == {"PLAC": "P7", "FILL": "F9"}


async def test_a_number_that_a_dead_letter_gave_is_forgotten_with_it(gateway: Gateway) -> None:
    await gateway.take(result("", "F9^LIS", "P"))
    broken = order("P7^HIS", "F9^LIS") + b"ORC|OC|P0^HIS\r"
    await gateway.take(broken, result("P7^HIS", "", "F"))
    assert [row["state"] for row in await gateway.rows("SELECT state FROM hl7_message ORDER BY id")] == [
        "processed",
        "dead",
        "processed",
    ]
    found: list[Resource] = await gateway.of_type("ServiceRequest")
    assert sorted(tuple(numbers_of(one).items()) for one in found) == [(("FILL", "F9"),), (("PLAC", "P7"),)]
