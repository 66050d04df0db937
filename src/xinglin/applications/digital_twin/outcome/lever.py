"""What can be changed in the reference hospital, and what is found by tuning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Timing = Literal["half_day", "bailey_welch", "per_doctor", "ours"]


@dataclass(frozen=True, slots=True)
class Levers:
    """Which levers are pulled; the default is the house before."""

    timing: Timing = "half_day"
    guided: bool = False
    pre_consultation: bool = False
    tests_first: bool = False
    online: bool = False
    walk_ins_book: bool = False
    by_forecast: bool = False
    placebo: bool = False


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning finds, on days of its own.

    ``ahead``: how many patients' work is called in before the session's even pace; ``stretch``: minutes of slots for
    one minute of expected work; ``lead_minutes``: how long before the slot those come who are tested first.
    """

    ahead: float = 1.0
    stretch: float = 1.0
    lead_minutes: float = 45.0


BEFORE = Levers()
EVERY = Levers("ours", True, True, True, True, True, True)
ALONE: dict[str, Levers] = {
    "timed_slots_bailey_welch": Levers("bailey_welch"),
    "timed_slots_per_doctor": Levers("per_doctor"),
    "timed_slots_ours": Levers("ours"),
    "guided_arrival": Levers(guided=True),
    "pre_consultation_at_home": Levers(pre_consultation=True),
    "tests_before_the_doctor": Levers(tests_first=True),
    "follow_ups_online": Levers(online=True),
    "walk_ins_book_first": Levers(walk_ins_book=True),
    "doctors_by_forecast": Levers(by_forecast=True),
    "placebo": Levers(placebo=True),
}
NAMES: dict[str, tuple[str, str]] = {
    "timed_slots_bailey_welch": ("timed slots, Bailey-Welch", "分时段预约（Bailey–Welch）"),
    "timed_slots_per_doctor": ("timed slots, each doctor's interval", "分时段预约（按医生间隔）"),
    "timed_slots_ours": ("timed slots, ours", "分时段预约（杏林）"),
    "guided_arrival": ("guided arrival (leave home at)", "到院引导（出门提醒）"),
    "pre_consultation_at_home": ("pre-consultation at home", "居家预问诊"),
    "tests_before_the_doctor": ("tests before the doctor", "先检查后就诊"),
    "follow_ups_online": ("routine follow-ups online", "常规复诊线上化"),
    "walk_ins_book_first": ("walk-ins book from home", "现场号改线上预约"),
    "doctors_by_forecast": ("doctors by forecast demand", "按预测需求排班"),
    "placebo": ("placebo (other doctor of the department)", "安慰剂（同科室换医生）"),
    "all": ("all together", "全部合用"),
    "all_without_saved_minutes": ("all, no contact shortened", "全部合用（不缩短就诊）"),
}


def without_saving(levers: Levers) -> Levers:
    """The same with every contact as long as before."""
    return replace(levers, pre_consultation=False)
