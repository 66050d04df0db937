"""The inpatients' benchmark: calibrated on some replications, judged on others, no medical minute cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from xinglin.foundation.errors import Category, XinglinError

from ..process import interval
from .assumption import Values, assumptions, values
from .demand import JUDGING, TUNING
from .ward import (
    EVERY_WARD,
    STATIONS,
    WARD_NAMES,
    WARDS_ALONE,
    WARDS_BEFORE,
    Admissions,
    Stays,
    WardLevers,
    admissions,
    staffed_hours,
    stays,
    ward_network,
)

Progress = Callable[[str], None]
_TUNING_REPLICATIONS = 3
REPLICATIONS = 8


@dataclass(frozen=True)
class WardCalibration:
    """The scale of treatment that gives the published stay on tuning replications, and the stay it gives there."""

    treatment_days: float
    reached: float
    met: bool


def mean_stay(v: Values, given: list[Admissions], levers: WardLevers, days: float) -> float:
    return float(np.mean([stays(v, each, levers, days).stay.mean() for each in given]))


def calibrate_wards(v: Values, given: list[Admissions], tries: int = 6) -> WardCalibration:
    """The one free parameter: the mean days of treatment of a medical patient, by secant steps (nearly linear)."""
    target = v["ward_target_stay_days"]
    low, days = (0.2, mean_stay(v, given, WARDS_BEFORE, 0.2)), 6.0
    reached = low[1]
    for _ in range(tries):
        reached = mean_stay(v, given, WARDS_BEFORE, days)
        if abs(reached - target) < 0.005:
            break
        slope = max((reached - low[1]) / (days - low[0]), 0.05) if days != low[0] else 1.0
        low = (days, reached)
        days = min(max(days + (target - reached) / slope, 0.2), 60.0)
    return WardCalibration(days, reached, abs(reached - target) < 0.1)


def judge_wards(
    settings: Mapping[str, float], seed: int, replications: int, progress: Progress
) -> tuple[dict[str, Any], WardCalibration]:
    """Every lever alone and all together beside the wards before, patient by patient.

    INVALID where no treatment gives the stay of the house before; FAULT where a patient had other medical minutes
    or staff other hours.
    """
    v = values("reference_wards", settings)
    found = calibrate_wards(v, [admissions(v, seed, TUNING, i) for i in range(_TUNING_REPLICATIONS)])
    if not found.met:
        raise XinglinError(
            Category.INVALID,
            f"no length of treatment gives a mean stay of {v['ward_target_stay_days']:g} days; the nearest is "
            f"{found.reached:.2f}",
            f"任何治疗天数都得不到 {v['ward_target_stay_days']:g} 天的平均住院日；最接近为 {found.reached:.2f} 天",
            expression="ward_target_stay_days",
        )
    chosen = choose(v, [admissions(v, seed, TUNING, i) for i in range(_TUNING_REPLICATIONS)], found.treatment_days)
    given = [admissions(v, seed, JUDGING, i) for i in range(replications)]
    before = [stays(v, each, WARDS_BEFORE, found.treatment_days) for each in given]
    rows = {}
    for name, levers in {**WARDS_ALONE, "all": EVERY_WARD, "chosen": chosen}.items():
        after = [stays(v, each, levers, found.treatment_days) for each in given]
        require_same_medicine(v, before, after, levers, name)
        rows[name] = {"english": WARD_NAMES[name][0], "chinese": WARD_NAMES[name][1], **_told(before, after)}
        progress(f"wards, {WARD_NAMES[name][0]}: {rows[name]['days_saved']} days saved")
    for row in rows.values():
        saved = rows["chosen"]["days_saved"]
        row["share_of_chosen_percent"] = round(100 * row["days_saved"] / saved, 1) if saved > 0 else None
    return {
        "baseline_stay_days": _mean(before, "stay"), "medical_days": _mean(before, "medical"),
        "waiting_share_of_stay": round(1 - _mean(before, "medical") / _mean(before, "stay"), 3),
        "baseline_waiting_days": _waiting(before),
        "patients": int(sum(len(each.stay) for each in before)),
        "staffed_hours_a_week": staffed_hours(ward_network(v, WARDS_BEFORE)),
        "chosen": [name for name, on in asdict(chosen).items() if on], "levers": rows,
    }, found  # fmt: skip


def choose(v: Values, given: list[Admissions], days: float) -> WardLevers:
    """Every lever but those without which the others save more, on the replications that are given for tuning."""
    every = mean_stay(v, given, EVERY_WARD, days)
    kept = EVERY_WARD
    for name, on in asdict(EVERY_WARD).items():
        if on and mean_stay(v, given, replace(EVERY_WARD, **{name: False}), days) < every:
            kept = replace(kept, **{name: False})
    return kept


def require_same_medicine(v: Values, before: list[Stays], after: list[Stays], levers: WardLevers, name: str) -> None:
    """FAULT unless every patient had the same medical minutes and staff the same hours a week."""
    same = all(
        len(a.medical) == len(b.medical) and np.allclose(a.medical, b.medical, rtol=0, atol=1e-6)
        for a, b in zip(before, after, strict=True)
    )
    if not same or staffed_hours(ward_network(v, WARDS_BEFORE)) != staffed_hours(ward_network(v, levers)):
        raise XinglinError(
            Category.FAULT,
            f"{name}: other medical time or other staffed hours than before",
            f"{name}：医疗时间或工时不相等",
        )


def _mean(rows: list[Stays], what: str) -> float:
    return round(float(np.mean([getattr(each, what).mean() for each in rows])), 3)


def _waiting(rows: list[Stays]) -> dict[str, float]:
    patients = sum(len(each.stay) for each in rows)
    totals = {name: sum(each.waited[name] for each in rows) / patients for name in STATIONS}
    return {name: round(total, 3) for name, total in totals.items() if total > 0}


def _told(before: list[Stays], after: list[Stays]) -> dict[str, Any]:
    saved = [float(a.stay.mean() - b.stay.mean()) for a, b in zip(before, after, strict=True)]
    mean, half = interval(saved)
    return {
        "stay_days": _mean(after, "stay"), "days_saved": round(mean, 3),
        "days_saved_ci95": [round(mean - half, 3), round(mean + half, 3)] if np.isfinite(half) else None,
        "days_at_home_before_admission": _mean(after, "at_home"), "waiting_days": _waiting(after),
        "not_ready_days": round(sum(each.not_ready for each in after) / sum(len(each.stay) for each in after), 4),
    }  # fmt: skip


def ward_sensitivity(settings: Mapping[str, float], seed: int, progress: Progress) -> list[dict[str, Any]]:
    """Each ward assumption at both ends of its range, calibrated anew; two replications each."""
    rows = []
    known = assumptions("reference_wards")
    for each in known:
        ends = []
        for value in (each.low, each.high):
            v = values("reference_wards", {**settings, each.name: value})
            found = calibrate_wards(v, [admissions(v, seed, TUNING, 0)], 3)
            given = [admissions(v, seed, JUDGING, i) for i in range(2)]
            first = mean_stay(v, given, WARDS_BEFORE, found.treatment_days)
            last = mean_stay(v, given, EVERY_WARD, found.treatment_days)
            ends.append(
                {"value": value, "calibrated": found.met, "baseline_stay_days": round(first, 2),
                 "days_saved": round(first - last, 2)}
            )  # fmt: skip
        rows.append({"name": each.name, "english": each.english, "chinese": each.chinese, "ends": ends})
    progress(f"sensitivity of {len(known)} ward assumptions done")
    return rows
