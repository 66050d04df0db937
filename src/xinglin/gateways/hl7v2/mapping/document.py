"""MDM: clinical documents as DocumentReferences, with their text."""

from __future__ import annotations

import base64
from typing import Any

from ..failure import Unmappable
from ..syntax import Segment, fhir_date_time
from . import codes, directory
from .datatype import cwe_in, identifier, text
from .identify import order_key
from .person import merged
from .reading import Key, Reading
from .table import Row, Table
from .value import attachment, narrative

# Document completion status (HL7 table 0271) as FHIR composition status; HL7's maps leave this open.
_COMPLETION = {"AU": "final", "LA": "final", "DO": "preliminary", "DI": "preliminary", "IN": "preliminary",
               "IP": "preliminary", "PA": "preliminary"}  # fmt: skip
_RELATIONS = {"T05": "appends", "T06": "appends", "T09": "replaces", "T10": "replaces"}


def _security(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = codes.CONFIDENTIALITY.get(segment.text(number))
    return [{"coding": [dict(zip(("code", "display", "system"), found, strict=True))]}] if found else []


TXA = Table(
    "TXA[DocumentReference]",
    (
        Row(2, "type", "type", cwe_in("0270")),
        Row(9, "author(Practitioner)", "author", directory.practitioners, many=True),
        Row(18, "securityLabel", "securityLabel", _security, many=True),
        Row(25, "description", "description", text),
    ),
    by_code=((3, "content.attachment.contentType"), (6, "date"), (10, "authenticator(Practitioner)"),
             (12, "masterIdentifier"), (17, "docStatus"), (19, "status")),
)  # fmt: skip
OBX = Table(
    "OBX[DocumentReference]",
    (),
    by_code=((5, "content[1].attachment"), (5, "content[2].data"), (5, "content[3].url"), (5, "content[4].data")),
)
TABLES = (TXA, OBX)


def document_key(reading: Reading) -> Key | None:
    """The document by its unique number (TXA-12)."""
    txa = reading.message.first("TXA")
    return order_key(txa, 12, "DocumentReference", "document", reading) if txa else None


def hold_document(reading: Reading, patient_id: str, visit_id: str | None) -> None:
    """Write the document of the message. Raises ``Unmappable`` where it has no number (TXA-12)."""
    txa = reading.first("TXA")
    key = document_key(reading)
    if key is None:
        raise Unmappable("TXA-12 (unique document number) is empty", "TXA-12（文档唯一编号）为空")
    id_ = reading.workspace.id_of(key)
    late = reading.is_late(f"DocumentReference/{id_}")
    known = reading.current("DocumentReference", id_)
    trigger = reading.message.header.trigger
    said = TXA.apply(txa, reading)
    said["masterIdentifier"] = identifier(
        txa.delimiters, txa.components(12), reading, "document", authority_at=2, type_at=0
    )
    said["status"] = _status(txa, trigger)
    said["docStatus"] = _COMPLETION.get(txa.text(17))
    said["date"] = _date(txa, reading)
    said["subject"] = reading.subject_of(known, patient_id)
    if visit_id:
        said["context"] = {"encounter": [{"reference": f"Encounter/{visit_id}"}]}
    checked_by = directory.practitioners(txa, 10, reading)
    if checked_by:
        said["authenticator"] = checked_by[0]
    content = _content(reading)
    if content or known is None:
        said["content"] = content or [{"attachment": {"title": txa.text(2) or "document"}}]
    parent = order_key(txa, 13, "DocumentReference", "document", reading)
    if parent and trigger in _RELATIONS:
        target = {"reference": f"DocumentReference/{reading.workspace.id_of(parent)}"}
        said["relatesTo"] = [{"code": _RELATIONS[trigger], "target": target}]
    start = known or {"resourceType": "DocumentReference", "id": id_}
    reading.put(merged(start, {name: value for name, value in said.items() if value}, only_fill=late))


def _status(txa: Segment, trigger: str) -> str:
    if trigger == "T11":
        return "entered-in-error"
    return "superseded" if txa.text(19) == "OB" else "current"


def _date(txa: Segment, reading: Reading) -> str | None:
    for number in (6, 8, 4):
        written = txa.text(number)
        found = fhir_date_time(written, reading.zone) if written else None
        if found and "T" in found:
            return found
    return None


def _content(reading: Reading) -> list[dict[str, Any]]:
    lines: list[str] = []
    found: list[dict[str, Any]] = []
    title = ""
    for segment in reading.message.all("OBX"):
        title = title or segment.component(3, 2)
        if segment.text(2) in ("ED", "RP"):
            one = attachment(segment)
            if one is None:
                raise Unmappable("OBX-5 holds no base64 data or pointer", "OBX-5 没有 base64 数据或链接")
            found.append({"attachment": one})
        elif segment.raw(5):
            lines.append(narrative(segment))
    if lines:
        data = base64.b64encode("\n".join(lines).encode()).decode()
        plain: dict[str, Any] = {"contentType": "text/plain; charset=utf-8", "data": data}
        if title:
            plain["title"] = title
        found.insert(0, {"attachment": plain})
    return found
