"""What the levers make of a day: when each patient comes, to which doctor, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..process import Itineraries
from .demand import IMAGE, NONE, Day, House
from .lever import Levers, Tuned
from .roster import TESTS_OPEN, Floor, session

_OPENS_EARLY = 20.0  # how long before a session the first of the crowd stand at the door
_LATER = (
    0.6  # of a session: who only comes again and needs no test is offered later times, so that results come in time
)
_LATEST = 10.0  # nobody of the crowd comes later than this before a session's end
_CONNECTED_EARLY, _CONNECTED_DEVIATION = 2.0, 3.0  # who is seen from home comes so much before the time


@dataclass(frozen=True)
class Journeys:
    """A day as it is played: arrays by patient who comes.

    ``due``: the appointment (the half-day's start without a time of one's own; the arrival of walk-ins). ``wished``:
    when a walk-in wanted to come. ``chair``: place among all doctors. ``at_home``: seen from home.
    """

    day: Day
    who: Any
    arrived: Any
    due: Any
    wished: Any
    chair: Any
    at_home: Any
    itineraries: Itineraries


def journeys(house: House, floor: Floor, day: Day, chairs: Any, levers: Levers, tuned: Tuned, lag: float) -> Journeys:
    """``chairs`` [half, department] are the doctors of that day; ``lag`` is the calibrated crowding in minutes."""
    v = house.values
    start, length = session(v, day.half)
    online = day.follow_up & day.digital & levers.online
    books = day.booked | (day.digital & levers.walk_ins_book)
    first_tested = day.digital & levers.tests_first & ~day.follow_up & (
        ((day.needs != NONE) & (day.right < v["right_test_share"]))
        | ((day.needs == NONE) & (day.right < v["needless_test_share"]))
    )  # fmt: skip
    slot = np.where(day.booked, day.slot, day.wish)
    slot = np.where(first_tested, 0.2 + 0.8 * slot, slot) + _LATER * (day.follow_up & (levers.timing == "ours"))
    draw = day.other_doctor if levers.placebo else day.doctor
    doctor = _seats(day, books, draw, chairs)
    contact = _contact_minutes(house, day, levers, doctor)
    offset = _slots(house, day, books, slot, doctor, chairs, contact.expected, levers, tuned, length)
    timed = books & (levers.timing != "half_day")
    due = np.where(timed, start + offset, start)
    due = np.where(online & ~timed, start + length * (0.3 + 0.5 * day.slot), due)
    arrived = _arrivals(house, day, start, length, offset, due, timed, online, books, first_tested, levers, tuned, lag)
    due = np.where(books | online, due, arrived)
    rank = np.where(timed | online, np.maximum(due, arrived), arrived)
    come = np.flatnonzero(day.comes)
    way = _ways(floor, house, day, doctor, contact, first_tested, rank, arrived, due, come)
    way = _with_absences(way, floor, house, day, chairs)
    wished = start + day.wish * length
    return Journeys(
        day,
        come,
        arrived[come],
        due[come],
        wished[come],
        (floor.most * day.department + doctor)[come],
        online[come],
        way,
    )


def _places(group: Any, key: Any) -> tuple[Any, Any]:
    """The order by group and key, and each one's place within the group."""
    order = np.lexsort((key, group))
    sorted_groups = group[order]
    first = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]]) if len(order) else order
    begins = np.repeat(first, np.diff(np.r_[first, len(order)]))
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order)) - begins
    return order, place


def _seats(day: Day, books: Any, draw: Any, chairs: Any) -> Any:
    """The doctor of each: a department's doctors get equal numbers of bookings, and of walk-ins as they come."""
    room = chairs[day.half, day.department]
    _, place = _places((day.half * 1000 + day.department) * 2 + books, np.where(books, draw, day.wish))
    return place % room


@dataclass(frozen=True)
class _Contact:
    first: Any
    back: Any
    expected: Any


def _contact_minutes(house: House, day: Day, levers: Levers, doctor: Any) -> _Contact:
    """Minutes of both contacts with that doctor, and what the booking desk expects of both together."""
    v = house.values
    pace = house.pace[day.department, doctor]
    factor = np.where(day.digital & levers.pre_consultation, 1 - v["saved_share"], 1.0) * pace
    tested = np.where(day.follow_up, 0.0, v["test_share"] / max(1 - v["follow_up_share"], 1e-9))
    expected = v["consult_minutes"] * factor + tested * v["return_minutes"] * pace
    return _Contact(day.consult * factor, day.back * pace, expected)


def _slots(
    house: House, day: Day, books: Any, slot: Any, doctor: Any, chairs: Any, expected: Any, levers: Levers,
    tuned: Tuned, length: Any,
) -> Any:  # fmt: skip
    """Minutes after the session's start at which each booked patient is to come."""
    v = house.values
    group = np.where(books, (day.half * 1000 + day.department) * 1000 + doctor, -1)
    order, place = _places(group, slot)
    mean, pace = house.mean_contact_minutes, house.pace[day.department, doctor]
    per_chair = np.bincount(group[books], minlength=int(group.max(initial=0)) + 1)[np.maximum(group, 0)]
    if levers.timing == "bailey_welch":
        return np.minimum(np.maximum(place - 1, 0) * mean, length)
    comers = house.expected[day.weekday, day.half, day.department] / chairs[day.half, day.department]
    digital = v["elderly_share"] * v["digital_elderly_share"] + (1 - v["elderly_share"]) * v["digital_share"]
    walk_ins = comers * (1 - v["booked_share"]) * (1 - digital * levers.walk_ins_book)
    shows = 1 - v["no_show"]
    if levers.timing != "ours":
        interval = pace * mean * (shows + walk_ins / np.maximum(per_chair, 1))
        return np.minimum(place * interval, length)
    work = _before(order, place, expected * np.where(day.booked, shows, 1.0))
    walk_in_work = walk_ins * mean * pace
    even = tuned.stretch * np.maximum(work - tuned.ahead * mean, 0)
    at = even
    for _ in range(12):
        share = np.minimum(at / (0.92 * length), 1.0) ** (1 / v["walk_in_shape"])
        at = even + np.minimum(walk_in_work, 0.6 * length) * share
    return np.minimum(at, length - mean)


def _before(order: Any, place: Any, work: Any) -> Any:
    """The work of those before each one in its group."""
    running = np.cumsum(work[order]) - work[order]
    begins = np.flatnonzero(place[order] == 0)
    running -= np.repeat(running[begins], np.diff(np.r_[begins, len(order)]))
    out = np.empty(len(order))
    out[order] = running
    return out


def _arrivals(
    house: House, day: Day, start: Any, length: Any, offset: Any, due: Any, timed: Any, online: Any, books: Any,
    first_tested: Any, levers: Levers, tuned: Tuned, lag: float,
) -> Any:  # fmt: skip
    """When each comes to the house, or is connected."""
    v = house.values
    spread = np.where(day.far, v["far_deviation_factor"], 1.0)
    early = v["early_minutes"] + v["elderly_early_minutes"] * day.elderly
    told = day.digital & levers.guided & books & day.keeps
    off = np.where(
        told,
        -v["guided_early_minutes"] + v["guided_deviation"] * spread * day.guided,
        -early + v["punctuality_deviation"] * spread * day.normal,
    )
    window = length + _OPENS_EARLY - _LATEST
    crowd = start - _OPENS_EARLY - lag * np.log1p(-day.crowd * -np.expm1(-window / lag))
    lead = np.where(first_tested, tuned.lead_minutes, 0.0)
    come = np.where(timed, due - lead + off, np.where(told, start + offset + off, crowd))
    come = np.where(timed & ~day.keeps, np.minimum(crowd, come), come)
    come = np.where(books, come, start + day.wish * length)
    come = np.where(online, due - _CONNECTED_EARLY + _CONNECTED_DEVIATION * day.guided, come)
    return np.clip(come, np.where(first_tested, TESTS_OPEN, start - 60.0), None)


def _ways(
    floor: Floor, house: House, day: Day, doctor: Any, contact: _Contact, first_tested: Any, rank: Any,
    arrived: Any, due: Any, come: Any,
) -> Itineraries:  # fmt: skip
    """The steps of those who come: (tests, report,) doctor (, tests, report, doctor again)."""
    v = house.values
    seat = 4 * (floor.most * day.department + doctor) + 2 * day.half
    room = np.where(day.needs == IMAGE, floor.image, floor.laboratory)
    needless = first_tested & (day.needs == NONE)
    test = np.where(needless, v["laboratory_minutes"], day.test)
    report = np.where(needless, v["laboratory_report_minutes"], day.report)
    later = (day.needs != NONE) & ~first_tested
    whole_contact = contact.first + np.where(first_tested & (day.needs != NONE), contact.back, 0.0)
    none = np.full(len(seat), -1.0)
    columns = [
        (first_tested, room, test, none), (first_tested, np.full(len(seat), floor.report), report, none),
        (np.ones(len(seat), bool), seat, whole_contact, rank),
        (later, room, test, none), (later, np.full(len(seat), floor.report), report, none),
        (later, seat + 1, contact.back, none),
    ]  # fmt: skip
    there = np.stack([column[0] for column in columns], axis=1)[come]
    pick = [np.stack([column[i] for column in columns], axis=1)[come][there] for i in (1, 2, 3)]
    return Itineraries(arrived[come], due[come], np.zeros(len(come), int), there.sum(axis=1), pick[0], pick[1], pick[2])


def _with_absences(way: Itineraries, floor: Floor, house: House, day: Day, chairs: Any) -> Itineraries:
    """Beginning late and being called away, as work that goes before every patient; after the patients."""
    half, department, doctor = np.nonzero(np.arange(floor.most) < chairs[:, :, None])
    start, length = session(house.values, half)
    seat = 4 * (floor.most * department + doctor) + 2 * half + 1
    here = (half, department, doctor)
    at = np.concatenate([start, start + length * day.away_at[here]])
    n = len(at)
    return Itineraries(
        np.concatenate([way.arrived, at]), np.concatenate([way.due, at]), np.zeros(len(way.due) + n, int),
        np.concatenate([way.steps, np.ones(n, int)]), np.concatenate([way.station, seat, seat]),
        np.concatenate([way.minutes, day.late[here], day.away[here]]), np.concatenate([way.rank, np.full(n, -1.0)]),
    )  # fmt: skip
