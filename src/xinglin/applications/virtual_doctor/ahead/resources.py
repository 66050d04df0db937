"""Proposals and protocols as FHIR R4: ServiceRequest (draft, proposal), Task (to be released), PlanDefinition."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from xinglin.data_platform.terminology import ORDERABLE, category_of
from xinglin.foundation.errors import translation

from ..protocol import Proposed, Protocol
from .model import BothWords

Resource = dict[str, Any]

AHEAD = "tests-ahead"
TASK = "https://xinglin.health/id/task"
PROTOCOL = "https://xinglin.health/id/tests-ahead-protocol"
_URL = "https://xinglin.health/protocol/"
_DEPARTMENT = "https://xinglin.health/id/department"
_VENUE = {"system": "http://terminology.hl7.org/CodeSystem/usage-context-type", "code": "venue"}
_NAMES = uuid.UUID("c7f7a5ce-5a38-5d0c-8d44-0f6a5e0bb2d1")


def requests(one: Proposed, patient: str, response: str, at: str) -> list[Resource]:
    """Each test as a proposal: no order, nobody is to do it yet."""
    protocol = one.protocol
    return [
        {
            "resourceType": "ServiceRequest",
            "id": _named(response, protocol.id, test.code),
            "instantiatesCanonical": [canonical(protocol)],
            "status": "draft",
            "intent": "proposal",
            "category": category_of(test.kind),
            "code": {
                "coding": [{"system": ORDERABLE, "code": test.code, "display": test.name_en}],
                "text": test.name_zh,
            },
            "subject": {"reference": f"Patient/{patient}"},
            "authoredOn": at,
            "requester": {"display": "虚拟医生 Virtual doctor"},
            "reasonCode": [{"text": one.reason.zh, "_text": {"extension": [translation("en", one.reason.en)]}}],
            "supportingInfo": [{"reference": f"QuestionnaireResponse/{response}"}],
        }
        for test in protocol.tests
    ]


def task(one: Proposed, patient: str, response: str, department: str, made: list[Resource], at: str) -> Resource:
    """The decision that is asked of a doctor of ``department``, on all tests of the protocol together."""
    return {
        "resourceType": "Task",
        "id": _named(response, one.protocol.id),
        "instantiatesCanonical": canonical(one.protocol),
        "basedOn": [{"reference": f"QuestionnaireResponse/{response}"}],
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"system": TASK, "code": AHEAD}], "text": "诊前检查审核 Release of tests before the visit"},
        "description": one.protocol.name.zh,
        "focus": {"reference": f"ServiceRequest/{made[0]['id']}"},
        "for": {"reference": f"Patient/{patient}"},
        "authoredOn": at,
        "owner": {"reference": f"Organization/{department}"},
        "input": [
            *({"type": {"text": "test"}, "valueReference": {"reference": f"ServiceRequest/{m['id']}"}} for m in made),
            _said("reason", one.reason.zh, one.reason.en),
            *(_said("seen", words.zh, words.en) for words in one.seen),
        ],
    }


def plan_definition(
    protocol: Protocol, department: Resource, is_on: bool, by: str, place: str, today: date, at: datetime
) -> Resource:
    """The protocol as ``department`` has approved it, or has put it away."""
    made = {
        "resourceType": "PlanDefinition",
        "id": plan_id(protocol, department["id"]),
        "url": canonical(protocol).partition("|")[0],
        "identifier": [{"system": PROTOCOL, "value": protocol.id}],
        "version": protocol.version,
        "title": protocol.name.zh,
        "_title": {"extension": [translation("en", protocol.name.en)]},
        "status": "active" if is_on else "retired",
        "date": at.isoformat(timespec="seconds"),
        "approvalDate": today.isoformat(),
        "endorser": [{"name": by}],
        "useContext": [
            {
                "code": _VENUE,
                "valueCodeableConcept": {
                    "coding": [{"system": _DEPARTMENT, "code": department["id"]}],
                    "text": str(department.get("name", "?")),
                },
            }
        ],
        "relatedArtifact": [{"type": "citation", "citation": source} for source in protocol.sources],
        "action": [{"title": test.name_zh, "code": [_code(test.code)]} for test in protocol.tests],
    }
    return made | ({"usage": place} if place else {})


def canonical(protocol: Protocol) -> str:
    """The canonical address of a protocol in its version."""
    return f"{_URL}{protocol.id}|{protocol.version}"


def protocol_of(one: Mapping[str, Any]) -> str:
    """The id of the protocol that a Task or a ServiceRequest was made by."""
    written = one.get("instantiatesCanonical") or ""
    address = written if isinstance(written, str) else str(written[0])
    return address.partition("|")[0].removeprefix(_URL)


def plan_id(protocol: Protocol, department: str) -> str:
    """The id of the PlanDefinition of a protocol in a department."""
    return _named("plan", protocol.id, department)


def department_of(one: Mapping[str, Any]) -> str:
    """The Organization's id in a Task or PlanDefinition of this room."""
    if one["resourceType"] == "Task":
        return str((one.get("owner") or {}).get("reference", "")).partition("/")[2]
    contexts = one.get("useContext") or [{}]
    codings = (contexts[0].get("valueCodeableConcept") or {}).get("coding") or [{}]
    return str(codings[0].get("code", ""))


def tests_of(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ServiceRequests that a Task is about."""
    found = [each["valueReference"]["reference"] for each in one.get("input", ()) if "valueReference" in each]
    return [("ServiceRequest", reference.partition("/")[2]) for reference in found]


def said_in(one: Mapping[str, Any], kind: str) -> list[BothWords]:
    """What was said in a Task under ``kind``."""
    found = [each for each in one.get("input", ()) if each["type"]["text"] == kind and "valueString" in each]
    return [both(each["valueString"], each.get("_valueString")) for each in found]


def test_name(request: Mapping[str, Any]) -> BothWords:
    """What a test is called."""
    code = request.get("code") or {}
    zh = str(code.get("text", "?"))
    return BothWords(zh=zh, en=str((code.get("coding") or [{}])[0].get("display") or zh))


def both(text: str, further: Mapping[str, Any] | None) -> BothWords:
    """A text and its translation beside it."""
    for extension in (further or {}).get("extension", ()):
        told = {each["url"]: next(v for k, v in each.items() if k != "url") for each in extension.get("extension", ())}
        if told.get("lang") == "en":
            return BothWords(zh=text, en=str(told.get("content", text)))
    return BothWords(zh=text, en=text)


def _said(kind: str, zh: str, en: str) -> Resource:
    return {"type": {"text": kind}, "valueString": zh, "_valueString": {"extension": [translation("en", en)]}}


def _code(code: str) -> Resource:
    return {"coding": [{"system": ORDERABLE, "code": code}]}


def _named(*parts: str) -> str:
    return str(uuid.uuid5(_NAMES, "/".join(parts)))
