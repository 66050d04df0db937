"""The Board of a whole node: what comes in over MLLP is seen by those who signed in, and by nobody else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from nodes import RunningNode
from xinglin_demo.wire import MllpSender

PATIENCE_SECONDS = 30.0


class Ward:
    """A new ward of the node that is fed over MLLP and looked at over HTTP."""

    def __init__(self, node: RunningNode) -> None:
        self.code = f"T{uuid.uuid4().hex[:6].upper()}"
        self.sender = MllpSender(node.mllp_host, node.mllp_port)
        self.client = httpx.AsyncClient(
            base_url=node.url, timeout=30, headers={"authorization": f"Bearer {node.token}"}
        )
        self.person = f"{self.code}-1"
        self.visit = f"V{self.code}"

    async def tell(self, event: str, bed: str, *more: str) -> None:
        control = uuid.uuid4().hex[:20]
        now = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
        structure = "ORU^R01^ORU_R01" if event == "R01" else f"ADT^{event}"
        lines = [
            rf"MSH|^~\&|XLDEMO|XLH|XINGLIN|NODE|{now}||{structure}|{control}|P|2.5.1|||||CHN|UNICODE UTF-8",
            *([] if event == "R01" else [f"EVN|{event}|{now}"]),
            f"PID|1||{self.person}^^^XLMRN^MR||陆^文静||19880412|F",
            f"PV1|1|I|{self.code}^01^{bed}||||D9^顾^明^^^^^^XLSTAFF||||||||||||{self.visit}^^^XLVISIT^VN"
            + "|" * 25
            + now,
            *more,
        ]
        answer = await self.sender.send("\r".join(lines).encode() + b"\r", control)
        assert answer.accepted, answer

    async def unit(self) -> dict[str, Any] | None:
        units = (await self.client.get("/api/board")).raise_for_status().json()["units"]
        return next((unit for unit in units if unit["name"] == self.code), None)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                unit = await self.unit()
                if unit is not None and wanted(unit):
                    return unit
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("path", ["/api/board", "/api/board/units/x"])
def test_the_board_is_for_those_who_signed_in(node: RunningNode, path: str) -> None:
    assert httpx.get(node.url + path).status_code == 401


async def test_an_admission_a_critical_result_and_a_discharge_move_the_board(node: RunningNode) -> None:
    ward = Ward(node)
    await ward.tell("A01", "2")
    unit = await ward.until(lambda unit: unit["occupied"] == 1)
    assert (unit["kind"], unit["beds_total"], unit["abnormal"]) == ("ward", 1, 0)

    now = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    order = f"OBR|1||{ward.visit}-1^XLFIL|24326-1^电解质^LN|||{now}|||||||||||||||{now}||LAB|F"
    result = f"OBX|1|NM|2823-3^钾^LN||6.9|mmol/L^^UCUM|3.5-5.3|HH|||F|||{now}"
    await ward.tell("R01", "2", order, result)
    unit = await ward.until(lambda unit: unit["critical"] == 1)
    shown = (await ward.client.get(f"/api/board/units/{unit['id']}")).raise_for_status().json()
    (stay,) = shown["stays"]
    assert (stay["patient_name"], stay["sex"], stay["class"], stay["attending"]) == ("陆文静", "female", "IMP", "顾明")
    (finding,) = stay["abnormal"]
    assert (finding["name"], finding["value"], finding["interpretation"]) == ("钾", "6.9", "HH")

    await ward.tell("A03", "2")
    unit = await ward.until(lambda unit: unit["occupied"] == 0)
    assert (unit["abnormal"], unit["critical"]) == (0, 0)
    shown = (await ward.client.get(f"/api/board/units/{unit['id']}")).raise_for_status().json()
    assert shown["stays"] == []
    assert shown["empty_beds"] == [{"name": f"{ward.code} 01 2", "name_en": f"{ward.code} 01 2"}]
    await ward.sender.close()


async def test_an_unknown_unit_is_said_in_the_readers_language(node: RunningNode) -> None:
    ward = Ward(node)
    answer = await ward.client.get("/api/board/units/none", headers={"accept-language": "zh-CN"})
    assert answer.status_code == 404
    assert "看板" in answer.json()["title"]
