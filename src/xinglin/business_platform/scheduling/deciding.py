"""Who gets which place: requests in the order in which they came, by the same rules. Nothing is read or written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from xinglin.foundation.errors import Category, XinglinError

from .model import Booking, NoPlace, Place, Wanted

OFFERED_INSTEAD = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What the arbiter knows of a service. ``places`` are those asked for, ``next_free`` the earliest free ones;
    ``of_keys`` the requests decided before, by account and key; ``booked_days`` (patient, day) of this service."""

    places: Sequence[Place]
    next_free: Sequence[Place]
    of_keys: Mapping[tuple[str, str], Booking]
    booked_days: Collection[tuple[str, date]]


@dataclass(slots=True)
class _Left:
    """What is left while requests are decided one after another."""

    free: dict[str, int]
    booked_days: set[tuple[str, date]]
    of_keys: dict[tuple[str, str], Wanted | Booking] = field(default_factory=dict)


Decision = Place | Booking | XinglinError
"""A place that is given, a booking that was there before, or why there is none."""


def decide(wanted: Sequence[Wanted], known: Known, now: datetime, strangers: Collection[str] = ()) -> list[Decision]:
    """For each of ``wanted``, in their order. ``strangers`` are patients of whom no record is here."""
    left = _Left({one.slot_id: one.free for one in (*known.next_free, *known.places)}, set(known.booked_days))
    return [_decide(one, known, left, now, strangers) for one in wanted]


def _decide(one: Wanted, known: Known, left: _Left, now: datetime, strangers: Collection[str]) -> Decision:
    before = known.of_keys.get((one.account, one.key))
    if before is not None:
        return before if _is_same(one, before) else _key_reused()
    if one.patient in strangers:
        return XinglinError(
            Category.NOT_FOUND, f"Patient/{one.patient} is not known here", f"此处没有患者 {one.patient}"
        )
    asked = _asked(one, known.places)
    if not asked:
        return _nothing_there(one)
    refused = _not_now(asked, now)
    if refused is not None:
        return refused
    open_now = [place for place in asked if place.opens_at <= now < place.starts_at]
    if any((one.patient, place.day) in left.booked_days for place in open_now):
        return _twice_a_day()
    for place in open_now:
        if left.free[place.slot_id] > 0:
            left.free[place.slot_id] -= 1
            left.booked_days.add((one.patient, place.day))
            return place
    return _full(one, known, left, now)


def _is_same(one: Wanted, before: Booking) -> bool:
    same_slot = one.slot is None or before.slot_id is None or before.state != "booked" or one.slot == before.slot_id
    return before.patient == one.patient and before.service == one.service and same_slot


def _asked(one: Wanted, places: Sequence[Place]) -> list[Place]:
    if one.slot is not None:
        return [place for place in places if place.slot_id == one.slot]
    found = [place for place in places if place.day == one.day]
    found = [place for place in found if one.practitioner in (None, place.practitioner)]
    return sorted(found, key=lambda place: (place.starts_at, place.slot_id))


def _not_now(asked: Sequence[Place], now: datetime) -> XinglinError | None:
    if all(place.starts_at <= now for place in asked):
        return XinglinError(
            Category.UNPROCESSABLE,
            "this time has begun or passed; choose a later one",
            "该时段已开始或已过，请选择之后的时间",
            expression="slot",
        )
    opens_at = min(place.opens_at for place in asked if place.starts_at > now)
    if opens_at <= now:
        return None
    moment = opens_at.isoformat(timespec="minutes")
    return XinglinError(
        Category.UNPROCESSABLE,
        f"booking for this time opens at {moment}",
        f"该时段尚未放号，放号时间为 {moment}",
        expression="slot",
    )


def _nothing_there(one: Wanted) -> XinglinError:
    if one.slot is not None:
        return XinglinError(
            Category.NOT_FOUND, f"this service has no slot {one.slot}", f"该科室没有号源 {one.slot}", expression="slot"
        )
    return XinglinError(
        Category.NOT_FOUND,
        f"there is no clinic on {one.day}; choose another day",
        f"{one.day} 没有出诊，请选择其他日期",
        expression="day",
    )


def _key_reused() -> XinglinError:
    return XinglinError(
        Category.UNPROCESSABLE,
        "this Idempotency-Key was used for another request; send a new one",
        "该 Idempotency-Key 已用于另一请求，请更换",
        expression="Idempotency-Key",
    )


def _twice_a_day() -> XinglinError:
    return XinglinError(
        Category.CONFLICT,
        "this patient already has an appointment in this department on that day",
        "该患者当日在本科室已有预约，请勿重复预约",
        issue_code="duplicate",
    )


def _full(one: Wanted, known: Known, left: _Left, now: datetime) -> NoPlace:
    """Refused with what is free still, of the asked practitioner first."""
    free = {
        place.slot_id: place
        for place in (*known.places, *known.next_free)
        if left.free[place.slot_id] > 0 and place.opens_at <= now < place.starts_at
    }
    nearest = sorted(
        free.values(),
        key=lambda place: (one.practitioner not in (None, place.practitioner), place.starts_at, place.slot_id),
    )
    return NoPlace(
        "all places of this time are taken; choose one of those that are free, or join the waitlist",
        "该时段号源已满，请选择其他空余号源或加入候补",
        nearest[:OFFERED_INSTEAD],
    )
