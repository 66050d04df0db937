"""What the room tells others, in the transaction that signs."""

from __future__ import annotations

from collections.abc import Sequence

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

from .model import Resource
from .written import Visit

ROOM = "internet_hospital"
VISIT_SIGNED = "visit.signed"
ORDER_PLACED = "order.placed"
PRESCRIPTION_ISSUED = "prescription.issued"


def told(ids: Ids, visit: Visit, written: Sequence[Resource], prescription: str | None) -> list[NewEvent]:
    """What happened by signing ``written``."""
    references = [f"{one['resourceType']}/{one['id']}" for one in written]
    encounter = f"Encounter/{visit.encounter}"
    orders = [one for one in references if one.startswith("ServiceRequest/")]
    bodies = [(VISIT_SIGNED, {"encounter": encounter, "references": references})]
    if orders:
        bodies.append((ORDER_PLACED, {"encounter": encounter, "references": orders}))
    if prescription:
        bodies.append((PRESCRIPTION_ISSUED, {"encounter": encounter, "prescription": prescription}))
    return [
        NewEvent(id=ids.new(), room=ROOM, name=name, key=f"Patient/{visit.patient}", occurred_at=visit.at, body=body)
        for name, body in bodies
    ]
