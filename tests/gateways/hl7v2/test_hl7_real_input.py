"""Real messages over a real wire: the 1,013 messages of Google's Simulated Hospital."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import FS_CR, VT

from xinglin.foundation.clock import SystemClock
from xinglin.foundation.ids import SystemIds
from xinglin.gateways.hl7v2.consumer import Consumer
from xinglin.gateways.hl7v2.settings import Hl7v2Settings


@pytest.fixture(scope="module")
def hospital_messages(shared_data: Path) -> list[bytes]:
    raw = (shared_data / "hl7v2" / "simhospital_messages.out").read_bytes()
    return [message.strip(b"\n") for message in raw.split(b"\n\n") if message.strip()]


async def _send(gateway: Gateway, messages: list[bytes]) -> Counter[str]:
    wire = await gateway.wire()
    wire.writer.write(b"".join(VT + message + FS_CR for message in messages))
    codes: Counter[str] = Counter()
    for message in messages:
        answer = await wire.hear(30)
        assert answer.control_id == message.split(b"|")[9].decode()
        codes[answer.code] += 1
    await wire.close()
    return codes


def _count(messages: list[bytes], segment: str, *, of: bytes) -> int:
    return sum(one.count(b"\r" + segment.encode() + b"|") for one in messages if one.split(b"|")[8].startswith(of))


def _visits(messages: list[bytes]) -> set[tuple[bytes, ...]]:
    """Visit numbers, and where there is none, patient and time of admission."""
    found: set[tuple[bytes, ...]] = set()
    for one in messages:
        lines = {line[:3]: line.split(b"|") for line in one.split(b"\r")}
        pv1, number = lines.get(b"PV1", []), b""
        if len(pv1) > 19:
            number = pv1[19].split(b"^")[0]
        if number:
            found.add((number,))
        elif len(pv1) > 44 and pv1[44]:
            found.add((lines[b"PID"][3], pv1[44]))
    return found


async def _resources(gateway: Gateway) -> Counter[str]:
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT c->>0 AS type, c->>1 AS id, max((c->>2)::int) AS version FROM hl7_message,"
            " json_array_elements(produced) AS c GROUP BY 1, 2"
        )
    counted: Counter[str] = Counter(row["type"] for row in rows)
    counted["versions"] = sum(row["version"] or 0 for row in rows)
    return counted


async def test_every_message_of_a_simulated_hospital_is_accepted_and_a_second_pass_changes_nothing(
    gateway: Gateway, hospital_messages: list[bytes]
) -> None:
    assert len(hospital_messages) == 1013
    assert await _send(gateway, hospital_messages) == {"CA": 1013}
    await gateway.settle()
    states = await gateway.rows("SELECT state, reason, count(*) AS many FROM hl7_message GROUP BY 1, 2")
    assert states == [{"state": "processed", "reason": None, "many": 1013}]
    first = await _resources(gateway)
    assert {type_: first[type_] for type_ in ("Observation", "DiagnosticReport", "DocumentReference")} == {
        "Observation": _count(hospital_messages, "OBX", of=b"ORU"),
        "DiagnosticReport": _count(hospital_messages, "OBR", of=b"ORU"),
        "DocumentReference": 2,
    }
    assert first["Encounter"] == len(_visits(hospital_messages))

    assert await _send(gateway, hospital_messages) == {"CA": 1013}
    await gateway.settle()
    assert gateway.intake.repeated == 1013
    assert await _resources(gateway) == first


async def test_the_same_content_under_new_control_ids_changes_no_resource_either(
    gateway: Gateway, hospital_messages: list[bytes]
) -> None:
    await _send(gateway, hospital_messages)
    await gateway.settle()
    first = await _resources(gateway)
    again = []
    for message in hospital_messages:
        fields = message.split(b"|")
        fields[9] = b"again-" + fields[9]
        again.append(b"|".join(fields))
    await _send(gateway, again)
    await gateway.settle()
    states = await gateway.rows("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1")
    assert states == [{"state": "processed", "many": 2026}]
    assert await _resources(gateway) == first


async def test_what_the_first_result_says_can_be_read_as_fhir(gateway: Gateway, hospital_messages: list[bytes]) -> None:
    await _send(gateway, hospital_messages[:1])
    await gateway.settle()
    report = await gateway.one("DiagnosticReport")
    observation = await gateway.one("Observation")
    patient = await gateway.one("Patient")
    assert report["status"] == "final"
    assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]
    assert observation["valueQuantity"] == {"value": 98.0, "unit": "UMOLL"}
    assert observation["referenceRange"][0]["low"] == {"value": 49, "unit": "UMOLL"}
    assert observation["interpretation"][0]["coding"][0]["code"] == "H"
    assert [note["text"] for note in observation["note"]] == [
        "Task cow administration",
        "Grapefruit garlic resale camera",
    ]
    assert observation["effectiveDateTime"] == "2020-05-01T14:06:43+08:00"
    assert patient["name"][0]["family"] == "Esterkin"
    assert patient["birthDate"] == "1989-01-18"
    assert patient["gender"] == "female"


async def test_messages_on_eight_connections_at_once_all_arrive(
    gateway: Gateway, hospital_messages: list[bytes]
) -> None:
    await asyncio.gather(*(_send(gateway, hospital_messages[start:400:8]) for start in range(8)))
    await gateway.settle()
    assert gateway.intake.accepted == 400
    assert gateway.intake.groups < 400


class TestSmallBatches:
    """Each batch is mapped on top of one that is not yet written."""

    @pytest.fixture
    async def gateway_settings(self) -> Hl7v2Settings:
        return Hl7v2Settings(port=0, batch_messages=5)

    async def test_the_size_of_a_batch_makes_no_difference(
        self, gateway: Gateway, hospital_messages: list[bytes]
    ) -> None:
        messages = hospital_messages[100:500]
        assert await _send(gateway, messages) == {"CA": 400}
        await gateway.settle()
        states = await gateway.rows("SELECT state, attempts, count(*) AS many FROM hl7_message GROUP BY 1, 2")
        assert states == [{"state": "processed", "attempts": 1, "many": 400}]
        small = await _resources(gateway)
        assert small["Observation"] == _count(messages, "OBX", of=b"ORU")
        assert small["Encounter"] == len(_visits(messages))
        async with gateway.database.transaction() as connection:
            for table in ("hl7_message", "hl7_subject", "resource", "resource_history"):
                await connection.execute(f"DELETE FROM {table}")
        whole = Consumer(
            gateway.database, gateway.store, Hl7v2Settings(batch_messages=1000), SystemClock(), SystemIds()
        )
        await _send(gateway, messages)
        await whole.drain()
        assert await _resources(gateway) == small
