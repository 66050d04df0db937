"""What happens to tests before a consultation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "virtual_doctor"
TESTS_PROPOSED = "tests.proposed"
TESTS_RELEASED = "tests.released"
TESTS_REFUSED = "tests.refused"
ORDER_PLACED = "order.placed"


def happened(
    ids: Ids, name: str, patient: str, task: str, department: str, references: Sequence[str], at: datetime
) -> NewEvent:
    """That tests of one protocol were proposed, released or refused; ``references`` are their ServiceRequests."""
    body = {"task": f"Task/{task}", "department": f"Organization/{department}", "references": list(references)}
    return NewEvent(id=ids.new(), room=ROOM, name=name, key=f"Patient/{patient}", occurred_at=at, body=body)


def placed(ids: Ids, patient: str, encounter: str, references: Sequence[str], at: datetime) -> NewEvent:
    """That released tests belong to a visit now, and can be charged to it."""
    body = {"encounter": f"Encounter/{encounter}", "references": list(references)}
    return NewEvent(id=ids.new(), room=ROOM, name=ORDER_PLACED, key=f"Patient/{patient}", occurred_at=at, body=body)
