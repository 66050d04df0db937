"""A roster changed, or refused by the name of what is impossible in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xinglin.foundation.errors import Category, XinglinError

from .model import Change, Session

DAY_MINUTES = 1440.0
_LONGEST_MINUTES = 16 * 60.0


def changed(sessions: Sequence[Session], change: Change) -> tuple[Session, ...]:
    """The sessions with the change; more doctors sit as the one who sits longest, fewer leave from the last on.

    INVALID, naming it, where that is no roster: nobody sits, hours that end before they begin, a slot longer than its
    session, more doctors at once than rooms.
    """
    if not sessions:
        raise refuse("doctors", "nobody sits on that day", "当日无人出诊")
    found = _hours(sessions, change)
    found = _doctors(found, change.doctors) if change.doctors is not None else found
    made = tuple(
        replace(one, period=change.slot_minutes or one.period, places=change.slot_places or one.places) for one in found
    )
    _check(made, change)
    return made


def at_once(sessions: Sequence[Session]) -> int:
    """How many sit at the fullest moment."""
    return max(sum(one.starts <= at.starts < one.ends for one in sessions) for at in sessions)


def names(sessions: Sequence[Session]) -> list[str]:
    """Doctors, who sits longest first."""
    hours: dict[str, float] = {}
    for one in sessions:
        hours[one.doctor] = hours.get(one.doctor, 0.0) + one.ends - one.starts
    return sorted(hours, key=lambda name: (-hours[name], name))


def refuse(where: str, english: str, chinese: str) -> XinglinError:
    """The error of a plan that cannot be tried."""
    return XinglinError(Category.INVALID, f"{where}: {english}", chinese, expression=where)


def _hours(sessions: Sequence[Session], change: Change) -> list[Session]:
    first, last = min(one.starts for one in sessions), max(one.ends for one in sessions)
    return [
        replace(
            one,
            starts=change.opens if change.opens is not None and one.starts == first else one.starts,
            ends=change.closes if change.closes is not None and one.ends == last else one.ends,
        )
        for one in sessions
    ]


def _doctors(sessions: Sequence[Session], wanted: int) -> list[Session]:
    known = names(sessions)
    if wanted < 1:
        raise refuse("doctors", "a clinic needs a doctor", "至少需要一位医生")
    stay = set(known[:wanted])
    kept = [one for one in sessions if one.doctor in stay]
    model = [one for one in sessions if one.doctor == known[0]]
    more = range(1, wanted - len(known) + 1)
    return kept + [replace(one, doctor=f"+{number}") for number in more for one in model]


def _check(sessions: Sequence[Session], change: Change) -> None:
    for one in sessions:
        if not 0 <= one.starts < one.ends <= one.starts + _LONGEST_MINUTES:
            raise refuse(
                "opens" if change.opens is not None else "closes",
                "hours must begin before they end and last 16 hours at most",
                "出诊须先开始后结束，且不超过 16 小时",
            )
        if one.period > one.ends - one.starts:
            raise refuse("slot_minutes", "a slot is longer than the session", "号源时段比出诊时间还长")
    needed = at_once(sessions)
    if change.rooms is not None and change.rooms < needed:
        raise refuse(
            "rooms",
            f"{needed} doctors sit at once and there are {change.rooms} rooms",
            f"同时有 {needed} 位医生出诊，只有 {change.rooms} 间诊室",
        )
