"""What was written in the room as FHIR R4."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from xinglin.data_platform.terminology import ATC, DIAGNOSES, DRUGS, ORDERABLE, Drug, category_of

from ..record import LINE_NUMBER, dosage
from ..safety import Finding, amount_in
from .model import Content, Resource, WrittenDiagnosis, WrittenDrug, WrittenOrder

PRESCRIPTION = "https://xinglin.health/id/prescription"
DOCUMENT = "https://xinglin.health/id/visit-document"
REVIEW = "prescription-review"
_TASK = "https://xinglin.health/id/task"
_NAMES = uuid.UUID("7d0f5f3e-95a0-5a68-8d4b-2f2e6f3f1c55")
_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_SECTIONS = (
    ("complaint", "主诉 Complaint", "10154-3"),
    ("history", "现病史 History", "10164-2"),
    ("examination", "查体 Examination", "29545-1"),
    ("plan", "处理 Plan", "18776-5"),
)
_SEVERITIES = {"stop": "high", "caution": "moderate", "unknown": "low"}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who writes about whom, where and when; ``round`` is the version of the draft that is signed, so that two signings
    of one visit make different resources and the same one makes the same. ``zone`` is the node's, ``provider`` the
    Organization whose visit it is, where that is known."""

    encounter: str
    patient: str
    practitioner: str
    name: str
    at: datetime
    round: int
    zone: str
    provider: str | None = None

    def named(self, *parts: str) -> str:
        return str(uuid.uuid5(_NAMES, "/".join((self.encounter, str(self.round), *parts))))

    @property
    def moment(self) -> str:
        return self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def about(self, requester: str = "requester") -> Resource:
        return {
            "subject": {"reference": f"Patient/{self.patient}"},
            "encounter": {"reference": f"Encounter/{self.encounter}"},
            requester: {"reference": f"Practitioner/{self.practitioner}", "display": self.name},
        }


def resources(visit: Visit, content: Content, drugs: dict[str, Drug], findings: Sequence[Finding]) -> list[Resource]:
    """All that signing ``content`` writes, but for the proof."""
    made = [*_documents(visit, content)]
    made += [condition(visit, one) for one in content.diagnoses]
    made += [service_request(visit, one) for one in content.orders]
    if content.referral is not None:
        made.append(referral(visit, content))
    if content.drugs:
        made += [medication_request(visit, one, place, content, drugs) for place, one in enumerate(content.drugs, 1)]
        made.append(review(visit, content))
    made += [detected_issue(visit, one, content) for one in findings if one.needs_reason]
    return made


def prescription_of(visit: Visit, content: Content) -> str | None:
    """The number of the prescription, where drugs were written."""
    return visit.named("prescription") if content.drugs else None


def condition(visit: Visit, one: WrittenDiagnosis) -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/"
    return {
        "resourceType": "Condition",
        "id": visit.named("diagnosis", one.code),
        "clinicalStatus": {"coding": [{"system": f"{system}condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{system}condition-ver-status", "code": "confirmed"}]},
        "category": [{"coding": [{"system": f"{system}condition-category", "code": "encounter-diagnosis"}]}],
        "code": concept(DIAGNOSES, one.code, one.name_zh, one.name_en),
        **visit.about("recorder"),
        "recordedDate": visit.moment,
    }


def service_request(visit: Visit, one: WrittenOrder) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": visit.named("order", one.code),
        "status": "active",
        "intent": "order",
        "priority": "urgent" if one.urgent else "routine",
        "category": category_of(one.kind),
        "code": concept(ORDERABLE, one.code, one.name_zh, one.name_en),
        **visit.about(),
        "authoredOn": visit.moment,
    }


def referral(visit: Visit, content: Content) -> Resource:
    assert content.referral is not None
    made = {
        "resourceType": "ServiceRequest",
        "id": visit.named("referral"),
        "status": "active",
        "intent": "order",
        "category": [
            {"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}], "text": "转诊 Referral"},
        ],
        "code": {"text": f"转诊 Referral: {content.referral.to}"},
        "performerType": {"text": content.referral.to},
        **visit.about(),
        "authoredOn": visit.moment,
    }
    if content.referral.reason.strip():
        made["reasonCode"] = [{"text": content.referral.reason.strip()}]
    return made


def medication_request(
    visit: Visit, one: WrittenDrug, place: int, content: Content, drugs: dict[str, Drug]
) -> Resource:
    """On hold until a pharmacist has reviewed it."""
    drug = drugs.get(one.drug or "")
    number = visit.named("prescription")
    medicine: Resource = {"text": one.name}
    if drug is not None:
        medicine["coding"] = [
            {"system": DRUGS, "code": drug.code, "display": drug.name_zh},
            {"system": ATC, "code": drug.atc},
        ]
    made: Resource = {
        "resourceType": "MedicationRequest",
        "id": visit.named("drug", one.id),
        "identifier": [{"system": LINE_NUMBER, "value": f"{number}/{place}"}],
        "groupIdentifier": {"system": PRESCRIPTION, "value": number},
        "status": "on-hold",
        "statusReason": {"text": "待药师审核 awaits a pharmacist's review"},
        "intent": "order",
        "medicationCodeableConcept": medicine,
        **visit.about(),
        "authoredOn": visit.moment,
        "dosageInstruction": [
            dosage(one.dose, one.unit, one.times_per_day, directions(one)) | {"route": {"text": one.route}}
        ],
        "dispenseRequest": {
            "expectedSupplyDuration": {"value": one.days, "unit": "d", "system": _UCUM, "code": "d"},
            "quantity": quantity(one, drug),
        },
    }
    if one.replaces:
        made["priorPrescription"] = {"reference": f"MedicationRequest/{one.replaces}"}
    if content.diagnoses:
        made["reasonCode"] = [concept(DIAGNOSES, each.code, each.name_zh, each.name_en) for each in content.diagnoses]
    if made["dispenseRequest"]["quantity"] is None:
        del made["dispenseRequest"]["quantity"]
    return made


def directions(one: WrittenDrug) -> str:
    """How it is taken, in words."""
    unit = {"{piece}": "片/粒"}.get(one.unit, one.unit)
    dose = f"每次 {one.dose:g} {unit}" if one.dose is not None else "剂量未写明"
    times = f"每日 {one.times_per_day:g} 次" if one.times_per_day else "次数未写明"
    return f"{dose}，{times}，共 {one.days} 天"


def quantity(one: WrittenDrug, drug: Drug | None) -> Resource | None:
    """How many pieces that is, rounded up; None where the units cannot be compared."""
    if drug is None or one.dose is None or not one.times_per_day or drug.strength <= 0:
        return None
    single = amount_in(drug, one.dose, one.unit)
    if single is None:
        return None
    pieces = -int(-(single / drug.strength * one.times_per_day * one.days) // 1)
    return {"value": pieces, "unit": drug.form_zh or "片"}


def review(visit: Visit, content: Content) -> Resource:
    """The pharmacist's work."""
    number = visit.named("prescription")
    return {
        "resourceType": "Task",
        "id": review_of(number),
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": _TASK, "code": REVIEW}], "text": "处方审核 Prescription review"},
        "groupIdentifier": {"system": PRESCRIPTION, "value": number},
        "focus": {"reference": f"MedicationRequest/{visit.named('drug', content.drugs[0].id)}"},
        "for": {"reference": f"Patient/{visit.patient}"},
        "encounter": {"reference": f"Encounter/{visit.encounter}"},
        "requester": {"reference": f"Practitioner/{visit.practitioner}", "display": visit.name},
        "authoredOn": visit.moment,
    }


def review_of(prescription: str) -> str:
    """The id of the Task that reviews a prescription."""
    return str(uuid.uuid5(_NAMES, f"review/{prescription}"))


def detected_issue(visit: Visit, one: Finding, content: Content) -> Resource:
    """The log of a finding that was overridden, with the reason."""
    meant = [
        {"reference": f"MedicationRequest/{visit.named('drug', each.id)}"}
        for each in content.drugs
        if each.name in one.drugs
    ]
    return {
        "resourceType": "DetectedIssue",
        "id": visit.named("issue", one.key),
        "status": "final",
        "code": {"text": one.kind},
        "severity": _SEVERITIES[one.severity],
        "patient": {"reference": f"Patient/{visit.patient}"},
        "identifiedDateTime": visit.moment,
        "implicated": [*meant, *({"reference": reference} for reference in one.rests_on)],
        "detail": f"{one.zh}\n{one.en}",
        "mitigation": [
            {
                "action": {"text": content.reasons[one.key].strip()},
                "date": visit.moment,
                "author": {"reference": f"Practitioner/{visit.practitioner}", "display": visit.name},
            }
        ],
    }


def _documents(visit: Visit, content: Content) -> Iterator[Resource]:
    note = content.note
    sections = [
        {
            "title": title,
            "code": {"coding": [{"system": _LOINC, "code": code}]},
            "text": {"status": "additional", "div": _narrative(getattr(note, name))},
        }
        for name, title, code in _SECTIONS
        if getattr(note, name).strip()
    ]
    if sections:
        yield _document(visit, "note", "11506-3", "门诊病历 Visit note", sections)
    if content.sick_note is not None:
        sick = content.sick_note
        last = sick.first_day + timedelta(days=sick.days - 1)
        named = "、".join(f"{one.name_zh} {one.code}" for one in content.diagnoses)
        words = [f"诊断：{named}" if named else "", f"建议休息 {sick.days} 天：{sick.first_day} 至 {last}", sick.advice]
        text = {"status": "additional", "div": _narrative("\n".join(one for one in words if one.strip()))}
        yield _document(visit, "sick_note", None, "病假证明 Sick note", [{"title": "病假证明 Sick note", "text": text}])


def _document(visit: Visit, kind: str, loinc: str | None, title: str, sections: list[Resource]) -> Resource:
    coding = [{"system": DOCUMENT, "code": kind}]
    if loinc:
        coding.append({"system": _LOINC, "code": loinc})
    return {
        "resourceType": "Composition",
        "id": visit.named(kind),
        "status": "final",
        "type": {"coding": coding, "text": title},
        "subject": {"reference": f"Patient/{visit.patient}"},
        "encounter": {"reference": f"Encounter/{visit.encounter}"},
        "date": visit.moment,
        "author": [{"reference": f"Practitioner/{visit.practitioner}", "display": visit.name}],
        "title": title,
        "section": sections,
    }


def concept(system: str, code: str, chinese: str, english: str) -> Resource:
    coding = {"system": system, "code": code}
    if english:
        coding["display"] = english
    return {"coding": [coding], "text": chinese}


def _narrative(text: str) -> str:
    lines = "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines() if line.strip())
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>'
