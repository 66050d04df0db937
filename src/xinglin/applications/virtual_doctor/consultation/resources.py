"""A consultation as FHIR R4: QuestionnaireResponse (as told), Composition (for the doctor), Task (a call back)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from xinglin.foundation.errors import translation

from ..triage import LONGEST_TEXT_CHARACTERS, Advice, Level
from .model import Consultation, Turn

Resource = dict[str, Any]

_YES, _NO, _UNSURE = "Y", "N", "UNK"
_ANSWER_SYSTEM = {
    _YES: "http://terminology.hl7.org/CodeSystem/v2-0136",
    _NO: "http://terminology.hl7.org/CodeSystem/v2-0136",
    _UNSURE: "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
}
_PATIENT_NOTE = {"system": "http://loinc.org", "code": "51855-5", "display": "Patient Note"}
_LEVEL_WORDS = {
    Level.RESUSCITATION: "Ⅰ 濒危",
    Level.EMERGENT: "Ⅱ 危重",
    Level.URGENT: "Ⅲ 急症",
    Level.SOON: "Ⅳ 非急症",
    Level.ROUTINE: "Ⅴ 普通",
}


def questionnaire_response(id_: str, patient: str, told: Consultation, turn: Turn, authored: str) -> Resource:
    """What the patient told, in their words and by question, and the advice that they were given."""
    unsure = [name for name, reply in told.answers.items() if reply == "unsure"]
    items = [{"linkId": "words", "text": "主诉", "answer": [{"valueString": told.words[:LONGEST_TEXT_CHARACTERS]}]}]
    items += [_item(one.id, one.chinese, one.english, _YES) for one in turn.understood.present]
    items += [_item(one.id, one.chinese, one.english, _NO) for one in turn.understood.absent]
    items += [_item(name, name, name, _UNSURE) for name in unsure]
    items.append(_advice_item(turn.advice))
    reference = {"reference": f"Patient/{patient}"}
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "status": "completed",
        "subject": reference,
        "source": reference,
        "authored": authored,
        "item": [item for item in items if item["answer"][0] != {"valueString": ""}],
    }


def composition(id_: str, response: Resource) -> Resource:
    """The pre-consultation on one page: complaint, what there is, what there is not, how urgent and why."""
    items = response["item"]
    words = next((item["answer"][0]["valueString"] for item in items if item["linkId"] == "words"), "—")
    advice = next(item for item in items if item["linkId"] == "advice")
    sections = [
        ("主诉 Complaint", [words]),
        ("有 Present", _names(items, _YES)),
        ("没有 Absent", _names(items, _NO)),
        ("不确定 Unsure", _names(items, _UNSURE)),
        ("分诊 Triage", [answer["valueString"] for answer in advice["answer"]]),
    ]
    return {
        "resourceType": "Composition",
        "id": id_,
        "status": "preliminary",
        "type": {"coding": [_PATIENT_NOTE], "text": "预问诊 Pre-consultation"},
        "subject": response["subject"],
        "date": response["authored"],
        "author": [{"display": "虚拟医生 Virtual doctor"}],
        "title": "预问诊 Pre-consultation",
        "section": [
            {
                "title": title,
                "text": {"status": "generated", "div": _narrative(lines)},
                "entry": [{"reference": f"QuestionnaireResponse/{response['id']}"}],
            }
            for title, lines in sections
            if lines
        ],
    }


def call_back(id_: str, response: Resource) -> Resource:
    """The wish to speak to a person, as a Task for whoever is on duty."""
    return {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": {"text": "患者请求人工问诊 Patient asks for a person"},
        "for": response["subject"],
        "focus": {"reference": f"QuestionnaireResponse/{response['id']}"},
        "authoredOn": response["authored"],
    }


def _item(link: str, chinese: str, english: str, answer: str) -> Resource:
    return {
        "linkId": link,
        "text": chinese,
        "_text": {"extension": [translation("en", english)]},
        "answer": [{"valueCoding": {"system": _ANSWER_SYSTEM[answer], "code": answer}}],
    }


def _advice_item(advice: Advice) -> Resource:
    level = "未能判断，请人工评估 not judged" if advice.level is None else _LEVEL_WORDS[advice.level]
    lines = [f"{level} · {advice.department[0]} {advice.department[1]}"]
    lines += [f"{reason.chinese} {reason.english}" for reason in advice.reasons]
    return {"linkId": "advice", "text": "分诊建议", "answer": [{"valueString": line} for line in lines]}


def _names(items: Iterable[Resource], answer: str) -> list[str]:
    return [item["text"] for item in items if item["answer"][0].get("valueCoding", {}).get("code") == answer]


def _narrative(lines: Iterable[str]) -> str:
    listed = "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{listed}</div>'
