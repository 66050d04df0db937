"""When people come: arrivals whose rate follows the hour of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from .engine import Pathway

# Share of a day's arrivals in each hour from midnight, as hospitals here see them; scaled to 1 below.
EMERGENCY = (3, 2, 2, 1, 1, 2, 3, 5, 7, 7, 6, 6, 5, 5, 5, 5, 5, 5, 6, 7, 7, 6, 5, 4)
ELECTIVE = (0, 0, 0, 0, 0, 0, 0, 2, 12, 18, 18, 10, 4, 12, 14, 8, 2, 0, 0, 0, 0, 0, 0, 0)
CLINIC = (0, 0, 0, 0, 0, 0, 1, 8, 16, 16, 13, 7, 4, 10, 11, 9, 4, 1, 0, 0, 0, 0, 0, 0)


def arrivals(
    random: Random,
    begin_at: datetime,
    per_day: float,
    hours: tuple[int, ...],
    receive: Callable[[datetime], Pathway | None],
) -> Pathway:
    """A Poisson stream of ``per_day`` arrivals with the day's shape ``hours`` (Lewis and Shedler 1979)."""
    peak = max(hours)
    peak_per_second = per_day * peak / sum(hours) / 3600
    at = begin_at
    while True:
        at += timedelta(seconds=random.expovariate(peak_per_second))
        if random.random() * peak < hours[at.hour]:
            yield at
            pathway = receive(at)
            if pathway is not None:
                yield pathway


def draw_moment(random: Random, midnight: datetime, hours: tuple[int, ...]) -> datetime:
    """One moment of the day that begins at ``midnight``, drawn by its shape."""
    hour = random.choices(range(24), weights=hours)[0]
    return midnight + timedelta(hours=hour, minutes=int(random.random() * 60))
