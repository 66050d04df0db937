"""Events as rooms hear them from the bus, for tests that hand them over themselves."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from xinglin.foundation.bus import Event


def heard(room: str, name: str, key: str, at: datetime, body: dict[str, Any]) -> Event:
    """An event that ``room`` of this node told, about ``key``, at the moment when it happened."""
    return Event(
        id=str(uuid.uuid4()),
        room=room,
        name=name,
        node="test",
        key=key,
        sequence=1,
        occurred_at=at,
        recorded_at=at,
        causation_id=None,
        correlation_id=None,
        schema_version=1,
        purpose="treatment",
        body=body,
    )
