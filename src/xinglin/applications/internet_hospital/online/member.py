"""The two sides of an online visit, and whoever is neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from .asking import AT_HOME
from .model import Resource, Side


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part in the visit ``encounter``; ``reference`` is who they are in the record."""

    encounter: str
    patient: str
    side: Side
    account: str
    name: str
    reference: str

    @property
    def sender(self) -> Resource:
        return {"reference": self.reference, "display": self.name}


def member_of(encounter: Mapping[str, Any], principal: Principal) -> Member:
    """Which side ``principal`` is. Raises NOT_FOUND for a visit that is not online, FORBIDDEN for whoever is neither
    the patient, nor acts for them, nor takes part as a doctor."""
    id_ = str(encounter["id"])
    type_, _, patient = str((encounter.get("subject") or {}).get("reference", "")).partition("/")
    if (encounter.get("class") or {}).get("code") != AT_HOME or type_ != "Patient":
        raise XinglinError(Category.NOT_FOUND, f"{id_} is no online visit", f"{id_} 不是在线就诊")
    if patient in principal.patients:
        return Member(id_, patient, "patient", principal.id, principal.name, f"Patient/{patient}")
    if principal.practitioner is not None and principal.practitioner in practitioners(encounter):
        reference = f"Practitioner/{principal.practitioner}"
        return Member(id_, patient, "doctor", principal.id, principal.name, reference)
    raise XinglinError(
        Category.FORBIDDEN,
        "only the patient and the doctor of this visit may use it; a colleague first takes it over in the room",
        "仅本次就诊的患者与接诊医生可以使用；同事请先在诊室接管",
    )


def practitioners(encounter: Mapping[str, Any]) -> list[str]:
    """The ids of the doctors who take part, whoever came last at the end."""
    named = ((one.get("individual") or {}).get("reference", "") for one in encounter.get("participant", ()))
    return [one.partition("/")[2] for one in named if one.startswith("Practitioner/")]
