"""From what was understood to advice: how urgent, where, what to bring, why, and what is in doubt."""

from __future__ import annotations

from enum import IntEnum

from pydantic import BaseModel

from .rules import Rule, departments, rules
from .understanding import Understood

_MOST_REASONS = 4


class Level(IntEnum):
    """Five levels: I to IV of the Chinese emergency triage (2011 draft guideline, 2018 consensus), V below them."""

    RESUSCITATION = 1
    EMERGENT = 2
    URGENT = 3
    SOON = 4
    ROUTINE = 5


_WHAT_TO_DO = {
    Level.RESUSCITATION: (
        "马上拨打 120，不要自己开车，有人陪在身边。",
        "Call 120 (your emergency number) now. Do not drive. Keep someone with you.",
    ),
    Level.EMERGENT: (
        "现在就去最近的急诊，病情重或没有人陪同时拨打 120。",
        "Go to the nearest emergency department now; call 120 (your emergency number) if alone or worse.",
    ),
    Level.URGENT: (
        "今天就医，几小时之内。加重时拨打 120。",
        "See a doctor today, within hours. Call 120 if it gets worse.",
    ),
    Level.SOON: ("三天内到门诊就诊；加重时提前。", "See a clinic within three days; sooner if it gets worse."),
    Level.ROUTINE: (
        "可先在家休息观察，需要时预约门诊；出现新的不适或三天不好转就来就诊。",
        "Rest at home and watch, or book a visit; come if something new appears or it is no better in three days.",
    ),
}
_BRING = (
    ("身份证或医保卡", "Identity or insurance card"),
    ("正在吃的药或药盒", "The medicines you take, or their boxes"),
    ("过去的检查报告", "Earlier reports"),
)
_BRING_MORE = {
    "poisoning": ("药瓶或毒物包装", "The bottle or packing of what was swallowed"),
    "snake_bite": ("蛇的照片（不要去抓）", "A photo of the snake (do not catch it)"),
    "pregnant": ("产检本", "The maternity record"),
    "child_under_5": ("疫苗本", "The vaccination book"),
    "fever": ("口罩", "A mask"),
}


class Reason(BaseModel):
    """One rule that held, with the published source it was written from."""

    rule: str
    level: Level
    chinese: str
    english: str
    sources: list[str]


class Advice(BaseModel):
    """What to do. ``level`` is None where nothing was understood: then a person must look at it.

    ``call_now`` tells to show the emergency number at once. ``doubts`` are pairs of Chinese and English.
    """

    level: Level | None
    call_now: bool
    department: tuple[str, str]
    what_to_do: tuple[str, str]
    bring: list[tuple[str, str]]
    reasons: list[Reason]
    doubts: list[tuple[str, str]]


def advise(understood: Understood) -> Advice:
    """The advice of the most urgent rule that holds. A rule can only raise the urgency; nothing lowers it."""
    facts = understood.facts()
    held = [rule for rule in rules() if rule.holds(facts)]
    doubts = _doubts(understood)
    if not held:
        return _not_understood(doubts)
    level = Level(held[0].level)
    more = [text for fact, text in _BRING_MORE.items() if fact in facts]
    return Advice(
        level=level,
        call_now=level <= Level.EMERGENT,
        department=departments()[_for_age(held[0].department, facts)],
        what_to_do=_WHAT_TO_DO[level],
        bring=[*_BRING, *more],
        reasons=[_reason(rule) for rule in held[:_MOST_REASONS]],
        doubts=doubts,
    )


def _for_age(department: str, facts: frozenset[str]) -> str:
    if "child_under_5" not in facts:
        return department
    return {"emergency": "pediatric_emergency", "fever_clinic": "pediatrics", "general": "pediatrics",
            "respiratory": "pediatrics", "gastroenterology": "pediatrics"}.get(department, department)  # fmt: skip


def _reason(rule: Rule) -> Reason:
    return Reason(
        rule=rule.id, level=Level(rule.level), chinese=rule.chinese, english=rule.english, sources=list(rule.sources)
    )


def _not_understood(doubts: list[tuple[str, str]]) -> Advice:
    return Advice(
        level=None,
        call_now=False,
        department=departments()["general"],
        what_to_do=(
            "我没有听懂。请换种说法，或让工作人员帮助您；如果情况危急，请马上拨打 120。",
            "I did not understand. Say it in other words, or ask a person; in an emergency call 120 now.",
        ),
        bring=list(_BRING),
        reasons=[],
        doubts=doubts,
    )


def _doubts(understood: Understood) -> list[tuple[str, str]]:
    doubts = [("这是按规则给出的分诊建议，不是诊断。", "This is triage by rules, not a diagnosis.")]
    names = {finding.id: finding for finding in understood.present}
    doubts += [
        (
            f"您既说有又说没有“{names[id_].chinese}”，按有处理。",
            f"You said both yes and no to “{names[id_].english}”; it is taken as yes.",
        )
        for id_ in understood.contradicted
    ]
    if understood.person:
        doubts.append(
            (f"我理解是“{understood.person}”不舒服。", f"I understood that this is about “{understood.person}”.")
        )
    if understood.cut:
        doubts.append(("文字太长，只读了开头和结尾。", "The text was too long; only its beginning and end were read."))
    return doubts
