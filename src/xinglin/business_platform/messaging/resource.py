"""A notice as Communication (hl7.org/fhir/R4/communication.html), in the patient's language with the other beside it
(extension translation, hl7.org/fhir/R4/extension-translation.html)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .kinds import KINDS
from .model import Notice, NoticeShown, Value, Words

KEY = "https://xinglin.health/id/notice"
KIND = "https://xinglin.health/id/notice-kind"
CATEGORY = "https://xinglin.health/id/communication"
NOTICE = "notice"
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_LONGEST_NAME = 80
_CHINESE, _ENGLISH = "zh-CN", "en"


def communication(id_: str, notice: Notice, patient: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Raises ValueError for a kind that is not known, or values that are not the ones its words take."""
    kind, texts = KINDS.get(notice.kind), {}
    if kind is None or kind.values() != set(notice.values):
        raise ValueError(f"no notice is told with {notice.kind} and {sorted(notice.values)}")
    for place, language in enumerate((_CHINESE, _ENGLISH)):
        said = {name: _said(value, language, zone) for name, value in notice.values.items()}
        texts[language] = kind.text[place].format(**said)
    own = _language(patient)
    (other,) = texts.keys() - {own}
    translated = [{"url": "lang", "valueCode": other}, {"url": "content", "valueString": texts[other]}]
    whom = {"reference": f"Patient/{notice.patient}"}
    made: dict[str, Any] = {
        "resourceType": "Communication",
        "id": id_,
        "language": own,
        "identifier": [{"system": KEY, "value": notice.key}],
        "status": "completed",
        "category": [{"coding": [{"system": CATEGORY, "code": NOTICE}], "text": "通知 Notice"}],
        "topic": {"coding": [{"system": KIND, "code": notice.kind, "display": kind.title.en}], "text": kind.title.zh},
        "subject": whom,
        "recipient": [whom],
        "sent": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "payload": [
            {
                "contentString": texts[own],
                "_contentString": {"extension": [{"url": _TRANSLATION, "extension": translated}]},
            }
        ],
    }
    if notice.about:
        made["about"] = [{"reference": one} for one in notice.about]
    return made


def kind_of(one: Mapping[str, Any]) -> str:
    """Which kind of notice it is; empty for a Communication that is none."""
    codings = (one.get("topic") or {}).get("coding", ())
    return next((str(each["code"]) for each in codings if each.get("system") == KIND), "")


def patient_of(one: Mapping[str, Any]) -> str:
    return str((one.get("subject") or {}).get("reference", "")).removeprefix("Patient/")


def shown(one: Mapping[str, Any]) -> NoticeShown:
    topic, payload, own = one["topic"], one["payload"][0], one["language"]
    translation = payload["_contentString"]["extension"][0]["extension"]
    texts = {own: payload["contentString"], translation[0]["valueCode"]: translation[1]["valueString"]}
    kind = kind_of(one)
    about = (one.get("about") or [{}])[0].get("reference", "").partition("/")[2]
    page = KINDS[kind].page.format(about=about) if kind in KINDS else ""
    return NoticeShown(
        id=str(one["id"]),
        kind=kind,
        patient=patient_of(one),
        title_zh=topic["text"],
        title_en=topic["coding"][0]["display"],
        text_zh=texts[_CHINESE],
        text_en=texts[_ENGLISH],
        page=page,
        sent_at=one["sent"],
        read_at=one.get("received"),
    )


def _language(patient: Mapping[str, Any]) -> str:
    spoken = sorted(patient.get("communication", ()), key=lambda one: not one.get("preferred", False))
    codes = [str(each.get("code", "")) for one in spoken for each in (one.get("language") or {}).get("coding", ())]
    return _ENGLISH if codes and codes[0].startswith("en") else _CHINESE


def _said(value: Value, language: str, zone: ZoneInfo) -> str:
    if isinstance(value, Words):
        name = (value.en if language == _ENGLISH else value.zh) or value.zh
        if len(name) > _LONGEST_NAME:
            raise ValueError("a name of more than 80 characters is none")
        return name
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{_day(local.date(), language)} {local:%H:%M}"
    if isinstance(value, date):
        return _day(value, language)
    raise ValueError(f"{type(value).__name__} cannot be said in a notice")


def _day(day: date, language: str) -> str:
    return f"{day.day} {day:%b}" if language == _ENGLISH else f"{day.month}月{day.day}日"
