"""The door under good and bad input: acknowledgements, broken frames, floods, repeats."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import FS_CR, PID, VT, message, msh

from xinglin.gateways.hl7v2.model import Refusals
from xinglin.gateways.hl7v2.settings import Hl7v2Settings


def admission(control_id: str, **header: str) -> bytes:
    charset = header.pop("codec", "utf-8")
    return message(
        msh("ADT^A01", control_id, **header),
        "EVN|A01|20261122080000",
        PID,
        "PV1|1|I|W07^12^2||||||||||||||||V1",
        charset=charset,
    )


async def states(gateway: Gateway) -> dict[str, int]:
    rows = await gateway.rows("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1")
    return {str(row["state"]): int(str(row["many"])) for row in rows}


async def test_the_original_mode_is_answered_with_aa_in_the_senders_character_set(gateway: Gateway) -> None:
    wire = await gateway.wire()
    answer = await wire.ask(admission("A1", charset="GB18030", codec="gb18030", sender="住院系统"))
    assert answer.code == "AA"
    assert answer.control_id == "A1"
    header = answer.segments["MSH"]
    assert header[2:6] == ["XINGLIN", "NODE", "住院系统", "HOSP"]
    assert header[17] == "GB18030"
    assert header[8] == "ACK^A01"


@pytest.mark.parametrize(("accept", "expected"), [("AL", "CA"), ("SU", "CA"), ("NE", None), ("ER", None)])
async def test_the_enhanced_mode_is_acknowledged_as_msh_15_asks(
    gateway: Gateway, accept: str, expected: str | None
) -> None:
    wire = await gateway.wire()
    await wire.say(VT + admission("E1", accept=accept) + FS_CR)
    if expected is None:
        assert (await wire.ask(admission("E2"))).control_id == "E2"
    else:
        assert (await wire.hear()).code == expected
    rows = await gateway.rows("SELECT control_id FROM hl7_message ORDER BY id")
    assert rows[0] == {"control_id": "E1"}


@pytest.mark.parametrize(
    ("asked", "kind", "expected"),
    [("AL", "ADT^A01", "AA"), ("SU", "ADT^A01", "AA"), ("AL", "ADT^A99", "AE"), ("ER", "ADT^A99", "AE")],
)
async def test_the_application_acknowledgement_follows_on_the_same_connection(
    gateway: Gateway, asked: str, kind: str, expected: str
) -> None:
    wire = await gateway.wire()
    first = await wire.ask(admission("P1", accept="AL", application=asked).replace(b"ADT^A01", kind.encode(), 1))
    assert first.code == "CA"
    await gateway.settle()
    second = await wire.hear()
    assert (second.code, second.control_id) == (expected, "P1")
    if expected == "AE":
        assert "not supported" in second.reason
        assert second.segments["ERR"][3].startswith("207^")


async def test_an_application_acknowledgement_that_is_not_wanted_is_not_sent(gateway: Gateway) -> None:
    wire = await gateway.wire()
    assert (await wire.ask(admission("N1", accept="AL", application="ER"))).code == "CA"
    await gateway.settle()
    await asyncio.sleep(0.3)
    assert (await wire.ask(admission("N2"))).control_id == "N2"


async def test_the_same_message_twice_has_one_row_and_one_effect(gateway: Gateway) -> None:
    assert await gateway.take(admission("R1"), admission("R1"), admission("R1")) == ["AA", "AA", "AA"]
    assert await gateway.rows("SELECT repeats, state FROM hl7_message") == [{"repeats": 2, "state": "processed"}]
    assert (await gateway.one("Patient"))["meta"]["versionId"] == "1"  # type: ignore[index]


async def test_the_same_message_twice_in_one_commit_has_one_row(gateway: Gateway) -> None:
    wire = await gateway.wire()
    await wire.say((VT + admission("R2") + FS_CR) * 5)
    assert [(await wire.hear()).code for _ in range(5)] == ["AA"] * 5
    assert await gateway.rows("SELECT repeats FROM hl7_message") == [{"repeats": 4}]


async def test_a_used_control_id_with_another_body_is_kept_as_a_dead_letter(gateway: Gateway) -> None:
    other = admission("C1").replace("伟".encode(), "敏".encode())
    wire = await gateway.wire()
    assert (await wire.ask(admission("C1"))).code == "AA"
    for _ in range(2):
        clash = await wire.ask(other)
        assert clash.code == "AA"
        assert "control id C1 was used by message" in clash.reason
    rows = await gateway.rows("SELECT state, repeats, reason, raw FROM hl7_message ORDER BY id")
    assert [(row["state"], row["repeats"]) for row in rows] == [("received", 0), ("dead", 1)]
    assert rows[1]["raw"] == other
    await gateway.settle()
    assert (await gateway.one("Patient"))["name"][0]["given"] == ["伟"]  # type: ignore[index]


async def test_the_same_control_id_from_another_sender_is_another_message(gateway: Gateway) -> None:
    await gateway.take(admission("S1"), admission("S1", sender="LIS"))
    assert await states(gateway) == {"processed": 2}


@pytest.mark.parametrize(
    ("raw", "code", "fault"),
    [
        (admission("B1", charset="KLINGON"), "AR", "103"),
        (admission("B1", charset="ASCII"), "AR", "102"),
        (admission("B1") + b"\x00", "AR", "102"),
        (b"PID|1||M1\r", "AR", "100"),
        (b"this is no message", "AR", "100"),
        (message(msh("ADT^A01", ""), PID), "AE", "101"),
        (message(msh("", "B1"), PID), "AE", "101"),
        (admission("B1", charset="KLINGON", accept="AL"), "CR", "103"),
        (admission("B1", charset="KLINGON", accept="ER"), "CR", "103"),
    ],
)
async def test_what_cannot_be_taken_is_refused_in_the_protocols_own_form(
    gateway: Gateway, raw: bytes, code: str, fault: str
) -> None:
    wire = await gateway.wire()
    answer = await wire.ask(raw)
    assert answer.code == code
    assert answer.reason
    assert fault in "|".join(answer.segments["ERR"])
    assert await states(gateway) == {}
    assert (await wire.ask(admission("after"))).code == "AA"


async def test_an_old_version_gets_its_error_in_the_old_form(gateway: Gateway) -> None:
    wire = await gateway.wire()
    answer = await wire.ask(admission("B1", charset="KLINGON", version="2.3"))
    assert answer.segments["ERR"][1] == "MSH^1^18^103&Table value not found&HL70357"


async def test_a_truncated_frame_is_refused_and_the_next_one_is_taken(gateway: Gateway) -> None:
    wire = await gateway.wire()
    await wire.say(VT + admission("T1")[:-40] + VT + admission("T2") + FS_CR)
    broken, good = await wire.hear(), await wire.hear()
    assert (broken.code, broken.control_id) == ("AR", "T1")
    assert (good.code, good.control_id) == ("AA", "T2")
    assert await states(gateway) == {"received": 1}


async def test_a_connection_that_ends_inside_a_frame_leaves_nothing_behind(gateway: Gateway) -> None:
    wire = await gateway.wire()
    await wire.say(VT + admission("T3")[:-40])
    await wire.close()
    await asyncio.sleep(0.2)
    assert await states(gateway) == {}
    assert gateway.listener.figures.held_bytes == 0
    assert (gateway.book.refusals.refused, gateway.book.refusals.truncated) == (1, 1)


async def test_what_the_door_refused_is_counted_and_told_with_the_last_reason_and_sender(gateway: Gateway) -> None:
    wire, other = await gateway.wire(), await gateway.wire()
    assert await gateway.desk.refusals() == Refusals()
    await wire.ask(admission("R1", charset="KLINGON"))
    await other.say(VT + admission("R2")[:-40] + VT + admission("R3") + FS_CR)
    await other.hear()
    await other.hear()
    assert (await gateway.book.write()).refused == 2
    told = await gateway.desk.refusals()
    assert (told.refused, told.truncated, told.oversize) == (2, 1, 0)
    assert told.last_reason == "the frame was not ended before the next one began"
    assert told.last_reason_chinese == "上一帧未结束，下一帧已开始"
    host, port = other.writer.get_extra_info("sockname")
    assert told.last_peer == f"{host}:{port}"
    await wire.ask(b"XYZ|no header")
    await gateway.book.write()
    assert (await gateway.desk.refusals()).last_reason_chinese == "没有有效的 MSH 段（MSH）"


async def test_frames_may_come_byte_by_byte_or_many_at_once(gateway: Gateway) -> None:
    wire = await gateway.wire()
    for byte in VT + admission("Y1") + FS_CR:
        await wire.say(bytes([byte]))
    assert (await wire.hear()).control_id == "Y1"
    await wire.say(b"".join(VT + admission(f"Y{place}") + FS_CR for place in range(2, 60)))
    assert [(await wire.hear()).control_id for _ in range(2, 60)] == [f"Y{place}" for place in range(2, 60)]


async def test_garbage_before_a_frame_is_passed_over_and_endless_garbage_ends_the_connection(
    gateway: Gateway,
) -> None:
    wire = await gateway.wire()
    await wire.say(b"\r\nGET / HTTP/1.1\r\n\r\n")
    assert (await wire.ask(admission("G1"))).code == "AA"
    other = await gateway.wire()
    await other.say(b"x" * 200_000)
    assert await other.is_closed()
    assert (await wire.ask(admission("G2"))).code == "AA"


class TestSmallGateway:
    """A gateway with narrow limits."""

    @pytest.fixture
    async def gateway_settings(self) -> Hl7v2Settings:
        return Hl7v2Settings(
            port=0, frame_bytes_max=20_000, buffered_bytes_max=50_000, connections_max=5, idle_seconds=1.5
        )

    async def test_an_oversize_frame_is_refused_and_others_go_on(self, gateway: Gateway) -> None:
        wire, other = await gateway.wire(), await gateway.wire()
        await wire.say(VT + admission("O1") + b"NTE|1||" + b"x" * 500_000)
        refused = await wire.hear()
        assert (refused.code, refused.control_id) == ("AR", "O1")
        assert "larger than 20000 bytes" in refused.reason
        assert gateway.listener.figures.held_bytes < 70_000
        assert (await other.ask(admission("O2"))).code == "AA"
        await wire.say(b"the rest" + FS_CR)
        assert (await wire.ask(admission("O3"))).code == "AA"

    async def test_many_unfinished_frames_together_stay_within_bounds(self, gateway: Gateway) -> None:
        wires = [await gateway.wire() for _ in range(4)]
        for place, wire in enumerate(wires):
            await wire.say(VT + admission(f"M{place}") + b"NTE|1||" + b"x" * 18_000)
        crowded = await wires[-1].hear()
        assert crowded.code == "AE"
        assert "memory is full" in crowded.reason
        assert gateway.listener.figures.held_bytes <= 50_000
        await wires[0].say(b"\r" + FS_CR)
        assert (await wires[0].hear()).code == "AA"

    async def test_more_connections_than_allowed_are_closed_at_once(self, gateway: Gateway) -> None:
        wires = [await gateway.wire() for _ in range(5)]
        await asyncio.sleep(0.1)
        assert await (await gateway.wire()).is_closed()
        assert (await wires[0].ask(admission("L1"))).code == "AA"

    async def test_a_silent_connection_is_closed_after_the_idle_time(self, gateway: Gateway) -> None:
        wire = await gateway.wire()
        assert await wire.is_closed(4)


async def test_no_message_is_acknowledged_that_the_database_did_not_take(gateway: Gateway) -> None:
    wire = await gateway.wire()
    async with gateway.database.transaction() as connection:
        await connection.execute("LOCK TABLE hl7_message IN ACCESS EXCLUSIVE MODE")
        await wire.say(VT + admission("D1") + FS_CR)
        with pytest.raises(TimeoutError):
            await wire.hear(0.5)
    assert (await wire.hear()).code == "AA"
    assert await states(gateway) == {"received": 1}


async def test_few_events_tell_of_many_messages_and_of_each_once(gateway: Gateway) -> None:
    wire = await gateway.wire()
    await wire.say(b"".join(VT + admission(f"V{place}") + FS_CR for place in range(30)))
    for _ in range(30):
        await wire.hear()
    assert gateway.intake.groups <= 10
    while len(told := await _announced(gateway)) < 30:
        await asyncio.sleep(0.05)
    await wire.say(VT + admission("V30") + FS_CR + VT + admission("V0") + FS_CR)
    while len(told := await _announced(gateway)) < 31:
        await asyncio.sleep(0.05)
    received = [str(row["id"]) for row in await gateway.rows("SELECT id FROM hl7_message ORDER BY id")]
    assert told == received


async def _announced(gateway: Gateway) -> list[str]:
    rows = await gateway.rows("SELECT body FROM event WHERE name = 'hl7_message.received' ORDER BY position")
    assert len(rows) <= 10
    return [id_ for row in rows for id_ in orjson.loads(row["body"])["ids"]]
