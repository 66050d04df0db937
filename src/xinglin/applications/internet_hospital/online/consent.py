"""The text to which patients agree before they are seen online, and that they did."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from .model import ConsentText, Guardian, Resource

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_LOINC = "http://loinc.org"
POLICY = "https://xinglin.health/id/online-visit-consent"


@cache
def text() -> ConsentText:
    """The text in force."""
    return ConsentText(**json.loads((Path(__file__).parent / "consent.json").read_text("utf-8")))


def consent(id_: str, patient: str, agreed_by: str, guardian: Guardian | None, at: datetime) -> Resource:
    """That ``agreed_by`` agreed for ``patient`` to the text in force, with the text itself. It opens no record and
    shuts none: it has no provision."""
    words = "\n".join((*text().zh, *text().en)).encode()
    who = f"{agreed_by}；{guardian.relation} {guardian.name}" if guardian else agreed_by
    return {
        "resourceType": "Consent",
        "id": id_,
        "status": "active",
        "scope": {"coding": [{"system": _SCOPE, "code": "treatment"}], "text": "互联网诊疗 Online visit"},
        "category": [{"coding": [{"system": _LOINC, "code": "59284-0", "display": "Consent Document"}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "performer": [{"display": who}],
        "policy": [{"uri": f"{POLICY}/{text().version}"}],
        "sourceAttachment": {
            "contentType": "text/plain; charset=utf-8",
            "title": f"互联网诊疗知情同意书 Consent to an online visit, {text().version}",
            "data": base64.b64encode(words).decode(),
            "hash": base64.b64encode(hashlib.sha1(words, usedforsecurity=False).digest()).decode(),
            "size": len(words),
        },
    }
