"""When somebody has to act: rules over what is and what is foreseen, each with an owner and one action. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..foresight import Foreseen, WardForeseen
from .repository import AlarmRow, VisitRow

Rule = Literal["line_not_called", "line_overflows", "wait_beyond", "ward_fills"]
RULES: tuple[Rule, ...] = ("line_not_called", "line_overflows", "wait_beyond", "ward_fills")
_SILENT_MINUTES, _SILENT_LINE = 20.0, 3
_BEYOND_LEAST_MINUTES = 10.0
_WARD_HOURS = 24
_WARD_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that holds: ``figure`` is what it is about (minutes without a call or beyond, load, chance in percent)."""

    rule: Rule
    unit: str
    figure: float
    subject: str = ""
    expected_at: datetime | None = None


def of_clinics(
    visits: Sequence[VisitRow],
    at_work: Mapping[str, int],
    foreseen: Iterable[Foreseen],
    first_told: Mapping[str, tuple[datetime, float]],
    now: datetime,
) -> list[Found]:
    """``at_work``: doctors by clinic. ``first_told``: within how many minutes each person was to be called by the
    upper end of the interval of 95, as it was first foreseen, with when that was."""
    found = []
    for service in sorted({one.service for one in visits}):
        own = [one for one in visits if one.service == service]
        waiting = [one for one in own if one.state == "waiting"]
        last = max([one.called_at for one in own if one.called_at], default=None)
        begun = min((one.since for one in waiting), default=now)
        silent = (now - (max(last, begun) if last else begun)).total_seconds() / 60
        if len(waiting) >= _SILENT_LINE and silent > _SILENT_MINUTES and at_work.get(service):
            found.append(Found("line_not_called", service, round(silent)))
        for one in waiting:
            at, latest = first_told.get(one.encounter, (now, 0.0))
            beyond = (now - at).total_seconds() / 60 - latest
            if one.encounter in first_told and beyond > _BEYOND_LEAST_MINUTES and one.first_seconds is None:
                found.append(Found("wait_beyond", service, round(beyond), one.encounter))
    for told in foreseen:
        over = told.overload
        if over is not None and over.at_minutes is not None:
            found.append(Found("line_overflows", told.service, over.load, "", now + timedelta(minutes=over.at_minutes)))
    return found


def of_wards(foreseen: Iterable[WardForeseen], now: datetime) -> list[Found]:
    """Wards that will more likely than not be full within a day, and are not yet."""
    found = []
    for told in foreseen:
        if told.full is None or told.full[0] >= 1.0:
            continue
        hour = next((hour for hour, chance in enumerate(told.full[: _WARD_HOURS + 1]) if chance >= _WARD_CHANCE), None)
        if hour is not None:
            chance = round(100 * told.full[_WARD_HOURS])
            found.append(Found("ward_fills", told.ward, chance, "", now + timedelta(hours=hour)))
    return found


def settled(
    open_: Sequence[AlarmRow], found: Sequence[Found], now: datetime, new_id: Mapping[tuple[str, str, str], str]
) -> list[AlarmRow]:
    """Open alarms as they now are, those that hold no more as cleared, and new ones (``new_id`` by rule, unit and
    subject)."""
    known = {(one.rule, one.unit, one.subject): one for one in open_}
    holds: dict[tuple[str, str, str], Found] = {(one.rule, one.unit, one.subject): one for one in found}
    rows = [one._replace(cleared_at=now) for key, one in known.items() if key not in holds]
    for key, one in holds.items():
        if key in known:
            rows.append(known[key]._replace(figure=one.figure, expected_at=one.expected_at))
        else:
            rows.append(
                AlarmRow(
                    new_id[key], one.rule, one.unit, one.subject, one.figure, one.expected_at, now, None, None, None
                )
            )
    return rows
