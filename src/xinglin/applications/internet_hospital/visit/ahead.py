"""Tests that were done before the visit, with their results: what the consultation begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .model import ResultBefore, TestBefore

_PROTOCOL = "https://xinglin.health/protocol/"


def is_before_visit(one: Mapping[str, Any]) -> bool:
    """Whether an order was released by a protocol before the visit."""
    if one["resourceType"] != "ServiceRequest" or one.get("intent") != "order":
        return False
    return any(str(each).startswith(_PROTOCOL) for each in one.get("instantiatesCanonical", ()))


def tests_before(orders: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> list[TestBefore]:
    """Each order with what came of it; without results it is waited for."""
    return [_test(one, [each for each in results if _is_of(each, one)]) for one in orders]


def _is_of(result: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
    reference = f"ServiceRequest/{order['id']}"
    return any(each.get("reference") == reference for each in result.get("basedOn", ()))


def _test(order: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> TestBefore:
    code = order.get("code") or {}
    name = str(code.get("text", "?"))
    return TestBefore(
        reference=f"ServiceRequest/{order['id']}",
        name_zh=name,
        name_en=str((code.get("coding") or [{}])[0].get("display") or name),
        why=str((order.get("reasonCode") or [{}])[0].get("text", "")),
        results=[_result(one) for one in results],
    )


def _result(one: Mapping[str, Any]) -> ResultBefore:
    quantity, code = one.get("valueQuantity") or {}, one.get("code") or {}
    value = f"{quantity['value']} {quantity.get('unit', '')}".strip() if "value" in quantity else None
    flags = [each.get("code", "") for concept in one.get("interpretation", ()) for each in concept.get("coding", ())]
    spoken = one.get("valueString") or (one.get("valueCodeableConcept") or {}).get("text") or "?"
    return ResultBefore(
        reference=f"Observation/{one['id']}",
        name=str(code.get("text") or (code.get("coding") or [{}])[0].get("display") or "?"),
        value=str(value or spoken),
        flag=str(next((each for each in flags if each), "")),
        at=one.get("effectiveDateTime") or one.get("issued"),
    )
