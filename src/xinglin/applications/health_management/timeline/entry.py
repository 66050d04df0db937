"""Each kind of entry: what of FHIR R4 it is made of, by which parameter it is found in order, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xinglin.data_platform.fhir import translations

from .model import Kind

Resource = Mapping[str, Any]
_NOTICE = "https://xinglin.health/id/notice-kind"
_COMMUNICATION = "https://xinglin.health/id/communication"
_CLASSES = {
    "AMB": ("门诊", "Outpatient visit"),
    "VR": ("在线就诊", "Online visit"),
    "EMER": ("急诊", "Emergency visit"),
    "IMP": ("住院", "Stay in hospital"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text, Chinese and English, and by whom."""

    zh: str
    en: str
    text_zh: str = ""
    text_en: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """``when`` is the search parameter that orders it, ``at`` the same instant in the resource."""

    type: str
    when: str
    at: Callable[[Resource], str | None]
    words: Callable[[Resource], Words]
    only: tuple[tuple[str, str], ...] = ()


def _visit(one: Resource) -> Words:
    chinese, english = _CLASSES.get((one.get("class") or {}).get("code", ""), ("就诊", "Visit"))
    service = one.get("serviceType") or {}
    department = _text(service) or (one.get("serviceProvider") or {}).get("display", "")
    return Words(chinese, english, department, translations(service.get("_text")).get("en", department))


def _result(one: Resource) -> Words:
    chinese, english = _names(one.get("code"), "检查检验报告", "Report")
    by = "，".join(str(each["display"]) for each in one.get("performer", ()) if each.get("display"))
    return Words(chinese, english, by=by)


def _prescription(one: Resource) -> Words:
    chinese, english = _names(one.get("medicationCodeableConcept"), "药品", "Medicine")
    said = "；".join(str(each["text"]) for each in one.get("dosageInstruction", ()) if each.get("text"))
    return Words(chinese, english, said, said, (one.get("requester") or {}).get("display", ""))


def _bill(one: Resource) -> Words:
    number = next((str(each.get("value", "")) for each in one.get("identifier", ())), "")
    total = (one.get("totalGross") or {}).get("value")
    amount = "" if total is None else f"¥{float(total):.2f}"
    return Words("账单", "Bill", amount, amount, number)


def _follow_up(one: Resource) -> Words:
    day = str((one.get("period") or {}).get("start", ""))[:10]
    chinese, english = str(one.get("title") or day), str(one.get("description") or day)
    return Words("随访计划", "Follow-up plan", chinese, english, (one.get("author") or {}).get("display", ""))


def _message(one: Resource) -> Words:
    payload = (one.get("payload") or [{}])[0]
    said = str(payload.get("contentString") or "")
    topic = one.get("topic") or {}
    if any(each.get("system") == _NOTICE for each in topic.get("coding", ())):
        chinese, english = _names(topic, "通知", "Notice")
        texts = {str(one.get("language")): said, **translations(payload.get("_contentString"))}
        return Words(chinese, english, texts.get("zh-CN", said), texts.get("en", said))
    by = (one.get("sender") or {}).get("display", "")
    return Words("在线就诊消息", "Online visit message", said or "图片", said or "Photo", by)


def _names(concept: Resource | None, chinese: str, english: str) -> tuple[str, str]:
    text = _text(concept)
    display = next((str(each["display"]) for each in (concept or {}).get("coding", ()) if each.get("display")), "")
    return text or display or chinese, display or text or english


def _text(concept: Resource | None) -> str:
    return str((concept or {}).get("text") or "")


def _period(one: Resource) -> str | None:
    return (one.get("period") or {}).get("start")


SOURCES: Mapping[Kind, Source] = {
    "visit": Source("Encounter", "date", _period, _visit),
    "result": Source("DiagnosticReport", "issued", lambda one: one.get("issued"), _result),
    "prescription": Source("MedicationRequest", "authoredon", lambda one: one.get("authoredOn"), _prescription),
    "bill": Source("Invoice", "date", lambda one: one.get("date"), _bill),
    "follow_up": Source(
        "CarePlan", "date", _period, _follow_up, (("category", "https://xinglin.health/id/care-plan|follow-up"),)
    ),
    "message": Source(
        "Communication",
        "sent",
        lambda one: one.get("sent"),
        _message,
        (("category", f"{_COMMUNICATION}|notice,{_COMMUNICATION}|online-visit"),),
    ),
}
