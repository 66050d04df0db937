"""The outpatients' benchmark: calibrated and tuned on some days, judged on others, on the house and on spoilt ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinglin.foundation.errors import Category, XinglinError

from .assumption import assumptions, values
from .demand import JUDGING, TUNING, House, Reality, build_house
from .lever import ALONE, BEFORE, EVERY, NAMES, Levers, Tuned, without_saving
from .measuring import change, ratio, reduction, told
from .playing import GROUPS, Arm, Trace, make_trace, play

Progress = Callable[[str], None]

_SHORTEST_LAG, _LONGEST_LAG = 2.0, 5000.0
_TUNING_SHARE_OF_HOUSE = 0.25  # what a minute in the house weighs beside a minute of wait when slots are tuned
_OVERTIME_MARGIN = 0.98
PERTURBED: dict[str, tuple[str, str, Reality]] = {
    "more_no_shows": ("no-shows doubled", "爽约加倍", Reality(no_show=0.30)),
    "longer_service": ("contacts 10 % longer", "就诊时长增加 10%", Reality(consult=1.10)),
    "unpunctual": ("punctuality twice as loose", "到院时间波动加倍", Reality(unpunctual=2.0)),
    "demand_surge": ("10 % more patients", "就诊需求增加 10%", Reality(demand=1.10)),
    "fewer_doctors": ("8 % fewer doctors", "医生减少 8%", Reality(doctors=0.92)),
    "few_phones": ("half as many use the phone", "手机使用者减半", Reality(digital=0.5)),
    "slow_reports": ("results take half as long again", "报告时间延长一半", Reality(reports=1.5)),
}


@dataclass(frozen=True)
class Calibration:
    """The crowding that gives the published wait, found on tuning days; ``reached`` is the wait it gives there."""

    lag_minutes: float
    reached: float
    met: bool


def mean_wait(arm: Arm) -> float:
    return float(arm.sums["wait"].sum() / arm.patients.sum())


def calibrate(trace: Trace, target: float, start: float = 60.0, tries: int = 12, near: float = 0.05) -> Calibration:
    """The one free parameter: how long after the doors open the crowd comes, on average (minutes).

    The longer, the shorter the wait; secant steps in logarithms, bisection where they leave the bracket. ``met`` is
    false where no crowding gives that wait.
    """
    low, high = math.log(_SHORTEST_LAG), math.log(_LONGEST_LAG)
    at, last = math.log(start), None
    for _ in range(tries):
        reached = mean_wait(play(trace, BEFORE, Tuned(), math.exp(at)))
        if abs(reached - target) < near:
            break
        low, high = (at, high) if reached > target else (low, at)
        slope = (math.log(reached) - last[1]) / (at - last[0]) if last and at != last[0] else -0.6
        last = at, math.log(max(reached, 1e-9))
        step = at + (math.log(target) - last[1]) / slope if slope < 0 else (low + high) / 2
        at = step if low < step < high else (low + high) / 2
    return Calibration(math.exp(at), reached, abs(reached - target) < 1.0)


def tune(trace: Trace, levers: Levers, lag: float, most_overtime: float) -> Tuned:
    """The slots that cost patients least on tuning days: wait, and a quarter of the time in the house.

    Overtime may not reach ``most_overtime`` minutes a session; where none keeps to that, the least overtime is taken.
    """
    tried = [
        _tried(trace, levers, Tuned(ahead, stretch, 35.0), lag)
        for ahead in (0.0, 0.5, 1.0, 2.0)
        for stretch in (0.9, 0.96, 1.02, 1.08, 1.16, 1.26)
    ]
    best = _best(tried, most_overtime)
    if not levers.tests_first:
        return best
    return _best(
        [_tried(trace, levers, Tuned(best.ahead, best.stretch, lead), lag) for lead in (25.0, 35.0, 45.0)],
        most_overtime,
    )


def _tried(trace: Trace, levers: Levers, tuned: Tuned, lag: float) -> tuple[float, float, Tuned]:
    arm = play(trace, levers, tuned, lag)
    house = float(arm.sums["in_house"].sum() / arm.in_person.sum())
    return mean_wait(arm) + _TUNING_SHARE_OF_HOUSE * house, overtime(arm), tuned


def _best(tried: list[tuple[float, float, Tuned]], most: float) -> Tuned:
    kept = [each for each in tried if each[1] <= most]
    return min(kept, key=lambda each: each[0])[2] if kept else min(tried, key=lambda each: each[1])[2]


def overtime(arm: Arm) -> float:
    """Minutes worked outside the rostered hours, a doctor's session."""
    return float(arm.sums["overtime"].sum() / arm.sessions.sum())


@dataclass(frozen=True)
class Prepared:
    """A house calibrated, and its levers tuned, on the tuning days alone."""

    house: House
    calibration: Calibration
    tuned: dict[str, Tuned]

    def of(self, name: str) -> Tuned:
        return self.tuned.get(name, Tuned())


def prepare(settings: Mapping[str, float], seed: int, days: int, progress: Progress) -> Prepared:
    """Calibrates and tunes on days of the kind TUNING. INVALID where no crowding gives the wait of the house before."""
    house = build_house(values("reference_hospital", settings))
    trace = make_trace(house, Reality(), seed, TUNING, days)
    target = house.values["target_wait_minutes"]
    found = calibrate(trace, target)
    if not found.met:
        raise XinglinError(
            Category.INVALID,
            f"no crowding of half-day patients gives a mean wait of {target:g} minutes; the nearest is "
            f"{found.reached:.1f}",
            f"任何到院聚集程度都得不到 {target:g} 分钟的平均候诊；最接近为 {found.reached:.1f} 分钟",
            expression="target_wait_minutes",
        )
    lag = found.lag_minutes
    most = _OVERTIME_MARGIN * overtime(play(trace, BEFORE, Tuned(), lag))
    progress(f"calibrated: crowding {lag:.0f} min gives {found.reached:.1f} min; tuning slots")
    tuned = {
        "timed_slots_ours": tune(trace, ALONE["timed_slots_ours"], lag, most),
        "all": tune(trace, EVERY, lag, most),
        "all_without_saved_minutes": tune(trace, without_saving(EVERY), lag, most),
    }
    return Prepared(house, found, tuned)


def judge(prepared: Prepared, seed: int, days: int, progress: Progress) -> dict[str, Any]:
    """Every lever alone, all together, and all without shortened contacts, on judging days, beside the house before.

    FAULT where an arm did not see the very same patients, or rostered other doctors' minutes.
    """
    trace = make_trace(prepared.house, Reality(), seed, JUDGING, days)
    lag = prepared.calibration.lag_minutes
    before = play(trace, BEFORE, Tuned(), lag)
    arms = {**ALONE, "all": EVERY, "all_without_saved_minutes": without_saving(EVERY)}
    rows, played = {}, {}
    for name, levers in arms.items():
        played[name] = play(trace, levers, prepared.of(name), lag)
        require_equal(before, played[name], name)
        rows[name] = {"english": NAMES[name][0], "chinese": NAMES[name][1], **arm_told(played[name], before)}
        progress(f"{NAMES[name][0]}: {rows[name]['wait_minutes']} min ({rows[name]['reduction_percent']} %)")
    return {
        "before": arm_told(before, None),
        "arms": rows,
        "equal": equality(before, played),
        "fairness": {name: fairness(name, before, played["all"]) for name in GROUPS},
        "from_wish_of_walk_ins_minutes": {
            "before": told(ratio(*before.from_wish.T))[0], "all": told(ratio(*played["all"].from_wish.T))[0],
        },
    }  # fmt: skip


def require_equal(before: Arm, after: Arm, name: str) -> None:
    """FAULT unless both saw the same patients with the same rostered minutes of doctors, week by week."""
    weekly = [arm.sums["rostered"].reshape(-1, 5).sum(axis=1) for arm in (before, after)]
    if before.seen != after.seen or not np.allclose(weekly[0], weekly[1], rtol=0, atol=1e-6):
        raise XinglinError(
            Category.FAULT,
            f"{name}: other patients or other doctor minutes than before",
            f"{name}：患者或医生工时不相等",
        )


def equality(before: Arm, played: Mapping[str, Arm]) -> dict[str, Any]:
    """What shows that nothing was gained by other patients or by more doctors."""
    return {
        "patients_seen": int(before.patients.sum()),
        "digest_of_patients_seen": {"before": before.seen, **{name: arm.seen for name, arm in played.items()}},
        "rostered_doctor_minutes": {
            "before": float(before.sums["rostered"].sum()),
            **{name: float(arm.sums["rostered"].sum()) for name, arm in played.items()},
        },
        "worked_doctor_minutes": {
            "before": round(float(before.sums["worked"].sum())),
            **{name: round(float(arm.sums["worked"].sum())) for name, arm in played.items()},
        },
    }


def arm_told(arm: Arm, before: Arm | None) -> dict[str, Any]:
    """The figures of an arm and, beside another, what changed."""
    s = arm.sums
    out: dict[str, Any] = {}
    for name, sums, units in (
        ("wait", s["wait"], arm.patients), ("from_arrival", s["from_arrival"], arm.patients),
        ("in_house", s["in_house"], arm.in_person), ("queueing", s["queueing"], arm.patients),
        ("overtime", s["overtime"], arm.sessions), ("idle", s["idle"], arm.sessions),
    ):  # fmt: skip
        out[f"{name}_minutes"], out[f"{name}_ci95"] = told(ratio(sums, units))
    out["ninetieth_wait_minutes"] = round(float(arm.ninetieth.mean()), 1)
    if before is not None:
        out["reduction_percent"], out["reduction_ci95"] = told(reduction(s["wait"], before.sums["wait"]))
        out["from_arrival_reduction_percent"], out["from_arrival_reduction_ci95"] = told(
            reduction(s["from_arrival"], before.sums["from_arrival"])
        )
        out["overtime_change_minutes"], out["overtime_change_ci95"] = told(
            change(s["overtime"], before.sums["overtime"], arm.sessions)
        )
    return out


def fairness(group: str, before: Arm, after: Arm) -> dict[str, Any]:
    """The mean wait of a group before and after; nobody of a group: none."""
    pairs = [arm.groups[group] for arm in (before, after)]
    waits = [told(ratio(*pair.T))[0] if pair[:, 1].sum() else None for pair in pairs]
    out: dict[str, Any] = {"before_minutes": waits[0], "all_minutes": waits[1], "patients": int(pairs[1][:, 1].sum())}
    if pairs[0][:, 1].sum():
        out["reduction_percent"], out["reduction_ci95"] = told(reduction(pairs[1][:, 0], pairs[0][:, 0]))
    return out


def perturbed(prepared: Prepared, seed: int, days: int, progress: Progress) -> dict[str, Any]:
    """The same plan, neither calibrated nor tuned anew, where the days are not as was planned for."""
    out = {}
    lag = prepared.calibration.lag_minutes
    for name, (english, chinese, reality) in PERTURBED.items():
        trace = make_trace(prepared.house, reality, seed, JUDGING, days)
        before, after = play(trace, BEFORE, Tuned(), lag), play(trace, EVERY, prepared.of("all"), lag)
        require_equal(before, after, name)
        told_after = arm_told(after, before)
        first = arm_told(before, None)
        out[name] = {
            "english": english, "chinese": chinese, "baseline_wait_minutes": first["wait_minutes"],
            "baseline_overtime_minutes": first["overtime_minutes"], **told_after,
        }  # fmt: skip
        progress(f"{english}: {first['wait_minutes']} -> {told_after['wait_minutes']} min")
    return out


def sensitivity(
    prepared: Prepared, settings: Mapping[str, float], seed: int, days: int, progress: Progress
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Each assumption at both ends of its range: calibrated anew, slots as they were tuned, judged on judging days.

    And, for the sceptic, all of them together at whichever end gave the smaller reduction.
    """
    rows: list[dict[str, Any]] = []
    known = assumptions("reference_hospital")
    for place, each in enumerate(known):
        ends = [
            _at(prepared, {**settings, each.name: value}, seed, days) | {"value": value}
            for value in (each.low, each.high)
        ]
        rows.append({"name": each.name, "english": each.english, "chinese": each.chinese, "ends": ends})
        progress(f"sensitivity {place + 1}/{len(known)}: {each.name}")
    worst = {
        row["name"]: min(row["ends"], key=lambda end: float(end["reduction_percent"]))["value"]
        for row in rows
        if row["name"] not in settings
    }
    together = _at(prepared, {**settings, **worst}, seed, days) | {"assumed": worst}
    progress(f"every assumption at its worse end: {together['reduction_percent']} %")
    return rows, together


def _at(prepared: Prepared, settings: Mapping[str, float], seed: int, days: int) -> dict[str, Any]:
    house = build_house(values("reference_hospital", settings))
    start = prepared.calibration.lag_minutes
    found = calibrate(
        make_trace(house, Reality(), seed, TUNING, days), house.values["target_wait_minutes"], start, 5, 0.4
    )
    trace = make_trace(house, Reality(), seed, JUDGING, days)
    before = play(trace, BEFORE, Tuned(), found.lag_minutes)
    after = play(trace, EVERY, prepared.of("all"), found.lag_minutes)
    require_equal(before, after, "sensitivity")
    percent, ends = told(reduction(after.sums["wait"], before.sums["wait"]))
    strict, strict_ends = told(reduction(after.sums["from_arrival"], before.sums["from_arrival"]))
    return {
        "calibrated": found.met, "baseline_wait_minutes": round(mean_wait(before), 1),
        "wait_minutes": round(mean_wait(after), 1), "reduction_percent": percent, "reduction_ci95": ends,
        "from_arrival_reduction_percent": strict, "from_arrival_reduction_ci95": strict_ends,
        "baseline_overtime_minutes": round(overtime(before), 2), "overtime_minutes": round(overtime(after), 2),
    }  # fmt: skip
