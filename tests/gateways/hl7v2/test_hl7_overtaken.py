"""Somebody changes a patient over REST whenever a message about him is about to be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import adt, message, msh

from xinglin.data_platform.store import Cause

OTHER = "PID|1||M002^^^HIS^MR||李^娜^^^^^L^I||19900202|F"
Overtake = Callable[[int], list[int]]


@pytest.fixture
def overtake(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Change patient M001 just before each of the next ``times`` writes; gives the list of what was written."""

    def begin(times: int) -> list[int]:
        write, changes = gateway.store.put_all, list[int]()

        async def put_all(connection: Any, drafts: Any, cause: Cause, expected: Any = None) -> Any:
            if len(changes) < times and any("M001" in str(draft) for draft in drafts):
                (id_,) = [one["id"] for one in await gateway.of_type("Patient") if "M001" in str(one["identifier"])]
                async with gateway.database.transaction() as other:
                    current = await gateway.store.read(other, "Patient", str(id_))
                    changes.append(len(changes))
                    await write(other, [{**current, "multipleBirthInteger": len(changes)}], Cause("nurse"))
            return await write(connection, drafts, cause, expected)

        monkeypatch.setattr(gateway.store, "put_all", put_all)
        return changes

    return begin


async def states(gateway: Gateway) -> list[object]:
    return [row["state"] for row in await gateway.rows("SELECT state FROM hl7_message ORDER BY id")]


async def test_a_message_that_is_overtaken_eight_times_takes_effect_and_so_did_each_other_change(
    gateway: Gateway, overtake: Overtake
) -> None:
    await gateway.take(adt("A01", "20261122080000"))
    changes = overtake(8)
    await gateway.take(adt("A08", "20261122090000", pid="PID|1||M001^^^HIS^MR||张^伟^^^^^L^I||19800102|F"))
    assert len(changes) == 8
    assert await states(gateway) == ["processed", "processed"]
    (patient,) = await gateway.of_type("Patient")
    assert (patient["gender"], patient["multipleBirthInteger"]) == ("female", 8)


async def test_one_that_is_overtaken_for_ever_waits_as_a_dead_letter_and_holds_nobody_up(
    gateway: Gateway, overtake: Overtake
) -> None:
    await gateway.take(adt("A01", "20261122080000"))
    changes = overtake(10_000)
    codes = await gateway.take(
        adt("A08", "20261122090000", pid="PID|1||M001^^^HIS^MR||张^伟^^^^^L^I||19800102|F"),
        message(msh("ADT^A04", "behind"), OTHER, "PV1|1|O|||||||||||||||||V2^^^HIS"),
    )
    assert codes == ["AA", "AA"]
    assert await states(gateway) == ["processed", "dead", "processed"]
    assert len(changes) >= 20
    (row,) = await gateway.rows("SELECT reason FROM hl7_message WHERE state = 'dead'")
    assert "read it again" in str(row["reason"])
