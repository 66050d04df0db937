"""The answer as QuestionnaireResponse (hl7.org/fhir/R4/questionnaireresponse.html), what is wrong with it, and what the
patient is told at once. The words of advice are self-written from what discharge leaflets generally say; they are for
clinicians to review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .model import Advice, Answer, AnswerShown, Why
from .task import instant

QUESTIONNAIRE = "https://xinglin.health/Questionnaire/follow-up|1"
_ANSWER = "https://xinglin.health/id/follow-up-answer"
_CONCERN = "concern"
_MOST_URGENT_LEVEL = 2
_EMERGENCY = (
    "如出现胸痛、呼吸困难、意识不清、说话不清或一侧无力、大出血、面部或喉部肿胀，请立即拨打 120。",
    "Chest pain, trouble breathing, confusion, slurred speech or weakness on one side, heavy bleeding, or swelling of"
    " face or throat: call 120 at once.",
)
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "red_flag": (
        "您写的情况可能很危险，请立即拨打 120 或去急诊。",
        "What you wrote may be dangerous: call 120 or go to emergency now.",
    ),
    "worse": (
        "已通知您的医生，会尽快与您联系；也可以现在预约或申请在线就诊。",
        "Your doctor has been told and will contact you; you may also book or ask for an online visit now.",
    ),
    "side_effects": (
        "已通知医生。请先不要自行停药、加药或换药；症状明显请马上联系医生。",
        "Your doctor has been told. Do not stop, add or change medicine yourself; call at once if it is marked.",
    ),
    "not_taking": (
        "请按医嘱服药；如有困难，医生会与您联系。",
        "Please take the medicine as written; if that is hard, your doctor will contact you.",
    ),
    "better": (
        "很高兴您好转。请按医嘱继续，药要吃完疗程。",
        "Good to hear. Go on as your doctor wrote, and finish the medicine.",
    ),
    "same": (
        "请按医嘱继续；几天内仍不见好，请预约复诊。",
        "Go on as your doctor wrote; if it is no better in a few days, book a visit.",
    ),
}
_FEELINGS = {"better": "好转 Better", "same": "没有变化 The same", "worse": "加重 Worse"}
_TAKING = {
    "all": "都按时服药 All of it",
    "some": "漏服过 Some of it",
    "none": "没有服药 None of it",
    "not_prescribed": "没有开药 None was prescribed",
}


def concerns(answer: Answer, urgency: int | None) -> list[Why]:
    """What is wrong, the worst first; ``urgency`` is the triage level of the words (1 at once … 5)."""
    found: dict[Why, bool] = {
        "red_flag": urgency is not None and urgency <= _MOST_URGENT_LEVEL,
        "worse": answer.feeling == "worse",
        "side_effects": answer.side_effects,
        "not_taking": answer.taking == "none",
    }
    return [name for name, is_so in found.items() if is_so]


def advice(feeling: str, why: Sequence[str]) -> Advice:
    """In any case what an emergency looks like."""
    names = list(why) if why else [feeling]
    said = [*(_SENTENCES[name] for name in names), _EMERGENCY]
    return Advice(is_emergency="red_flag" in why, zh=[one for one, _ in said], en=[one for _, one in said])


def response(id_: str, task: Mapping[str, Any], answer: Answer, why: Sequence[Why], at: datetime) -> dict[str, Any]:
    """As the patient wrote it, with what was found in it."""
    whom = task["for"]
    items = [
        _coded("feeling", "您现在感觉怎么样？ How are you now?", answer.feeling, _FEELINGS[answer.feeling]),
        _coded("taking", "药吃了吗？ Have you taken the medicine?", answer.taking, _TAKING[answer.taking]),
        {
            "linkId": "side_effects",
            "text": "有没有不舒服的反应？ Any side effects?",
            "answer": [{"valueBoolean": answer.side_effects}],
        },
    ]
    if answer.words.strip():
        said = [{"valueString": answer.words.strip()}]
        items.append({"linkId": "words", "text": "还想告诉医生什么？ Anything else?", "answer": said})
    if why:
        codings = [{"valueCoding": {"system": _ANSWER, "code": one}} for one in why]
        items.append({"linkId": _CONCERN, "text": "系统判断 Found by rules", "answer": codings})
    made = {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "questionnaire": QUESTIONNAIRE,
        "status": "completed",
        "subject": whom,
        "authored": instant(at),
        "author": whom,
        "source": whom,
        "item": items,
    }
    if "encounter" in task:
        made["encounter"] = task["encounter"]
    return made


def shown(found: Mapping[str, Any]) -> AnswerShown:
    items = {one["linkId"]: one["answer"] for one in found["item"]}
    feeling = items["feeling"][0]["valueCoding"]["code"]
    why = [one["valueCoding"]["code"] for one in items.get(_CONCERN, ())]
    return AnswerShown(
        feeling=feeling,
        taking=items["taking"][0]["valueCoding"]["code"],
        side_effects=items["side_effects"][0]["valueBoolean"],
        words=items["words"][0]["valueString"] if "words" in items else "",
        at=found["authored"],
        advice=advice(feeling, why),
    )


def _coded(link: str, text: str, code: str, display: str) -> dict[str, Any]:
    answer = {"valueCoding": {"system": _ANSWER, "code": code, "display": display}}
    return {"linkId": link, "text": text, "answer": [answer]}
