"""Every kind of notice in the words in which patients read it: one list that a hospital can review.

A notice may stand on a locked screen that others see: none names a diagnosis, a test or a drug.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType

from .model import Words


@dataclass(frozen=True, slots=True)
class Kind:
    """``page`` may hold ``{about}``, the id of what the notice is about."""

    title: Words
    text: Words
    page: str

    def values(self) -> frozenset[str]:
        """The names of the values that its words take."""
        return frozenset(name for words in self.text for _, name, _, _ in Formatter().parse(words) if name)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "slot-offered": Kind(
            Words("有空出的号源", "A place is free for you"),
            Words(
                "{department}有 {start} 的号源为您保留，请在 {until} 前接受，过时将让给下一位。",
                "{department}: {start} is held for you. Accept it before {until}, or the next in line gets it.",
            ),
            "/visit",
        ),
        "bill-ready": Kind(
            Words("有新的账单", "You have a bill"),
            Words(
                "本次就诊的费用已列出，可在手机上查看并支付。", "What your visit costs is listed: see and pay it here."
            ),
            "/bills",
        ),
        "result-ready": Kind(
            Words("有新的检查检验结果", "A result is ready"),
            Words(
                "您有一份报告已出，可查看通俗说明；如有疑问请咨询医生。",
                "A report of yours is ready, explained in plain words. Ask your doctor about anything unclear.",
            ),
            "/results",
        ),
        "result-corrected": Kind(
            Words("一份报告已更正", "A result was corrected"),
            Words("您之前的一份报告已更正，请以新报告为准。", "One of your reports was corrected: go by the new one."),
            "/results",
        ),
        "online-accepted": Kind(
            Words("医生已接诊，请进入诊室", "The doctor is ready for you"),
            Words("{department}的医生正在线上等您。", "The doctor of {department} waits for you online."),
            "/online/{about}",
        ),
        "prescription-approved": Kind(
            Words("处方已通过审核", "Your prescription was approved"),
            Words("药师已审核处方，可以取药。", "The pharmacist has approved it: you can collect your medicine."),
            "/bills",
        ),
        "follow-up-soon": Kind(
            Words("明天有随访", "A follow-up is due tomorrow"),
            Words(
                "{doctor}想在 {day} 了解您的恢复情况，现在也可以回答。",
                "{doctor} would like to know on {day} how you are. You may answer now.",
            ),
            "/follow-ups",
        ),
        "follow-up-due": Kind(
            Words("请告诉我们您现在怎么样", "How are you now?"),
            Words("{doctor}等您的回答，只需一分钟。", "{doctor} would like to know. It takes a minute."),
            "/follow-ups",
        ),
        "follow-up-again": Kind(
            Words("还没有收到您的回答", "We have not heard from you"),
            Words(
                "请回答随访，或等护士与您联系。如有胸痛、呼吸困难等紧急情况，请立即拨打 120。",
                "Please answer, or a nurse will contact you. Chest pain or trouble breathing: call 120 at once.",
            ),
            "/follow-ups",
        ),
        "follow-up-come": Kind(
            Words("医生请您来复诊", "Your doctor asks you to come"),
            Words("{doctor}已看到您的回答，请预约复诊。", "{doctor} has read your answer: please book a visit."),
            "/visit",
        ),
        "follow-up-online": Kind(
            Words("医生请您在线复诊", "Your doctor asks to see you online"),
            Words(
                "{doctor}已看到您的回答，请申请在线就诊。", "{doctor} has read your answer: please ask for one here."
            ),
            "/online",
        ),
        "rate-visit": Kind(
            Words("您对这次就诊满意吗？", "How was your visit?"),
            Words("选一张脸即可，帮助我们做得更好。", "One press helps us to do better."),
            "/rate/{about}",
        ),
    }
)
