"""Who may be seen online at all: the rules, and what to do instead, in plain words.

That a first visit is in person, that a child under six has a guardian beside it, and that only common and long-term
illnesses are treated online follow 互联网诊疗管理办法（试行）, 国卫医发〔2018〕25号, and 互联网诊疗监管细则（试行）,
国卫办医发〔2022〕2号; how old the visit in person may be is a setting of the hospital.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from .consent import text
from .model import AskAsked, Guardian, Seen

AT_HOME = "VR"
_HELD = frozenset({"in-progress", "onleave", "finished"})
_URGENT = 3
_CALL = 2


def seen_in(
    visits: Iterable[Mapping[str, Any]], services: Sequence[Mapping[str, Any]], since: datetime
) -> dict[str, tuple[datetime, str | None]]:
    """By service, when somebody was last seen in person in its department since ``since``, and by which Practitioner.

    A visit is of a service by the Organization that provides both, or by the service's name where neither names one.
    """
    found: dict[str, tuple[datetime, str | None]] = {}
    for visit in visits:
        at = _ended(visit)
        if at is None or at < since or not _is_in_person(visit):
            continue
        for service in services:
            if _is_of(visit, service) and (service["id"] not in found or found[service["id"]][0] < at):
                found[service["id"]] = at, _doctor(visit)
    return found


def months_before(at: datetime, months: int) -> datetime:
    """The same day so many months before; the last of the month where it has no such day."""
    month = at.month - 1 - months
    year, month = at.year + month // 12, month % 12 + 1
    last = ((date(year + month // 12, month % 12 + 1, 1)) - date(year, month, 1)).days
    return at.replace(year=year, month=month, day=min(at.day, last))


def refuse_without_consent(version: str) -> None:
    if version != text().version:
        raise XinglinError(
            Category.INVALID,
            "read what an online visit is and agree to it first; the text has a new version where you did",
            "请先阅读并同意最新版互联网诊疗知情同意书",
            expression="consent",
        )


def refuse_emergency(level: int | None, english: str, chinese: str) -> None:
    """Raise where what somebody wrote must not wait for a doctor online: triage levels 1 to 3."""
    if level is not None and level <= _URGENT:
        first = (
            ("This must not wait online. ", "这种情况不能在线等候。")
            if level <= _CALL
            else (
                "This needs a doctor in person today. ",
                "这种情况今天需要到医院当面就诊。",
            )
        )
        raise XinglinError(
            Category.UNPROCESSABLE,
            first[0] + english,
            first[1] + chinese,
            expression="emergency" if level <= _CALL else "urgent",
        )


def refuse_first_visit(seen: Iterable[Seen], asked: AskAsked, months: int) -> None:
    """Raise where the patient was not seen in person in that department lately."""
    if any(one.service == asked.service for one in seen):
        return
    raise XinglinError(
        Category.UNPROCESSABLE,
        f"The first visit is in person: you were not seen in this department in the last {months} months. Book an "
        "appointment there; later visits can be online.",
        f"首诊需到医院：最近 {months} 个月内没有您在该科室当面就诊的记录。请先预约挂号，复诊可以在线进行。",
        expression="first-visit",
    )


def refuse_child_alone(age_years: int | None, guardian: Guardian | None, under_years: int) -> None:
    """Raise for a small child without a guardian, and where nobody knows how old the patient is."""
    if age_years is None:
        raise XinglinError(
            Category.UNPROCESSABLE,
            "The record has no date of birth; the registration desk adds it, then you can be seen online.",
            "病历中没有出生日期，请先到挂号窗口补录后再申请在线就诊。",
            expression="birth-date",
        )
    if age_years < under_years and guardian is None:
        raise XinglinError(
            Category.UNPROCESSABLE,
            f"A child under {under_years} is seen online with a guardian present: say who is with the child.",
            f"未满 {under_years} 周岁的儿童需监护人陪同在线就诊，请填写陪同监护人。",
            expression="guardian",
        )


def _is_in_person(visit: Mapping[str, Any]) -> bool:
    return visit.get("status") in _HELD and (visit.get("class") or {}).get("code") != AT_HOME


def _is_of(visit: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    unit, own = (
        (visit.get("serviceProvider") or {}).get("reference"),
        (service.get("providedBy") or {}).get("reference"),
    )
    if unit or own:
        return bool(unit == own)
    return bool(service.get("name")) and (visit.get("serviceType") or {}).get("text") == service.get("name")


def _ended(visit: Mapping[str, Any]) -> datetime | None:
    period = visit.get("period") or {}
    said = str(period.get("end") or period.get("start") or "")
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _doctor(visit: Mapping[str, Any]) -> str | None:
    named = ((one.get("individual") or {}).get("reference", "") for one in visit.get("participant", ()))
    return next((one.partition("/")[2] for one in named if one.startswith("Practitioner/")), None)
