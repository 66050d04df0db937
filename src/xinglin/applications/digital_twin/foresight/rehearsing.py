"""The calibration report: made-up clinics and wards, learnt on some days and judged on others."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from .model import PastStay, Ward
from .rehearsal import Rehearsed, rehearse
from .scoring import Score
from .ward import foresee_ward, learn_stays

_CLINICS = {"calm": (4, 0.8), "busy": (4, 0.95), "overfull": (8, 1.1)}
_LEARN_DAYS, _REPLICATIONS = 12, 500
_WARDS, _WARD_DAYS, _WATCHED_DAYS, _ARRIVAL_DAYS = 6, 180, 60, 28


def rehearse_all(days: int, seed: int) -> dict[str, Any]:
    """Shares within each interval by clinic and by what was foreseen, of ``days`` mornings after twelve others; and of
    wards whose stays are gamma-distributed and whose arrivals follow the week, looked at every fifth day or so."""
    told: dict[str, Any] = {"days": days, "seed": seed, "learnt_on_days": _LEARN_DAYS, "clinics": {}}
    together: dict[str, Score] = defaultdict(Score)
    for place, (name, (doctors, crowding)) in enumerate(_CLINICS.items()):
        found = rehearse(Rehearsed(doctors, crowding, seed + place), _LEARN_DAYS, days, _REPLICATIONS)
        told["clinics"][name] = {what: one.shares() for what, one in found.items()}
        for what, one in found.items():
            together[what].merge(one)
    told["all_clinics"] = {what: one.shares() for what, one in together.items()}
    told["wards"] = {what: one.shares() for what, one in rehearse_wards(seed).items()}
    return told


def rehearse_wards(seed: int, wards: int = _WARDS) -> dict[str, Score]:
    """Scores of the census 24 and 72 hours ahead, and of discharges, in made-up wards."""
    scores: dict[str, Score] = defaultdict(Score)
    random = np.random.default_rng(seed)
    for _ in range(wards):
        stays = _made_up(random)
        for look in range((_WATCHED_DAYS + 30) * 24 + 9, (_WARD_DAYS - 10) * 24, 24 * 5 + 3):
            _judge(stays, float(look), scores)
    return dict(scores)


def _made_up(random: Any) -> list[tuple[float, float]]:
    """(Admitted, left) in hours: fewer come at weekends, most leave before noon, stays are gamma-distributed."""
    a_day, stays = random.uniform(3, 7), []
    for day in range(_WARD_DAYS):
        for _ in range(random.poisson(a_day * (0.6 if day % 7 > 4 else 1.15))):
            came = day * 24 + float(np.clip(random.normal(11, 3), 0, 23.9))
            nights = max(0, round(random.gamma(1.6, 4.5)))
            left = (day + nights) * 24 + float(np.clip(random.normal(11.5, 1.8), 8, 18))
            stays.append((came, left if left > came else came + 2))
    return stays


def _judge(stays: list[tuple[float, float]], now: float, scores: dict[str, Score]) -> None:
    began = now - _WATCHED_DAYS * 24
    past = [
        PastStay(max(0, int(began // 24 - came // 24)), int(min(left, now) // 24 - came // 24), left <= now, left % 24)
        for came, left in stays
        if came < now and left > began
    ]
    arrivals = [0.0] * 24
    for came, _ in stays:
        if now - _ARRIVAL_DAYS * 24 < came < now:
            arrivals[int(came % 24)] += 1 / _ARRIVAL_DAYS
    here = tuple(int(now // 24 - came // 24) for came, left in stays if came < now < left)
    ward = Ward("ward", None, here, now % 24, tuple(arrivals), _ARRIVAL_DAYS)
    found = foresee_ward(ward, learn_stays(past, past), _REPLICATIONS)
    for hours in (24, 72):
        then = now + hours
        scores[f"census {hours} h"].add(found.census[hours], sum(came <= then < left for came, left in stays))
        gone = sum(now < left <= then for _, left in stays)
        scores[f"discharges {hours} h"].add(found.discharges[hours], gone)
