"""Tests that can be ordered: one list for all who order, propose and charge. Data: ``starter/orderables.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

ORDERABLE = "https://xinglin.health/id/orderable"
_V2_74 = "http://terminology.hl7.org/CodeSystem/v2-0074"
_CATEGORIES = {"laboratory": ("LAB", "检验 Laboratory"), "imaging": ("RAD", "检查 Imaging")}


@dataclass(frozen=True, slots=True)
class Orderable:
    """A test by its code; ``kind`` tells who does it."""

    kind: Literal["laboratory", "imaging"]
    code: str
    name_zh: str
    name_en: str


@cache
def orderables() -> dict[str, Orderable]:
    """Every test that can be ordered, by code."""
    rows = json.loads((Path(__file__).parent / "starter" / "orderables.json").read_text("utf-8"))
    return {row["code"]: Orderable(**row) for row in rows}


def category_of(kind: str) -> list[dict[str, Any]]:
    """ServiceRequest.category of a kind (HL7 v2 table 0074: LAB, RAD)."""
    code, text = _CATEGORIES[kind]
    return [{"coding": [{"system": _V2_74, "code": code}], "text": text}]
