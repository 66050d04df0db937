"""Inpatients of the reference hospital: the same medicine for each, less waiting between its steps, in minutes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..process import Calendar, Itineraries, Network, Plan, Pool, Station, deterministic, order_of_arrival, simulate
from .assumption import Values

DAY, WEEK = 1440.0, 10080.0
WARM_UP_WEEKS, WEEKS, COOL_DOWN_WEEKS, DRAIN_WEEKS = 3, 8, 3, 20
_ARRIVALS_WEEKS = WARM_UP_WEEKS + WEEKS + COOL_DOWN_WEEKS
_EVENING_BEFORE = 14 * 60.0  # admitted so long before the slot, where everything was done outside
_DAYS_BEFORE = 2 * DAY  # where tests are still to be done in the ward
_BOOKED_AHEAD = 3 * DAY  # the soonest slot that is given
_BILL_MINUTES = 20 * 60.0
_ANY = 100_000  # places of what is a time of the day and not a queue
_NOW = deterministic(0)
STATIONS = ("round", "test", "report", "consult", "theatre", "treatment", "read", "fit", "bill", "papers", "day_papers")
ROUND, TEST, REPORT, CONSULT, THEATRE, TREATMENT, READ, FIT, BILL, PAPERS, DAY_PAPERS = range(len(STATIONS))
MEDICAL = (TEST, REPORT, CONSULT, THEATRE, TREATMENT)


@dataclass(frozen=True, slots=True)
class WardLevers:
    """Which levers are pulled on the wards; the default is the house before."""

    tests_at_admission: bool = False
    tests_all_week: bool = False
    consults_twice_a_day: bool = False
    results_read: bool = False
    admitted_for_the_slot: bool = False
    discharge_planned: bool = False
    placebo: bool = False


WARDS_BEFORE = WardLevers()
EVERY_WARD = WardLevers(True, True, True, True, True, True)
WARDS_ALONE: dict[str, WardLevers] = {
    "tests_at_admission": WardLevers(tests_at_admission=True),
    "tests_all_week": WardLevers(tests_all_week=True),
    "consults_twice_a_day": WardLevers(consults_twice_a_day=True),
    "results_read_as_they_come": WardLevers(results_read=True),
    "admitted_for_the_slot": WardLevers(admitted_for_the_slot=True),
    "discharge_planned_before_noon": WardLevers(discharge_planned=True),
    "placebo": WardLevers(placebo=True),
}
WARD_NAMES = {
    "tests_at_admission": ("tests ordered before or at admission", "入院前／入院时即开检查"),
    "tests_all_week": ("the same test hours spread over seven days", "同等检查工时均摊至七天"),
    "consults_twice_a_day": ("the same consultants' hours twice a day and at weekends", "同等会诊工时：每日两次含周末"),
    "results_read_as_they_come": ("results read as they come, 8 to 20 h", "结果随到随阅（8–20 时）"),
    "admitted_for_the_slot": ("admitted for the theatre slot, waiting at home", "按手术排程入院（居家等候）"),
    "discharge_planned_before_noon": ("discharge planned the day before, every day", "提前一日计划出院，每日午前办理"),
    "placebo": ("placebo (other patients have late papers)", "安慰剂（换一批手续迟办者）"),
    "all": ("all together", "全部合用"),
    "chosen": ("those that help together, chosen on tuning days", "合用有益者（据调参期选定）"),
}


@dataclass(frozen=True)
class Admissions:
    """The inpatients of one replication, arrays by patient; ``asked``: when the bed was asked for. Minutes."""

    asked: Any
    surgical: Any
    tested: Any
    again: Any
    consulted: Any
    test: Any
    second_test: Any
    report: Any
    second_report: Any
    consult: Any
    operation: Any
    treatment: Any
    late_ready: Any
    late_share: float
    prepared: Any
    at_once: Any


def admissions(v: Values, seed: int, kind: int, replication: int) -> Admissions:
    """Elective patients ask on weekdays by day, others at any hour; treatment has a mean of one day times its share."""
    rng = np.random.default_rng([seed, kind, replication, 7])
    weeks = _ARRIVALS_WEEKS
    n = int(rng.poisson(v["ward_admissions"] * 7 * weeks))
    surgical = rng.random(n) < v["ward_surgical_share"]
    anytime = rng.random(n) * weeks * WEEK
    weekday = rng.integers(0, weeks, n) * WEEK + rng.integers(0, 5, n) * DAY + 540 + rng.random(n) * 420
    u, e = rng.random((5, n)), rng.gamma(2.0, 0.5, (4, n))
    half = 0.5 + rng.random((3, n))
    share = np.where(surgical, v["ward_recovery_share"], 1.0)
    return Admissions(
        asked=np.where(surgical, weekday, anytime), surgical=surgical, tested=u[0] < v["ward_test_share"],
        again=~surgical & (u[1] < v["ward_second_test_share"]), consulted=u[2] < v["ward_consult_share"],
        test=60 * v["ward_test_hours"] * half[0], second_test=60 * v["ward_test_hours"] * half[1],
        report=60 * v["ward_report_hours"] * e[0], second_report=60 * v["ward_report_hours"] * e[1],
        consult=60 * v["ward_consult_hours"] * half[2], operation=60 * v["ward_operation_hours"] * e[2],
        treatment=DAY * share * rng.gamma(2.5, 0.4, n), late_ready=u[3], late_share=v["ward_late_ready_share"],
        prepared=u[4] < v["ward_prepared_share"],
        at_once=rng.random(n) < v["ward_orders_at_once_share"],
    )  # fmt: skip


def _hours(days: range, start: float, end: float, places: int) -> Calendar:
    """So many places from ``start`` to ``end`` (hours after midnight) on those days of the week, Monday 0."""
    return _windows(_spans(days, (start, end)), places)


def _spans(days: range, *hours: tuple[float, float]) -> list[tuple[float, float]]:
    return [(day * DAY + 60 * start, day * DAY + 60 * end) for day in days for start, end in hours]


def _windows(spans: list[tuple[float, float]], places: int) -> Calendar:
    """So many places within each span of a week, none between them."""
    moments = sorted([(begin, float(places)) for begin, _ in spans] + [(end, 0.0) for _, end in spans])
    return Calendar((0.0, *(at for at, _ in moments)), (0.0, *(level for _, level in moments)), WEEK)


def _rounds() -> Calendar:
    """A round every morning, and on weekdays another in the afternoon."""
    return _windows(_spans(range(7), (8.5, 10)) + _spans(range(5), (15.5, 16.5)), _ANY)


def _places(work_hours_a_week: float, open_hours: float, load: float) -> int:
    return max(math.ceil(work_hours_a_week / open_hours / load), 1)


def ward_network(v: Values, levers: WardLevers) -> Network:
    """The wards' queues. Staff and rooms have the same hours a week under every lever, at other times of the week."""
    week = 7 * v["ward_admissions"]
    medical = 1 - v["ward_surgical_share"]
    tests = week * (v["ward_test_share"] + medical * v["ward_second_test_share"])
    test = _places(tests * v["ward_test_hours"], 5 * 9.1, v["ward_test_load"])
    consult = _places(week * v["ward_consult_share"] * v["ward_consult_hours"], 5 * 2.8, v["ward_consult_load"])
    theatre = _places(week * v["ward_surgical_share"] * v["ward_operation_hours"], 5 * 9, v["ward_theatre_load"])
    every, weekdays, weekend = range(7), range(5), range(5, 7)
    test_hours, consult_hours = _hours(weekdays, 8, 17.1, test), _hours(weekdays, 14, 16.8, consult)
    if levers.tests_all_week:
        test_hours = _windows(_spans(weekdays, (8, 16)) + _spans(weekend, (8, 10.75)), test)
    if levers.consults_twice_a_day:
        consult_hours = _windows(_spans(weekdays, (10, 11.2), (15, 16.2)) + _spans(weekend, (10, 11)), consult)
    pools = (
        Pool("round", _rounds()), Pool("morning", _hours(every, 8.5, 10, _ANY)),
        Pool("on duty", _hours(every, 8, 20, _ANY)), Pool("test", test_hours), Pool("consult", consult_hours),
        Pool("theatre", _hours(weekdays, 8, 17, theatre)), Pool("papers", _hours(range(6), 15, 17, _ANY)),
        Pool("day papers", _hours(every, 9, 12, _ANY)),
    )  # fmt: skip
    of = {
        ROUND: ("round",), FIT: ("morning",), READ: ("on duty",), TEST: ("test",),
        CONSULT: ("consult",), THEATRE: ("theatre",), PAPERS: ("papers",),
        DAY_PAPERS: ("day papers",),
    }  # fmt: skip
    stations = tuple(Station(name, _NOW, of.get(i, ())) for i, name in enumerate(STATIONS))
    return Network(stations, (), pools)


def staffed_hours(network: Network) -> dict[str, float]:
    """Hours a week that tests, consultants and theatres are there for, which no lever may add to."""
    out = {}
    for pool in network.pools:
        if pool.name in ("test", "consult", "theatre"):
            ends = (*pool.capacity.starts[1:], WEEK)
            spans = zip(pool.capacity.starts, ends, pool.capacity.levels, strict=True)
            out[pool.name] = round(sum((end - start) * level for start, end, level in spans) / 60, 6)
    return out


@dataclass(frozen=True)
class Stays:
    """What a replication gave, by patient who asked between warm-up and cool-down: days in bed, of medicine, at home.

    ``waited``: days waited for each kind of step, all patients together; ``not_ready``: days for which those
    admitted for a slot had to wait for their own tests, which are counted in the stay.
    """

    stay: Any
    medical: Any
    at_home: Any
    waited: dict[str, float]
    not_ready: float


def stays(v: Values, given: Admissions, levers: WardLevers, treatment_days: float) -> Stays:
    """Plays one replication; ``treatment_days`` scales the days of treatment, the one free parameter.

    A patient tested before admission is played twice: as an outpatient from when the bed was asked for, and from
    admission on. When that can be is found by a first run.
    """
    network = ward_network(v, levers)
    outside = given.prepared & given.surgical & levers.tests_at_admission
    planned = given.prepared & given.surgical & levers.admitted_for_the_slot
    slots = _theatre_slots(network, given) if levers.admitted_for_the_slot else np.full(len(given.asked), -1.0)
    lead = np.where(outside, _EVENING_BEFORE, _DAYS_BEFORE)
    admitted = np.where(planned, np.maximum(slots - lead, given.asked), given.asked)
    played = _play(network, given, levers, admitted, outside, slots, treatment_days)
    if outside.any():
        admitted = np.where(outside, np.maximum(admitted, played.ready), admitted)
        played = _play(network, given, levers, admitted, outside, slots, treatment_days)
    short = np.where(outside, np.maximum(played.ready - admitted, 0.0), 0.0)
    first, last = WARM_UP_WEEKS * WEEK, (WARM_UP_WEEKS + WEEKS) * WEEK
    kept = (given.asked >= first) & (given.asked < last)
    waited = {
        name: float(played.waits[(played.station == i) & kept[played.patient]].sum() / DAY)
        for i, name in enumerate(STATIONS)
    }
    return Stays(
        (played.leaving - admitted + short)[kept] / DAY, played.medical[kept] / DAY,
        (admitted - given.asked)[kept] / DAY, waited, float(short[kept].sum() / DAY),
    )  # fmt: skip


def _theatre_slots(network: Network, given: Admissions) -> Any:
    """When each surgical patient would be operated if theatres were booked in the order of asking, a few days ahead."""
    who = np.flatnonzero(given.surgical)
    n = len(who)
    ways = Itineraries(
        given.asked[who] + _BOOKED_AHEAD, np.zeros(n), np.zeros(n, int), np.ones(n, int), np.full(n, THEATRE),
        given.operation[who], np.full(n, -1.0),
    )  # fmt: skip
    log = _log(network, ways)
    slots = np.full(len(given.asked), -1.0)
    slots[who[order_of_arrival(ways)[log["case"]]]] = log["started"]
    return slots


@dataclass(frozen=True)
class _Played:
    leaving: Any
    ready: Any
    medical: Any
    patient: Any
    station: Any
    waits: Any


def _play(
    network: Network, given: Admissions, levers: WardLevers, admitted: Any, outside: Any, slots: Any, days: float
) -> _Played:
    n = len(admitted)
    before = np.flatnonzero(outside & (given.tested | given.consulted))
    ways = _joined(_outpatient(given, before), _inpatient(given, levers, admitted, outside, slots, days))
    log = _log(network, ways)
    entry = order_of_arrival(ways)[log["case"]]
    at_home = entry < len(before)
    patient = np.concatenate([before, np.arange(n)])[entry]
    leaving, ready, medical = np.zeros(n), given.asked.copy(), np.zeros(n)
    np.maximum.at(leaving, patient[~at_home], log["ended"][~at_home])
    np.maximum.at(ready, patient[at_home], log["ended"][at_home])
    worked = np.isin(log["station"], MEDICAL)
    np.add.at(medical, patient[worked], (log["ended"] - log["started"])[worked])
    return _Played(
        leaving, ready, medical, patient[~at_home], log["station"][~at_home], (log["started"] - log["queued"])[~at_home]
    )


def _log(network: Network, ways: Itineraries) -> Any:
    plan = Plan(_ARRIVALS_WEEKS * WEEK + 8 * WEEK, drain=DRAIN_WEEKS * WEEK, overload=True, log=True)
    return simulate(network, plan, itineraries=[ways]).log[0]


def _joined(one: Itineraries, other: Itineraries) -> Itineraries:
    return Itineraries(*(np.concatenate([getattr(one, k), getattr(other, k)]) for k in Itineraries.__slots__))


def _walks(arrived: Any, columns: list[tuple[Any, int, Any, Any]]) -> Itineraries:
    """Itineraries from columns of (who has the step, station, minutes, rank); nobody is without a step."""
    n = len(arrived)
    there = np.stack([np.broadcast_to(column[0], n) for column in columns], axis=1)
    pick = [np.stack([np.broadcast_to(column[i], n) for column in columns], axis=1)[there] for i in (1, 2, 3)]
    return Itineraries(arrived, np.zeros(n), np.zeros(n, int), there.sum(axis=1), *pick)


def _outpatient(given: Admissions, who: Any) -> Itineraries:
    """Tests and consultations before admission."""
    tested = given.tested[who]
    return _walks(given.asked[who], [
        (tested, TEST, given.test[who], -1.0), (tested, REPORT, given.report[who], -1.0),
        (given.consulted[who], CONSULT, given.consult[who], -1.0),
    ])  # fmt: skip


def _inpatient(
    given: Admissions, levers: WardLevers, admitted: Any, outside: Any, slots: Any, days: float
) -> Itineraries:
    """From admission to leaving: (round,) test, report, round, consultation, theatre or treatment, round, papers."""
    at_once = given.at_once | (given.prepared & levers.tests_at_admission)
    planned = given.prepared & levers.discharge_planned
    late = (1 - given.late_ready if levers.placebo else given.late_ready) < given.late_share
    read = given.prepared & levers.results_read
    tested, consulted = given.tested & ~outside, given.consulted & ~outside
    treatment = days * given.treatment
    halves = np.where(given.again, 0.5, 1.0)
    return _walks(admitted, [
        (~at_once, ROUND, 0.0, -1.0), (tested, TEST, given.test, -1.0), (tested, REPORT, given.report, -1.0),
        (tested & ~read, ROUND, 0.0, -1.0), (tested & read, READ, 0.0, -1.0), (consulted, CONSULT, given.consult, -1.0),
        (given.surgical, THEATRE, given.operation, slots), (True, TREATMENT, treatment * halves, -1.0),
        (given.again, TEST, given.second_test, -1.0), (given.again, REPORT, given.second_report, -1.0),
        (given.again & ~read, ROUND, 0.0, -1.0), (given.again & read, READ, 0.0, -1.0),
        (given.again, TREATMENT, treatment * (1 - halves), -1.0),
        (~planned, FIT, 0.0, -1.0), (~planned & late, BILL, _BILL_MINUTES, -1.0), (~planned, PAPERS, 0.0, -1.0),
        (planned, DAY_PAPERS, 0.0, -1.0),
    ])  # fmt: skip
