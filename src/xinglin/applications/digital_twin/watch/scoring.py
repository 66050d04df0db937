"""What was foreseen compared with what came; pure but for the truths it is handed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..foresight import STEP_MINUTES, Foreseen, Score, WardForeseen
from .reading import minutes
from .repository import VisitRow

TRUTH_AFTER = timedelta(hours=2)
LOOKS_MINUTES = (30, 60, 120)
WARD_HOURS = (24, 72)
_OWED_MINUTES = 60.0


def score_clinic(
    told: Foreseen,
    at: datetime,
    visits: Sequence[VisitRow],
    lengths: Sequence[int],
    now: datetime,
    into: dict[str, Score],
) -> None:
    """Add what became of one clinic's forecast of ``at`` by ``now``; ``lengths`` at ``LOOKS_MINUTES`` after it. Who has
    still not been called has waited until now; who left unseen is not counted."""
    scores = into
    for one in visits:
        if one.service != told.service or (one.called_at is None and one.state != "waiting"):
            continue
        called = one.called_at or now
        owed = max(one.arrived_at, one.starts_at or one.arrived_at)
        quantiles = told.people.get(one.encounter)
        if quantiles is not None and called >= at:
            scores["who_waits"].add(quantiles, minutes(called, at))
        ahead = minutes(owed, at)
        if one.arrived_at <= at or not 0 < ahead < _OWED_MINUTES:
            continue
        wait = max(0.0, minutes(called, owed))
        quantiles = told.people.get(one.appointment or "")
        if quantiles is not None:
            scores["who_is_expected"].add(quantiles, wait)
        step = told.comers[int(ahead / STEP_MINUTES)]
        if step is not None:
            scores["who_comes"].add(step, wait)
    for look, length in zip(LOOKS_MINUTES, lengths, strict=True):
        scores["line_length"].add(told.length[int(look / STEP_MINUTES)], length)


def score_ward(told: WardForeseen, census: Sequence[int], into: dict[str, Score]) -> None:
    """Add what became of one ward's forecast: the census at ``WARD_HOURS`` after it."""
    for hours, truth in zip(WARD_HOURS, census, strict=True):
        into[f"beds_{hours}_hours"].add(told.census[hours], truth)


def counts(scores: Mapping[str, Score]) -> dict[str, tuple[float, ...]]:
    """As they are kept."""
    names = ("told", "within_50", "within_80", "within_95", "below", "above", "error", "width")
    return {what: tuple(getattr(one, name) for name in names) for what, one in scores.items()}


def empty() -> dict[str, Score]:
    return defaultdict(Score)
