"""What each step makes of a prescription's resources."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .model import Step

Resource = dict[str, Any]
_NAMES = uuid.UUID("0f1b6b0e-0d3c-5d62-9c1e-5b2b7a6a9d10")
_REASONS = "https://xinglin.health/id/dispense-reason"


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, when and why."""

    practitioner: str | None
    name: str
    at: datetime
    reason: str

    @property
    def who(self) -> Resource:
        named = {"display": self.name}
        return named if self.practitioner is None else {"reference": f"Practitioner/{self.practitioner}", **named}

    @property
    def moment(self) -> str:
        return self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


NEEDED: dict[Step, str] = {"approve": "on-hold", "return": "on-hold", "dispense": "active", "take-back": "completed"}
"""The status that each step begins with."""

BECOMES: dict[Step, str] = {"approve": "active", "return": "cancelled", "dispense": "completed", "take-back": "stopped"}


def changed(step: Step, request: Mapping[str, Any], by: By) -> Resource:
    """``request`` after ``step``."""
    made = {name: value for name, value in request.items() if name != "statusReason"}
    made["status"] = BECOMES[step]
    if by.reason:
        made["statusReason"] = {"text": by.reason}
    return made


def reviewed(step: Step, task: Mapping[str, Any], by: By) -> Resource:
    """The Task of the review, done."""
    made = dict(task) | {"status": "completed" if step == "approve" else "rejected", "owner": by.who}
    made["lastModified"] = by.moment
    if by.reason:
        made["statusReason"] = {"text": by.reason}
    return made


def dispense(request: Mapping[str, Any], by: By) -> Resource:
    """The handing out of what ``request`` asks for; the same request is handed out once."""
    made = {
        "resourceType": "MedicationDispense",
        "id": dispense_of(request["id"]),
        "status": "completed",
        "medicationCodeableConcept": request["medicationCodeableConcept"],
        "subject": request["subject"],
        "context": request["encounter"],
        "performer": [{"actor": by.who}],
        "authorizingPrescription": [{"reference": f"MedicationRequest/{request['id']}"}],
        "whenHandedOver": by.moment,
        "dosageInstruction": request.get("dosageInstruction", []),
    }
    supply = request.get("dispenseRequest") or {}
    if "quantity" in supply:
        made["quantity"] = supply["quantity"]
    if "expectedSupplyDuration" in supply:
        made["daysSupply"] = supply["expectedSupplyDuration"]
    return made


def taken_back(handed_out: Mapping[str, Any], by: By) -> Resource:
    """A dispense whose drugs came back."""
    coded = {"coding": [{"system": _REASONS, "code": "taken-back"}], "text": by.reason}
    return dict(handed_out) | {"status": "stopped", "statusReasonCodeableConcept": coded}


def dispense_of(request_id: str) -> str:
    """The id of the MedicationDispense of a MedicationRequest."""
    return str(uuid.uuid5(_NAMES, request_id))


def proof_of(prescription: str) -> str:
    """The id of the Provenance of a prescription's approval."""
    return str(uuid.uuid5(_NAMES, f"approval/{prescription}"))


def versions(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """The versions that a change was worked out from, as the store expects them."""
    return {(one["resourceType"], one["id"]): int(one["meta"]["versionId"]) for one in found}
