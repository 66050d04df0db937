"""What screens are told of events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from heard import heard
from xinglin.server.live import _change

_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _told(name: str, body: dict[str, Any], key: str = "Patient/1") -> dict[str, Any]:
    event = heard("access", name, key, _AT, body)
    return dict(msgspec.json.decode(_change(event).split(b"data: ")[1]))


def test_why_a_record_was_opened_and_what_a_bill_came_to_are_told_to_no_screen() -> None:
    told = _told("break_glass.used", {"reason": "unconscious", "name": "Dr Wang", "amount_fen": 100, "changes": [{}]})
    assert told == {"name": "break_glass.used", "key": None, "recorded_at": _AT.isoformat(), "body": {}}


def test_a_screen_learns_which_units_and_messages_are_concerned() -> None:
    assert _told("board.changed", {"units": ["Location/1"]})["body"] == {"units": ["Location/1"]}
    assert _told("hl7_message.received", {"ids": ["7"]})["body"] == {"ids": ["7"]}


@pytest.mark.parametrize("key", ["Patient/1", "Observation/1", "digital_twin/alarm/1", "XLDEMO|XINGLIN"])
def test_a_screen_is_not_told_whom_an_event_is_about(key: str) -> None:
    assert _told("store.resource_expunged", {}, key)["key"] is None


def test_a_screen_is_told_which_clinic_an_event_is_about() -> None:
    assert _told("queue.estimated", {}, "HealthcareService/1")["key"] == "HealthcareService/1"
