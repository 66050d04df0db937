"""What screens are told of events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from xinglin.foundation.bus import Event
from xinglin.server.live import _message

_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _told(name: str, body: dict[str, Any]) -> dict[str, Any]:
    event = Event(
        id="e1",
        room="access",
        name=name,
        node="cn",
        key="Patient/1",
        sequence=1,
        occurred_at=_AT,
        recorded_at=_AT,
        causation_id=None,
        correlation_id=None,
        schema_version=1,
        purpose="treatment",
        body=body,
    )
    return dict(msgspec.json.decode(_message(event).split(b"data: ")[1]))


def test_why_a_record_was_opened_and_what_a_bill_came_to_are_told_to_no_screen() -> None:
    told = _told("break_glass.used", {"reason": "unconscious", "name": "Dr Wang", "amount_fen": 100, "changes": [{}]})
    assert told == {"name": "break_glass.used", "key": "Patient/1", "recorded_at": _AT.isoformat(), "body": {}}


def test_a_screen_learns_which_units_and_messages_are_concerned() -> None:
    assert _told("board.changed", {"units": ["Location/1"]})["body"] == {"units": ["Location/1"]}
    assert _told("hl7_message.received", {"ids": ["7"]})["body"] == {"ids": ["7"]}


def test_a_listener_that_lost_events_is_told_so() -> None:
    assert _message(None).startswith(b"event: lost\n")
