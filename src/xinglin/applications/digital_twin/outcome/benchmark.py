"""The whole benchmark in one document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from .assumption import Part, assumptions, check_settings
from .demand import DAYS_A_WEEK, JUDGING, PAST, TUNING
from .judging import PERTURBED, Prepared, judge, perturbed, prepare, sensitivity
from .ward_judging import REPLICATIONS, WardCalibration, judge_wards, ward_sensitivity

_TUNING_DAYS, _SENSITIVITY_DAYS = 15, 10
_MOST_DAYS = 1000
_PARTS: tuple[Part, ...] = ("reference_hospital", "reference_wards")


@dataclass(frozen=True, slots=True)
class Settings:
    """``days`` are judged, rounded up to whole weeks of five; ``assumed`` sets assumptions by name.

    Without ``sensitive`` the ends of the assumptions' ranges are not tried, which is half of the work.
    """

    days: int = 60
    seed: int = 1
    assumed: Mapping[str, float] = field(default_factory=dict)
    sensitive: bool = True


def measure(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Calibrates and tunes on tuning days, judges on others; every figure in minutes or days with its 95 % interval.

    INVALID where an assumption is not known or cannot be, or no calibration gives the published house before; FAULT
    where an arm had other patients, other rostered doctors' minutes or other medical minutes than the house before.
    """
    check_settings(settings.assumed)
    if not 1 <= settings.days <= _MOST_DAYS or settings.seed < 0:
        raise XinglinError(
            Category.INVALID, f"days is 1 to {_MOST_DAYS}, seed 0 or more", f"天数须为 1 至 {_MOST_DAYS}，种子不得为负"
        )
    days = math.ceil(settings.days / DAYS_A_WEEK) * DAYS_A_WEEK
    prepared = prepare(settings.assumed, settings.seed, _TUNING_DAYS, progress)
    judged = judge(prepared, settings.seed, days, progress)
    spoilt = perturbed(prepared, settings.seed, days, progress)
    wards, ward_calibration = judge_wards(settings.assumed, settings.seed, REPLICATIONS, progress)
    tried: dict[str, Any] = {}
    if settings.sensitive:
        rows, worst = sensitivity(prepared, settings.assumed, settings.seed, _SENSITIVITY_DAYS, progress)
        tried = {
            "outpatients": rows, "every_assumption_at_its_worse_end": worst,
            "inpatients": ward_sensitivity(settings.assumed, settings.seed, progress),
        }  # fmt: skip
    return {
        **_headline(judged, wards),
        "levers": judged["arms"], "before": judged["before"], "equal": judged["equal"], "fairness": judged["fairness"],
        "from_wish_of_walk_ins_minutes": judged["from_wish_of_walk_ins_minutes"], "perturbed": spoilt,
        "wards": wards, "sensitivity": tried,
        **_conditions(settings, days, prepared, ward_calibration),
    }  # fmt: skip


def _conditions(settings: Settings, days: int, prepared: Prepared, wards: WardCalibration) -> dict[str, Any]:
    """Under what the figures were found: calibration, tuning, seeds, days and every assumption."""
    return {
        "calibration": {
            "crowding_minutes": round(prepared.calibration.lag_minutes, 2),
            "wait_reached_on_tuning_days": round(prepared.calibration.reached, 2),
            "ward_treatment_days": round(wards.treatment_days, 3),
            "stay_reached_on_tuning_days": round(wards.reached, 3),
        },
        "tuned": {name: asdict(each) for name, each in prepared.tuned.items()},
        "seeds": {"seed": settings.seed, "kinds": {"past": PAST, "tuning": TUNING, "judging": JUDGING}},
        "days": {"tuning": _TUNING_DAYS, "judging": days, "sensitivity": _SENSITIVITY_DAYS},
        "assumptions": [
            asdict(each) | {"value": settings.assumed.get(each.name, each.value)}
            for part in _PARTS for each in assumptions(part)
        ],
    }  # fmt: skip


def _headline(judged: dict[str, Any], wards: dict[str, Any]) -> dict[str, Any]:
    before, every = judged["before"], judged["arms"]["all"]
    chosen = wards["levers"]["chosen"]
    return {
        "baseline_wait_minutes": before["wait_minutes"], "wait_minutes": every["wait_minutes"],
        "wait_ci95": every["wait_ci95"],
        "reduction_percent": every["reduction_percent"], "reduction_ci95": every["reduction_ci95"],
        "from_arrival_reduction_percent": every["from_arrival_reduction_percent"],
        "from_arrival_reduction_ci95": every["from_arrival_reduction_ci95"],
        "baseline_overtime_minutes": before["overtime_minutes"], "baseline_overtime_ci95": before["overtime_ci95"],
        "overtime_minutes": every["overtime_minutes"], "overtime_ci95": every["overtime_ci95"],
        "baseline_stay_days": wards["baseline_stay_days"], "stay_days": chosen["stay_days"],
        "stay_days_saved": chosen["days_saved"], "stay_days_saved_ci95": chosen["days_saved_ci95"],
        "perturbed_hospitals": len(PERTURBED),
    }  # fmt: skip
