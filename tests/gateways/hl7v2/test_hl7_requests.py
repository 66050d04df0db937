"""A result names the order that it answers, and says what kind of result it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import PID, adt, message, msh, oru

from xinglin.data_platform.store import Cause, Store, Written
from xinglin.data_platform.store.preparing import prepare_deletion
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import SystemIds
from xinglin.gateways.hl7v2.consumer import Consumer

Resource = dict[str, Any]


def order(control_id: str, at: str, control: str, *, number: str = "P7^HIS", service: str = "CT^胸部CT^L") -> bytes:
    orc = f"ORC|{control}|{number}|||||||{at}|||D01^王^芳^^^^^^HIS"
    return message(msh("ORM^O01", control_id, at=at), PID, orc, f"OBR|1|{number}||{service}|S")


def result(control_id: str, at: str, status: str, *, service: str = "CT^胸部CT^L", section: str = "") -> bytes:
    obr = f"OBR|1|P7^HIS|F7^LIS|{service}{'|' * 20}{section}|{status}"
    return oru(control_id, at, "ORC|RE|P7^HIS|F7^LIS", obr, f"OBX|1|TX|CT||未见异常||||||{status}")


async def test_a_result_makes_the_order_that_nobody_told_of_and_points_at_it(gateway: Gateway) -> None:
    await gateway.take(result("r1", "20261122090000", "P"))
    request: Resource = await gateway.one("ServiceRequest")
    report: Resource = await gateway.one("DiagnosticReport")
    observation: Resource = await gateway.one("Observation")
    pointed = {"reference": f"ServiceRequest/{request['id']}"}
    assert report["basedOn"] == [pointed]
    assert observation["basedOn"] == [pointed]
    assert (request["status"], request["intent"]) == ("active", "order")
    assert request["code"]["coding"][0]["code"] == "CT"
    assert {one["type"]["coding"][0]["code"]: one["value"] for one in request["identifier"]} == {
        "PLAC": "P7",
        "FILL": "F7",
    }
    assert request["subject"] == report["subject"]
    assert request["encounter"] == report["encounter"]
    await gateway.take(result("r2", "20261122100000", "F"))
    request = await gateway.one("ServiceRequest")
    assert (request["status"], request["meta"]["versionId"]) == ("completed", "2")
    await gateway.take(result("late", "20261122093000", "P"), result("again", "20261122100000", "F"))
    assert (await gateway.one("ServiceRequest"))["meta"]["versionId"] == "2"


async def test_a_result_completes_the_order_that_was_placed_and_overwrites_nothing_of_it(gateway: Gateway) -> None:
    await gateway.take(order("o1", "20261122080000", "NW"))
    placed: Resource = await gateway.one("ServiceRequest")
    await gateway.take(result("r1", "20261122090000", "F", service="71250^CT chest^CPT"))
    request: Resource = await gateway.one("ServiceRequest")
    assert (await gateway.one("DiagnosticReport"))["basedOn"] == [{"reference": f"ServiceRequest/{request['id']}"}]
    kept = ("id", "code", "priority", "requester", "authoredOn", "intent", "subject")
    assert {name: request[name] for name in kept} == {name: placed[name] for name in kept}
    assert request["status"] == "completed"
    assert [one["value"] for one in request["identifier"]] == ["P7", "F7"]


async def test_an_order_that_comes_after_its_result_says_more_but_is_not_open_again(gateway: Gateway) -> None:
    await gateway.take(result("r1", "20261122090000", "F"), order("o1", "20261122080000", "NW"))
    request: Resource = await gateway.one("ServiceRequest")
    assert (request["status"], request["priority"]) == ("completed", "stat")
    assert request["requester"]["display"] == "王芳"


async def test_a_cancelled_order_stays_cancelled_whatever_is_reported(gateway: Gateway) -> None:
    await gateway.take(order("o1", "20261122080000", "NW"), order("o2", "20261122083000", "OC"))
    await gateway.take(result("r1", "20261122090000", "F"))
    assert (await gateway.one("ServiceRequest"))["status"] == "revoked"


async def test_an_order_known_by_its_fillers_number_alone_is_met_again(gateway: Gateway) -> None:
    await gateway.take(oru("1", "20261122080000", "OBR|1||F9^LIS|CBC^血常规^L", "OBX|1|NM|HB||130||||||P"))
    await gateway.take(oru("2", "20261122090000", "OBR|1||F9^LIS|CBC^血常规^L", "OBX|1|NM|HB||131||||||F"))
    request: Resource = await gateway.one("ServiceRequest")
    assert request["status"] == "completed"
    assert [one["value"] for one in request["identifier"]] == ["F9"]


async def test_two_services_under_one_number_are_two_orders_whoever_tells_of_them_first(gateway: Gateway) -> None:
    lines = ("OBR|1|P7^HIS||CBC^血常规^L", "OBX|1|NM|HB||130", "OBR|2|P7^HIS||CRP^反应蛋白^L", "OBX|1|NM|CRP||5")
    crp = order("o1", "20261122080000", "NW", service="CRP^反应蛋白^L")
    await gateway.take(crp, oru("r1", "20261122090000", *lines), oru("r2", "20261122090000", *lines))
    requests = {one["code"]["coding"][0]["code"]: one["id"] for one in await gateway.of_type("ServiceRequest")}
    reports = {
        one["code"]["coding"][0]["code"]: one["basedOn"][0]["reference"]
        for one in await gateway.of_type("DiagnosticReport")
    }
    assert reports == {service: f"ServiceRequest/{id_}" for service, id_ in requests.items()}
    assert set(requests) == {"CBC", "CRP"}


async def test_a_result_without_any_order_number_points_at_no_order(gateway: Gateway) -> None:
    await gateway.take(oru("1", "20261122080000", "OBR|1|||CBC^血常规^L", "OBX|1|NM|HB||130||||||F"))
    assert await gateway.of_type("ServiceRequest") == []
    assert "basedOn" not in await gateway.one("DiagnosticReport")


@pytest.mark.parametrize(
    ("section", "code", "category"),
    [
        ("", "HB^血红蛋白^L", "laboratory"),
        ("CH", "HB^血红蛋白^L", "laboratory"),
        ("RAD", "HB^血红蛋白^L", "imaging"),
        ("NRS", "HB^血红蛋白^L", "vital-signs"),
        ("EC", "HB^血红蛋白^L", "procedure"),
        ("", "8867-4^心率^LN", "vital-signs"),
        ("RAD", "8867-4^not of LOINC^L", "imaging"),
    ],
)
async def test_each_observation_says_its_category(gateway: Gateway, section: str, code: str, category: str) -> None:
    obr = f"OBR|1||F9^LIS|CBC^血常规^L{'|' * 20}{section}"
    await gateway.take(oru("1", "20261122080000", obr, f"OBX|1|NM|{code}||130||||||F"))
    async with gateway.database.connection() as connection:
        found = await gateway.store.search(connection, "Observation", [("category", category)])
    assert len(found.resources()) == 1


class Overtaken(Store):
    """A store in which somebody edits a resource between a batch's look and its write."""

    def __init__(self, database: Database, edit: Resource, times: int) -> None:
        super().__init__(SystemClock(), SystemIds())
        self.database = database
        self.edit = edit
        self.times = times

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Cause,
        expected: Mapping[tuple[str, str], int] | None = None,
    ) -> list[Written]:
        if self.times:
            self.times -= 1
            self.edit["language"] = f"en-{self.times}"
            async with self.database.transaction() as own:
                await super().put_all(own, [self.edit], Cause("somebody"))
        return await super().put_all(connection, resources, cause, expected)


@pytest.mark.parametrize("times", [1, 2])
async def test_an_edit_between_look_and_write_is_not_lost_and_the_message_takes_effect(
    gateway: Gateway, times: int
) -> None:
    await gateway.take(adt("A01", "20261122080000"))
    patient: Resource = await gateway.one("Patient")
    phone = PID + "|||||13800138000^PRS^CP"
    store = Overtaken(gateway.database, {**patient, "photo": [{"title": "林医生拍摄"}]}, times)
    gateway.consumer = Consumer(gateway.database, store, gateway.settings, SystemClock(), SystemIds())
    await gateway.take(adt("A08", "20261122090000", pid=phone), adt("A08", "20261122091000", pid=phone + "|||M"))
    patient = await gateway.one("Patient")
    assert patient["photo"] == [{"title": "林医生拍摄"}]
    assert patient["telecom"][0]["value"] == "13800138000"
    assert await gateway.rows("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1") == [
        {"state": "processed", "many": 3}
    ]


async def test_a_resource_that_was_deleted_meanwhile_is_made_again(gateway: Gateway) -> None:
    await gateway.take(adt("A01", "20261122080000"))
    encounter: Resource = await gateway.one("Encounter")
    async with gateway.database.transaction() as connection:
        draft = prepare_deletion("Encounter", encounter["id"])
        await gateway.store.writer.write(connection, [draft], Cause("somebody"))
    await gateway.take(adt("A01", "20261122080000", who="again"))
    assert (await gateway.one("Encounter"))["meta"]["versionId"] == "3"
    assert await gateway.rows("SELECT DISTINCT state FROM hl7_message") == [{"state": "processed"}]
