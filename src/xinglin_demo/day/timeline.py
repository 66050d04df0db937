"""Simulated time against real time: a day played at 60 times its speed is stamped with the minutes it takes.

What happened before the telling began keeps its true distance, so that a stay of three days looks like one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

HOSPITAL_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``simulated_from``, told at ``real_from``, simulated time runs at ``speed`` times real time."""

    simulated_from: datetime
    real_from: datetime
    speed: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stretches told so far, oldest first; adding one leaves earlier moments as they were."""

    stretches: tuple[Stretch, ...]

    def real(self, moment: datetime, told_at: datetime | None = None) -> datetime:
        """The real time of a simulated ``moment``, as it was known when ``told_at`` was told."""
        known = moment if told_at is None else min(moment, told_at)
        stretch = self.stretches[0]
        for one in self.stretches[1:]:
            if one.simulated_from <= known:
                stretch = one
        distance = moment - stretch.simulated_from
        return stretch.real_from + (distance if distance < timedelta() else distance / stretch.speed)

    def going_on(self, simulated_from: datetime, real_from: datetime, speed: float) -> Timeline:
        """This timeline with another stretch, for instance after the program was stopped for an hour."""
        return Timeline((*self.stretches, Stretch(simulated_from, real_from, speed)))
