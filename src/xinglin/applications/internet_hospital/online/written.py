"""Messages and photos as Communication, Media and Binary (hl7.org/fhir/R4/communication.html)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .member import Member
from .model import OnlineMessage, Resource
from .photo import CONTENT_TYPE

NUMBER = "https://xinglin.health/id/online-message"
_CATEGORY = {"coding": [{"system": "https://xinglin.health/id/communication", "code": "online-visit"}]}


def message(id_: str, number: int, member: Member, payload: Resource, to: Iterable[str], at: datetime) -> Resource:
    """What ``member`` wrote, the ``number``-th of the visit; to nobody by name before a doctor has come."""
    recipients = [{"reference": one} for one in to]
    return {
        "resourceType": "Communication",
        "id": id_,
        "identifier": [{"system": NUMBER, "value": f"{member.encounter}/{number}"}],
        "status": "completed",
        "category": [{**_CATEGORY, "text": "在线就诊消息 Online visit message"}],
        "subject": {"reference": f"Patient/{member.patient}"},
        "encounter": {"reference": f"Encounter/{member.encounter}"},
        "sent": moment(at),
        "sender": member.sender,
        **({"recipient": recipients} if recipients else {}),
        "payload": [payload],
    }


def photo(media: str, binary: str, member: Member, content: bytes, at: datetime) -> list[Resource]:
    """A picture, and its bytes, which only those may read who may read the visit."""
    visit = {"reference": f"Encounter/{member.encounter}"}
    return [
        {
            "resourceType": "Binary",
            "id": binary,
            "contentType": CONTENT_TYPE,
            "securityContext": visit,
            "data": base64.b64encode(content).decode(),
        },
        {
            "resourceType": "Media",
            "id": media,
            "status": "completed",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/media-type", "code": "image"}]},
            "subject": {"reference": f"Patient/{member.patient}"},
            "encounter": visit,
            "createdDateTime": moment(at),
            "operator": {"display": member.name},
            "content": {
                "contentType": CONTENT_TYPE,
                "url": f"Binary/{binary}",
                "size": len(content),
                "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
            },
        },
    ]


def number_of(one: Mapping[str, Any]) -> int:
    """Which message of the visit it is; 0 for a Communication that is none."""
    found = (each["value"] for each in one.get("identifier", ()) if each.get("system") == NUMBER)
    return int(next(found, "/0").rpartition("/")[2])


def is_from_doctor(one: Mapping[str, Any]) -> bool:
    return str((one.get("sender") or {}).get("reference", "")).startswith("Practitioner/")


def shown(one: Mapping[str, Any], encounter: str) -> OnlineMessage:
    payload = (one.get("payload") or [{}])[0]
    media = (payload.get("contentReference") or {}).get("reference", "").partition("/")[2]
    return OnlineMessage(
        id=str(one["id"]),
        number=number_of(one),
        side="doctor" if is_from_doctor(one) else "patient",
        author=str((one.get("sender") or {}).get("display", "")),
        at=str(one.get("sent", "")),
        text=payload.get("contentString"),
        photo=f"/api/online-visits/{encounter}/photos/{media}" if media else None,
        read_at=one.get("received"),
    )


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
