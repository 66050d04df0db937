"""The gateway in a whole node, its processes joined by the bus and the database alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
from tests.gateways.hl7v2.wire import PID, Wire, adt, message, msh

from nodes import RunningNode

OLD, KEPT = PID.replace("M001", "N-OLD"), PID.replace("M001", "N-KEPT")
MERGE = message(msh("ADT^A40", "node-merge", at="20261122090000"), KEPT, "MRG|N-OLD^^^HIS^MR")


async def _until(client: httpx.AsyncClient, path: str, holds: Callable[[Any], bool], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = (await client.get(path)).json()
        if holds(found):
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.2)


async def test_after_a_merge_over_the_wire_the_survivor_has_the_older_visit(node: RunningNode) -> None:
    wire = await Wire.open(node.mllp_port)
    visit = adt("A01", "20261122080000", who="node", pid=OLD).replace(b"V1^^^HIS", b"V-NODE^^^HIS")
    assert [(await wire.ask(one)).code for one in (visit, MERGE)] == ["AA", "AA"]
    await wire.close()
    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": f"Bearer {node.token}"}) as client:
        asked = "/fhir/Encounter?subject:Patient.identifier=N-KEPT"
        found = await _until(client, asked, lambda bundle: bool(bundle.get("entry")))
        assert found["entry"][0]["resource"]["identifier"][0]["value"] == "V-NODE"


async def test_the_health_page_tells_what_the_gateway_refused(node: RunningNode) -> None:
    wire = await Wire.open(node.mllp_port)
    assert (await wire.ask(message(msh("ADT^A08", "node-bad", charset="KLINGON"), PID))).code == "AR"
    host, port = wire.writer.get_extra_info("sockname")

    def gateway(health: Any) -> dict[str, Any]:
        figures: dict[str, Any] = next(part["figures"] for part in health["parts"] if part["name"] == "gateway")
        return figures

    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": f"Bearer {node.token}"}) as client:
        told = gateway(await _until(client, "/api/health", lambda health: gateway(health).get("refused", 0) > 0))
    await wire.close()
    assert told["last_refusal"] == "character set 'KLINGON' is not known"
    assert told["last_refusal_zh"] == "字符集未知（MSH^1^18）"
    assert told["last_refused_peer"] == f"{host}:{port}"
    assert told["process_id"] > 0
