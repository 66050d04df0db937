"""After a merge, a search by the surviving patient finds what was written under the old number."""

from __future__ import annotations

from typing import Any

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import PID, adt, message, msh, oru

from heard import heard
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.ids import SystemIds
from xinglin.gateways import hl7v2
from xinglin.gateways.hl7v2 import merging
from xinglin.gateways.hl7v2.merging import Merging

OLD = PID.replace("M001", "M000")
FIRST = (
    ("a", adt("A01", "20261122080000", "W07^12^2", "AL1|1|DA|PEN^青霉素^L", "DG1|1||I10^高血压^ICD10", pid=OLD)),
    ("b", oru("r", "20261122083000", "OBR|1|P1|F1^LIS|CBC^血常规^L", "OBX|1|NM|K^钾^L||5.10|mmol/L|||||F", pid=OLD)),
    (
        "c",
        message(msh("SIU^S12", "s", at="20261122084000"), "SCH|A1^HIS||||||||20|MIN|^^^20261125090000", OLD, "RGS|1"),
    ),
)
MERGE = message(msh("ADT^A40", "merge", at="20261122090000"), "EVN|A40|20261122090000", PID, "MRG|M000^^^HIS^MR")
CLINICAL = ("Encounter", "AllergyIntolerance", "Condition", "Observation", "DiagnosticReport", "ServiceRequest")


def linked(*patients: str) -> Event:
    now = SystemClock().now()
    return heard(
        "hl7v2",
        "identity.linked",
        "Patient/x",
        now,
        {"references": [f"Patient/{one}" for one in patients], "messages": []},
    )


async def follow(gateway: Gateway, *patients: str) -> int:
    """Hear of ``patients`` that were merged away and let everything follow; how many pieces that took."""
    worker = Merging(gateway.database, gateway.store, SystemClock())
    async with gateway.database.transaction() as connection:
        await worker.note(connection, [linked(*patients)])
    pieces = 0
    while await worker.follow():
        pieces += 1
    return pieces


async def numbered(gateway: Gateway) -> dict[str, str]:
    """The id of each patient by number."""
    return {one["identifier"][0]["value"]: one["id"] for one in await gateway.of_type("Patient")}  # type: ignore[index, misc]


async def counts(gateway: Gateway, patient: str) -> dict[str, int]:
    async with gateway.database.connection() as connection:
        pages = {
            type_: await gateway.store.search(connection, type_, [("patient", patient)])
            for type_ in (*CLINICAL, "Appointment")
        }
    return {type_: len(page.resources()) for type_, page in pages.items() if page.resources()}


async def versions(gateway: Gateway) -> list[dict[str, object]]:
    return await gateway.rows("SELECT type, id, version FROM resource ORDER BY type, id")


async def test_everything_follows_to_the_survivor_and_replays_change_nothing(gateway: Gateway) -> None:
    await gateway.take(*(one for _, one in FIRST), MERGE)
    ids = await numbered(gateway)
    everything = {**dict.fromkeys(CLINICAL, 1), "Appointment": 1}
    assert await counts(gateway, ids["M000"]) == everything
    await follow(gateway, ids["M000"])
    assert await counts(gateway, ids["M001"]) == everything
    assert await counts(gateway, ids["M000"]) == {}
    observation: dict[str, Any] = await gateway.one("Observation")
    assert str(observation["valueQuantity"]["value"]) == "5.10"
    gone = next(one for one in await gateway.of_type("Patient") if one["id"] == ids["M000"])
    assert gone["link"] == [{"type": "replaced-by", "other": {"reference": f"Patient/{ids['M001']}"}}]

    settled = await versions(gateway)
    again = [one.replace(b"|P|2.5.1", mark.encode() + b"|P|2.5.1") for mark, one in (*FIRST, ("m", MERGE))]
    await gateway.take(*(one for _, one in FIRST), MERGE, *again)
    states = await gateway.rows("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1")
    assert states == [{"state": "processed", "many": 8}]
    await follow(gateway, ids["M000"])
    assert await versions(gateway) == settled


async def test_replays_before_anything_has_followed_change_nothing_either(gateway: Gateway) -> None:
    await gateway.take(*(one for _, one in FIRST), MERGE)
    settled = await versions(gateway)
    await gateway.take(*(one.replace(b"|P|2.5.1", mark.encode() + b"|P|2.5.1") for mark, one in FIRST[:2]))
    assert await versions(gateway) == settled


async def test_whoever_is_merged_twice_ends_at_the_last_survivor_in_whatever_order_it_is_heard_of(
    gateway: Gateway,
) -> None:
    on = MERGE.replace(b"merge", b"on").replace(b"M000", b"M00X").replace(b"M001", b"M002").replace(b"M00X", b"M001")
    await gateway.take(*(one for _, one in FIRST), MERGE, on)
    ids = await numbered(gateway)
    await follow(gateway, ids["M001"])
    await follow(gateway, ids["M000"])
    assert sum((await counts(gateway, ids["M002"])).values()) == 7


async def test_a_long_record_follows_in_pieces(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_PIECE_RESOURCES", 2)
    await gateway.take(*(one for _, one in FIRST), MERGE)
    ids = await numbered(gateway)
    assert await follow(gateway, ids["M000"]) == 5
    assert sum((await counts(gateway, ids["M001"])).values()) == 7


async def test_proof_and_other_peoples_records_stay_as_they_are(gateway: Gateway) -> None:
    await gateway.take(*(one for _, one in FIRST), MERGE, adt("A01", "20261122100000", pid=PID.replace("M001", "M9")))
    ids = await numbered(gateway)
    proof = {
        "resourceType": "Provenance",
        "id": "proof",
        "target": [{"reference": f"Patient/{ids['M000']}"}],
        "recorded": "2026-11-22T08:00:00Z",
        "agent": [{"who": {"display": "HIS"}}],
    }
    versioned = {
        "resourceType": "Flag",
        "id": "versioned",
        "status": "active",
        "code": {"text": "跌倒风险"},
        "subject": {"reference": f"Patient/{ids['M000']}/_history/1"},
    }
    async with gateway.database.transaction() as connection:
        await gateway.store.put_all(connection, [proof, versioned], Cause("test"))
    others = await counts(gateway, ids["M9"])
    await follow(gateway, ids["M000"])
    async with gateway.database.connection() as connection:
        assert (await gateway.store.read(connection, "Provenance", "proof"))["target"] == proof["target"]
        assert (await gateway.store.read(connection, "Flag", "versioned"))["subject"] == versioned["subject"]
    assert await counts(gateway, ids["M9"]) == others


async def test_the_room_hears_of_merges_and_works_on_them(gateway: Gateway) -> None:
    room = hl7v2.module(gateway.database, gateway.store, SystemClock(), SystemIds(), gateway.settings)
    assert [one.subjects for one in room.subscriptions] == [("event.hl7v2.identity_linked.>",)]
    assert {"hl7v2.consumer", "hl7v2.merging", "hl7v2.retention"} == {job.name for job in room.jobs}
